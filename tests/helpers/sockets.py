"""A WebSocket client for consumers. The framework's own wants a server (daphne) that the site does not use."""

from __future__ import annotations

import json
from typing import Any

from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.db import connections


class Socket(ApplicationCommunicator):
    """One connection to an ASGI application, as `user`."""

    def __init__(self, application: Any, path: str, *, user: Any = None) -> None:
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": b"",
            "headers": [],
            "subprotocols": [],
            "user": user,
        }
        super().__init__(application, scope)

    async def connect(self) -> bool:
        """Shake hands; whether the application let us in."""
        await self.send_input({"type": "websocket.connect"})
        answer: dict[str, Any] = await self.receive_output(5)
        return answer["type"] == "websocket.accept"

    async def send(self, value: Any) -> None:
        """Send JSON."""
        await self.send_input({"type": "websocket.receive", "text": json.dumps(value)})

    async def receive(self) -> Any:
        """The next JSON that comes."""
        return json.loads((await self.receive_output(5))["text"])

    async def close(self) -> None:
        """Hang up."""
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait()
        # The consumer's thread keeps its database connection; a test database with guests cannot be dropped.
        await sync_to_async(connections.close_all)()
