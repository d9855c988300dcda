"""Cancelling a job: its own asker may, until it has an end."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from ledger import selectors as ledger
from ledger.services import jobs as ledger_jobs
from production import progress
from production.errors import UnknownJobError
from production.services import locks, uploads
from production.services.working import is_open


def cancel(*, job_id: UUID, actor_id: UUID) -> bool:
    """End the job as cancelled; false if it had an end already. A worker that is on it stops within a second.

    Raises
    ------
    UnknownJobError
        If there is no such job of this party.
    """
    job = ledger.job(job_id)
    if job is None or job.actor_id != actor_id:
        raise UnknownJobError
    with transaction.atomic():
        locks.hold_job(job_id)
        if not is_open(job_id):
            return False
        ledger_jobs.cancel(job_id, actor_id=actor_id)
    uploads.cancelled(job_id=job_id)
    progress.tell_end(job_id)
    return True
