"""Questions about work."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any
from uuid import UUID

from ledger import models

__all__ = [
    "Job",
    "job",
    "jobs_of",
]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job; `queue_place` is the number of older open jobs, None once it has an end."""

    job_id: UUID
    task: str
    arguments: dict[str, Any]
    state: str
    actor_id: UUID
    result: dict[str, Any] | None
    code: str
    requested_at: dt.datetime
    ended_at: dt.datetime | None
    position: int
    ended_position: int | None
    queue_place: int | None


def job(job_id: UUID) -> Job | None:
    """The job with this id."""
    row = models.Job.objects.filter(job_id=job_id).first()
    return _of(row, _older_open(row)) if row else None


def jobs_of(actor_id: UUID, *, limit: int = 50) -> list[Job]:
    """Someone's jobs, newest first."""
    rows = list(models.Job.objects.filter(actor_id=actor_id).order_by("-position")[:limit])
    open_positions = sorted(models.Job.objects.filter(state="requested").values_list("position", flat=True))
    places = {position: place for place, position in enumerate(open_positions)}
    return [_of(row, places.get(row.position)) for row in rows]


def _older_open(row: models.Job) -> int | None:
    if row.state != "requested":
        return None
    return models.Job.objects.filter(state="requested", position__lt=row.position).count()


def _of(row: models.Job, place: int | None) -> Job:
    return Job(
        job_id=row.job_id,
        task=row.task,
        arguments=row.arguments,
        state=row.state,
        actor_id=row.actor_id,
        result=row.result,
        code=row.code,
        requested_at=row.requested_at,
        ended_at=row.ended_at,
        position=row.position,
        ended_position=row.ended_position,
        queue_place=place,
    )
