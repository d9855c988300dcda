"""Celery's door: the queue gives a job's id."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from marketplace.reports import services
from marketplace.reports.reading import limits


@shared_task(name=services.READ_TASK, acks_late=True, time_limit=2 * limits.WALL_SECONDS_MAX)  # type: ignore[untyped-decorator]
def read_report(job_id: str) -> None:
    """A report's file is read and matched."""
    services.read(UUID(job_id))
