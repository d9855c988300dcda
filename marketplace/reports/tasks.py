"""Celery's door: the queue gives a job's id."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from marketplace.reports import booking, in_parts, reader, services
from marketplace.reports.reading import limits


@shared_task(name=services.READ_TASK, acks_late=True, time_limit=2 * limits.WALL_SECONDS_MAX)  # type: ignore[untyped-decorator]
def read_report(job_id: str) -> None:
    """A report's file is read and matched."""
    reader.read(UUID(job_id))


@shared_task(name=booking.BOOK_TASK, acks_late=True)  # type: ignore[untyped-decorator]
def book_report(job_id: str) -> None:
    """A large report is booked part by part."""
    in_parts.book(UUID(job_id))


@shared_task(name=booking.REVERSE_TASK, acks_late=True)  # type: ignore[untyped-decorator]
def reverse_report(job_id: str) -> None:
    """A large report is taken back part by part."""
    in_parts.reverse(UUID(job_id))
