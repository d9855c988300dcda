"""Watching a job over a WebSocket."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async
from channels.routing import URLRouter

from production import progress, tasks
from production.consumers import NOT_YOURS
from production.routing import websocket_urlpatterns
from tests.helpers.sockets import Socket
from tests.production import music
from tests.production.conftest import begin_and_send

pytestmark = pytest.mark.django_db(transaction=True)


def watch(job_id: str, person: Any) -> Socket:
    return Socket(URLRouter(websocket_urlpatterns), f"/ws/jobs/{job_id}/", user=person)


@pytest.fixture
def job_id(ana, client_of) -> str:
    return begin_and_send(client_of(ana), music.midi())


async def test_the_asker_sees_the_truth_then_hints_then_the_end(ana, job_id, in_process):
    socket = watch(job_id, ana)

    assert await socket.connect()
    first = await socket.receive()
    await sync_to_async(tasks.import_upload)(job_id)
    messages = [await socket.receive() for _ in range(3)]
    await socket.send({})
    asked = await socket.receive()
    await socket.close()

    assert (first["state"], first["queue_place"]) == ("requested", 0)
    assert [m.get("hint", False) for m in messages] == [True, True, False]
    assert messages[-1]["state"] == asked["state"] == "finished"


@pytest.mark.parametrize("who", ["ben", "visitor"])
async def test_nobody_else_sees_it(request, job_id, who, ben):
    socket = watch(job_id, ben if who == "ben" else None)

    await socket.connect()

    assert (await socket.receive_output())["code"] == NOT_YOURS
    await socket.close()


def test_a_hint_that_cannot_be_sent_harms_nothing(ana, job_id, in_process, monkeypatch, client_of):
    def away(*arguments: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(progress, "_send", away)

    tasks.import_upload(job_id)

    assert client_of(ana).get(f"/api/jobs/{job_id}/").json()["state"] == "finished"


def test_the_last_hint_is_told_to_those_who_come_later(ana, job_id, client_of):
    progress.tell(UUID(job_id), 0.5, "Half way")

    told = client_of(ana).get(f"/api/jobs/{job_id}/").json()

    assert (told["fraction"], told["words"]) == (0.5, "Half way")
