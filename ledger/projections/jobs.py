"""Work that becomes part of the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ledger import sql
from ledger.domain.events import JobCancelled, JobFailed, JobFinished, JobRequested
from ledger.domain.records import EventRecord
from ledger.models import Job
from ledger.projections.base import Projection, folds


class Jobs(Projection):
    """Jobs with their end, if they have one: the first end counts."""

    name = "jobs"
    tables = (Job,)

    @folds(JobRequested)
    def requested(self, records: Sequence[EventRecord[JobRequested]]) -> None:
        """Work was asked for."""
        sql.insert(
            Job,
            (
                {
                    "job_id": r.event.job_id,
                    "task": r.event.task,
                    "arguments": r.event.body()["arguments"],
                    "state": "requested",
                    "actor_id": r.actor_id,
                    "code": "",
                    "requested_at": r.at,
                    "position": r.position,
                }
                for r in records
            ),
        )

    @folds(JobFinished)
    def finished(self, records: Sequence[EventRecord[JobFinished]]) -> None:
        """It is done."""
        for r in records:
            _end(r, state="finished", result=r.event.body()["result"])

    @folds(JobFailed)
    def failed(self, records: Sequence[EventRecord[JobFailed]]) -> None:
        """It could not be done."""
        for r in records:
            _end(r, state="failed", code=r.event.code)

    @folds(JobCancelled)
    def cancelled(self, records: Sequence[EventRecord[JobCancelled]]) -> None:
        """The one who asked changed their mind."""
        for r in records:
            _end(r, state="cancelled")


def _end(record: EventRecord[Any], **values: Any) -> None:
    Job.objects.filter(job_id=record.event.job_id, state="requested").update(
        ended_at=record.at, ended_position=record.position, **values
    )
