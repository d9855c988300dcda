"""Work that becomes part of the record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from ledger import sql
from ledger.domain.events import JobCancelled, JobFailed, JobFinished, JobRequested
from ledger.domain.records import EventRecord
from ledger.models import Job
from ledger.projections.base import Projection, folds

END_SQL = """
    update ledger_job as t
       set state = v.state, result = v.result, code = v.code, ended_at = v.ended_at, ended_position = v.ended_position
      from json_populate_recordset(null::ledger_job, %s) as v
     where t.job_id = v.job_id and t.state = 'requested'
"""


class Jobs(Projection):
    """Jobs with their end, if they have one: the first end counts."""

    name = "jobs"
    tables = (Job,)
    subject = "job_id"

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
        _end(records, state="finished", result=lambda event: event.body()["result"])

    @folds(JobFailed)
    def failed(self, records: Sequence[EventRecord[JobFailed]]) -> None:
        """It could not be done."""
        _end(records, state="failed", code=lambda event: event.code)

    @folds(JobCancelled)
    def cancelled(self, records: Sequence[EventRecord[JobCancelled]]) -> None:
        """The one who asked changed their mind."""
        _end(records, state="cancelled")


def _end(
    records: Sequence[EventRecord[Any]],
    *,
    state: str,
    result: Callable[[Any], Any] = lambda event: None,
    code: Callable[[Any], str] = lambda event: "",
) -> None:
    rows: dict[UUID, dict[str, Any]] = {}
    for r in records:
        row = {
            "job_id": r.event.job_id,
            "state": state,
            "result": result(r.event),
            "code": code(r.event),
            "ended_at": r.at,
            "ended_position": r.position,
        }
        rows.setdefault(r.event.job_id, row)
    sql.execute(END_SQL, [sql.rows_json(list(rows.values()))])
