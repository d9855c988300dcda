"""Work that leaves no fact: previews, mail. A row asks for it, and says when it is done.

A task gets the row's id as its only argument:

    @app.task(name="marketplace.send_mail")
    def send_mail(outbox_id: str) -> None:
        with outbox.running(UUID(outbox_id)) as payload:
            if payload is None:
                return
            ...
"""

from __future__ import annotations

import contextlib
import contextvars
import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from ledger.domain.ids import uuid7
from ledger.models import Outbox
from ledger.services import dispatch
from ledger.services.exclusive import exclusively

ERROR_LENGTH_MAX = 500
ATTEMPTS_MAX = 12
_taken_over: contextvars.ContextVar[bool] = contextvars.ContextVar("ledger_outbox_taken_over", default=False)


def put(*, task: str, payload: Mapping[str, Any]) -> UUID:
    """Ask for work in the caller's transaction; the task is on the queue after the commit."""
    work_id, now, mine = uuid7(), dt.datetime.now(dt.UTC), _taken_over.get()
    with transaction.atomic():
        Outbox.objects.create(
            id=work_id, task=task, payload=dict(payload), created_at=now, done_at=now if mine else None
        )
        if not mine:
            dispatch.enqueue_after_commit(task, work_id)
    return work_id


@contextlib.contextmanager
def taken_over() -> Iterator[None]:
    """Within the block nothing is queued: who asks for work also does it (a demo, whose work has times of its own)."""
    token = _taken_over.set(True)
    try:
        yield
    finally:
        _taken_over.reset(token)


def done(work_id: UUID) -> None:
    """It is done: the relay leaves it alone."""
    Outbox.objects.filter(id=work_id, done_at=None).update(done_at=dt.datetime.now(dt.UTC))


@contextlib.contextmanager
def running(work_id: UUID) -> Iterator[dict[str, Any] | None]:
    """The payload while this worker alone is at it; None if it is done or another worker has it.

    Done when the block ends; if it raises, the error is kept and the relay tries again, at most ATTEMPTS_MAX times.
    """
    with exclusively(work_id) as mine:
        row = Outbox.objects.filter(id=work_id, done_at=None).first() if mine else None
        if row is None:
            yield None
            return
        try:
            yield row.payload
        except Exception as error:
            _failed(work_id, error)
            raise
        done(work_id)


def _failed(work_id: UUID, error: Exception) -> None:
    told = f"{type(error).__name__}: {error}"[:ERROR_LENGTH_MAX]
    row = Outbox.objects.filter(id=work_id)
    row.update(attempts=F("attempts") + 1, last_error=told)
    row.filter(attempts__gte=ATTEMPTS_MAX).update(done_at=dt.datetime.now(dt.UTC))
