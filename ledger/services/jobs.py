"""Work that becomes part of the record: it begins and ends with an event, and a Celery task does it in between.

A task gets the job's id as its only argument, and may be started more than once:

    @app.task(name="production.import_upload")
    def import_upload(job_id: str) -> None:
        with jobs.running(UUID(job_id)) as job:
            if job is None:
                return  # it has an end already, or another worker is at it
            ...
            jobs.finish(job.job_id, result={...}, actor_id=job.actor_id)
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from uuid import UUID

from django.db import transaction

from ledger import selectors
from ledger.domain.errors import KeyReusedError, WrongStateError
from ledger.domain.events import JobCancelled, JobFailed, JobFinished, JobRequested, Json
from ledger.domain.ids import uuid7
from ledger.domain.records import EventRecord
from ledger.models import Job
from ledger.services import dispatch
from ledger.services.append import append, recorded
from ledger.services.exclusive import exclusively
from ledger.services.log import Record


def request(*, task: str, arguments: Mapping[str, Json], actor_id: UUID, key: str) -> UUID:
    """Ask for work: job.requested, then the task on the queue after the commit. Joins the caller's transaction.

    The same key again gives the first job; with other work it raises KeyReusedError.
    """
    with transaction.atomic():
        if found := _requested_before(key, task, arguments):
            return found
        job_id = uuid7()
        event = JobRequested(job_id=job_id, task=task, arguments=dict(arguments))
        try:
            append(event, actor_id=actor_id, key=key)
        except KeyReusedError:
            # Someone else was faster with the same key.
            if found := _requested_before(key, task, arguments):
                return found
            raise
        dispatch.enqueue_after_commit(task, job_id)
    return job_id


def _requested_before(key: str, task: str, arguments: Mapping[str, Json]) -> UUID | None:
    records = recorded(key)
    if not records:
        return None
    event = records[0].event
    if not isinstance(event, JobRequested) or (event.task, dict(event.arguments)) != (task, dict(arguments)):
        raise KeyReusedError(f"the key {key!r} was used for another command")
    return event.job_id


@contextlib.contextmanager
def running(job_id: UUID) -> Iterator[selectors.Job | None]:
    """The job while this worker alone is at it; None if it has an end or another worker has it."""
    with exclusively(job_id) as mine:
        job = selectors.job(job_id) if mine else None
        yield job if job is not None and job.state == "requested" else None


def finish(job_id: UUID, *, result: Mapping[str, Json], actor_id: UUID) -> EventRecord[JobFinished]:
    """The work is done. Call it in the transaction that keeps what the work made.

    Raises
    ------
    WrongStateError
        If the job has another end already (it was cancelled, say): roll back what was made.
    """
    return _end(JobFinished(job_id=job_id, result=dict(result)), actor_id)  # type: ignore[return-value]


def fail(job_id: UUID, *, code: str, actor_id: UUID) -> EventRecord[JobFailed]:
    """The work could not be done; `code` says why in a stable word."""
    return _end(JobFailed(job_id=job_id, code=code), actor_id)  # type: ignore[return-value]


def cancel(job_id: UUID, *, actor_id: UUID) -> EventRecord[JobCancelled]:
    """The one who asked changed their mind; a worker that is at it finds out when it wants to finish."""
    return _end(JobCancelled(job_id=job_id), actor_id)  # type: ignore[return-value]


def _end(event: JobFinished | JobFailed | JobCancelled, actor_id: UUID) -> Record:
    key = f"job:{event.job_id}:end"
    with transaction.atomic():
        # The job's row is locked, so that of two ends one is first and the other is refused.
        row = Job.objects.select_for_update().filter(job_id=event.job_id).first()
        if row is None:
            raise WrongStateError(f"there is no job {event.job_id}")
        try:
            (record,) = append(event, actor_id=actor_id, key=key)
        except KeyReusedError as error:
            raise WrongStateError(f"job {event.job_id} is {row.state} already") from error
    return record
