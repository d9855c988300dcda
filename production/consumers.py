"""Watching a job: hints as they come, and the truth at the start, at the end and whenever it is asked for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from production import progress, selectors
from production.errors import ProductionError
from production.views.people import party_or_none

NOT_YOURS = 4404
"""Closed at once: there is no such job, or it is somebody else's; the two look the same from outside."""


class JobConsumer(AsyncJsonWebsocketConsumer):
    """`/ws/jobs/<id>/`, only for the one who asked for the job."""

    job_id: UUID
    party_id: UUID | None = None

    async def connect(self) -> None:
        """Let the asker in and tell them where the job is."""
        self.job_id = self.scope["url_route"]["kwargs"]["job_id"]
        self.party_id = party_or_none(self.scope.get("user"))
        truth = await self._truth()
        await self.accept()
        if truth is None:
            await self.close(code=NOT_YOURS)
            return
        await self.channel_layer.group_add(progress.group_of(self.job_id), self.channel_name)
        # Read again: the job may have ended between the first look and joining the group.
        await self.send_json(await self._truth())

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        await self.channel_layer.group_discard(progress.group_of(self.job_id), self.channel_name)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """Any message is the question "where is it?"."""
        truth = await self._truth()
        if truth is not None:
            await self.send_json(truth)

    async def job_hint(self, message: dict[str, Any]) -> None:
        """A hint came through the channel layer."""
        await self.send_json({"hint": True, "fraction": message["fraction"], "words": message["words"]})

    async def job_end(self, message: dict[str, Any]) -> None:
        """The job has an end: read it, do not believe the hint."""
        truth = await self._truth()
        if truth is not None:
            await self.send_json(truth)

    @database_sync_to_async
    def _truth(self) -> dict[str, Any] | None:
        if self.party_id is None:
            return None
        try:
            return selectors.job_progress(self.job_id, self.party_id).as_json()
        except ProductionError:
            return None
