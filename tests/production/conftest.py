"""A site in one process: content in a temporary folder, hints in memory, tasks run when the test says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from ledger.domain.ids import uuid7
from ledger.services import dispatch, parties
from production import limits, tasks
from production.parsing import apart


@dataclass
class Person:
    """Someone signed in, as the doors see them."""

    party_id: UUID = field(default_factory=uuid7)
    is_authenticated: bool = True
    is_active: bool = True

    @property
    def pk(self) -> UUID:
        return self.party_id


@pytest.fixture(autouse=True)
def _site(settings: Any, tmp_path: Any) -> None:
    settings.ROOT_URLCONF = "tests.production.urls"
    settings.VAR_DIR = tmp_path / "var"
    settings.CREDENTIALS_DIR = settings.VAR_DIR / "keys" / "credentials"
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "var" / "content")},
        }
    }
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent: the database says what is open, and `work_off` runs it."""

    def away(task: str, work_id: UUID) -> None:
        raise ConnectionError

    monkeypatch.setattr(dispatch, "enqueue", away)


@pytest.fixture
def work_off() -> Any:
    """Run every open job and outbox row whose task has `only` in its name, as the relay would."""
    by_name = {
        task.name: task
        for task in (
            tasks.import_upload,
            tasks.generate_harmony,
            tasks.recommend,
            tasks.make_previews,
            tasks.measure_contribution,
            tasks.process_element,
            tasks.audition_process,
            tasks.keep_notes,
            tasks.mark,
            tasks.check_credentials,
        )
    }

    def run(only: str = "") -> int:
        work = [(work_id, name) for work_id, name in dispatch.due() if name in by_name and only in name]
        for work_id, name in work:
            dispatch.mark([work_id])
            by_name[name](str(work_id))
        return len(work)

    return run


@pytest.fixture
def ana(db: None) -> Person:
    return register(Person())


@pytest.fixture
def ben(db: None) -> Person:
    return register(Person())


def register(person: Person) -> Person:
    parties.register(display_name="Somebody", key=f"party:{person.party_id}", party_id=person.party_id)
    return person


@pytest.fixture
def client_of() -> Any:
    """An API client signed in as someone."""

    def make(person: Person) -> APIClient:
        client = APIClient()
        client.force_authenticate(user=person)
        return client

    return make


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parse in this process, where the test is not about the other one: it saves a second a file."""

    def run(work: str, data: bytes, *, arguments: Any = None, bounds: Any = None, **more: Any) -> Any:
        return apart.run_here(
            work, bytes(data), arguments=arguments, on_part=more.get("on_part"), on_question=more.get("on_question")
        )

    monkeypatch.setattr(limits, "PREVIEW_SECONDS_MAX", 3.0)
    for module in (
        "imports",
        "previews",
        "generation",
        "beside",
        "generation_replay",
        "contributions",
        "processing",
        "process_replay",
        "auditions",
        "drafts",
        "chains",
        "credentials",
        "checks",
    ):
        monkeypatch.setattr(f"production.services.{module}.run_apart", run)


@pytest.fixture
def upload(client_of: Any, work_off: Any) -> Any:
    """Upload bytes as a person, import them, and answer the job as the API tells it."""

    def go(person: Person, data: bytes, name: str = "loop.mid", **wishes: Any) -> dict[str, Any]:
        client = client_of(person)
        job_id = begin_and_send(client, data, name, **wishes)
        work_off("import")
        return client.get(f"/api/jobs/{job_id}/").json()

    return go


def begin_and_send(client: APIClient, data: bytes, name: str = "loop.mid", **wishes: Any) -> str:
    """The whole protocol, one chunk; the answer is the job's id."""
    begun = client.post("/api/uploads/", {"name": name, "size": len(data)}, format="json")
    assert begun.status_code == 201, begun.content
    address = f"/api/uploads/{begun.json()['id']}/"
    sent = client.patch(address, data, content_type="application/offset+octet-stream", headers={"upload-offset": "0"})
    assert sent.status_code == 204, sent.content
    done = client.post(f"{address}complete/", wishes, format="json")
    assert done.status_code == 202, done.content
    return done.json()["job_id"]
