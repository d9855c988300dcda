"""Reconciliation at once where few movements lie in the run's time, else by a worker, with progress."""

from __future__ import annotations

from uuid import UUID

from django.core.cache import cache
from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.domain.ids import uuid7
from ledger.services import jobs
from marketplace.dashboards.reconciliation import Reconciliation, TooManyMovementsError, reconcile
from production import progress

TASK = "marketplace.reconcile_run"
MOVEMENTS_AT_ONCE_MAX = 1000
"""Ten answers of the processor: a page that waits for more is left waiting."""
KEEP_SECONDS = 3600


def _key(run_id: UUID) -> str:
    return f"reconciliation:{run_id}"


def at_once(run: ledger.SettlementRun, *, anew: bool) -> Reconciliation | None:
    """What a worker found within the hour (unless it is to be done anew), or the comparison now; None if it is long."""
    found: Reconciliation | None = None if anew else cache.get(_key(run.run_id))
    if found is not None:
        return found
    try:
        return reconcile(run, at_once=MOVEMENTS_AT_ONCE_MAX)
    except TooManyMovementsError:
        return None


def ask(run: ledger.SettlementRun, *, actor_id: UUID) -> UUID:
    """Have all movements read by a worker; the job to follow."""
    cache.delete(_key(run.run_id))
    return jobs.request(
        task=TASK,
        arguments={"run_id": str(run.run_id)},
        actor_id=actor_id,
        key=f"reconcile:{run.run_id}:{uuid7()}",
    )


def work(job_id: UUID) -> None:
    """Compare what a job asked for; nothing is kept where the processor did not answer to the end."""
    with jobs.running(job_id) as job:
        if job is None:
            return
        run = ledger.run(UUID(str(job.arguments["run_id"])))
        assert run is not None, job

        def tick(count: int, fraction: float) -> None:
            progress.tell(job_id, fraction, _("%(count)s movements read") % {"count": f"{count:,}"})

        found = reconcile(run, tick=tick)
        if found.answered:
            cache.set(_key(run.run_id), found, KEEP_SECONDS)
            jobs.finish(job_id, result={"movements": found.movements}, actor_id=job.actor_id)
        else:
            jobs.fail(job_id, code="processor_silent", actor_id=job.actor_id)
        progress.tell_end(job_id)
