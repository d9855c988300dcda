"""Work that the money side leaves to a worker."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from marketplace.dashboards import dry_runs, reconciling
from marketplace.dashboards.statements.work import publish_statements

__all__ = ["draft_settlement", "publish_statements", "reconcile_run"]


@shared_task(name=dry_runs.TASK, acks_late=True, time_limit=1800)  # type: ignore[untyped-decorator]
def draft_settlement(job_id: str) -> None:
    """A large dry run."""
    dry_runs.work(UUID(job_id))


@shared_task(name=reconciling.TASK, acks_late=True, time_limit=7200)  # type: ignore[untyped-decorator]
def reconcile_run(job_id: str) -> None:
    """A run beside many movements of the processor."""
    reconciling.work(UUID(job_id))
