"""The frame of every task of production: done once, cancelled in time, refused in plain words, never half kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from ledger import selectors as ledger
from ledger.domain.errors import LedgerError, WrongStateError
from ledger.services import jobs
from production import progress
from production.errors import CancelledError, ProductionError
from production.services import locks

log = structlog.get_logger()

OPEN = "requested"


class Work:
    """One run of one job: what it was asked, whether it is still wanted, and its end."""

    def __init__(self, job: ledger.Job) -> None:
        self.job_id = job.job_id
        self.actor_id = job.actor_id
        self.arguments = job.arguments

    def is_over(self) -> bool:
        """Whether somebody ended the job meanwhile."""
        return not is_open(self.job_id)

    def step(self, fraction: float, words: str) -> None:
        """Between two steps: stop if the job is over, else say how far it is."""
        if self.is_over():
            raise CancelledError
        progress.tell(self.job_id, fraction, words)

    def hold(self) -> None:
        """First in the transaction that keeps the result: from here on nobody else can end the job."""
        locks.hold_job(self.job_id)
        if self.is_over():
            raise CancelledError

    def finish(self, result: Mapping[str, Any]) -> None:
        """Last in that transaction: what the job made and its end are one commit."""
        jobs.finish(self.job_id, result=dict(result), actor_id=self.actor_id)


CleanUp = Callable[[Work, str, str], None]


def is_open(job_id: UUID) -> bool:
    """Whether the job still waits for its end."""
    job = ledger.job(job_id)
    return job is not None and job.state == OPEN


def perform(job_id: UUID, work: Callable[[Work], None], *, clean_up: CleanUp) -> None:
    """Run `work` unless the job has an end already or another worker is at it, and write an end if it is refused.

    Anything but a refusal (the database goes away, a bug) leaves the job open: the relay starts it again.

    clean_up : called with the code and the words after a refusal or a cancellation, to drop what was waiting
    """
    with jobs.running(job_id) as job:
        if job is None:
            return
        run = Work(job)
        try:
            work(run)
        except (ProductionError, LedgerError) as refusal:
            _refuse(run, refusal, clean_up)
    progress.tell_end(job_id)


def _refuse(run: Work, refusal: ProductionError | LedgerError, clean_up: CleanUp) -> None:
    code = refusal.code
    words = refusal.message if isinstance(refusal, ProductionError) else str(refusal)
    log.info("job.refused", job_id=str(run.job_id), code=code)
    if code != CancelledError.code:
        try:
            with transaction.atomic():
                locks.hold_job(run.job_id)
                jobs.fail(run.job_id, code=code, actor_id=run.actor_id)
        except WrongStateError:
            code, words = CancelledError.code, CancelledError.message
    progress.keep_refusal(run.job_id, words)
    clean_up(run, code, words)
