"""The worker's side of statements: files for those that have none yet."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from ledger import selectors as ledger
from ledger.services.exclusive import exclusively
from marketplace.dashboards.statements import publish

BATCH = 200
LOCK_ID = UUID("01900000-0000-7000-8000-5741746d656e")
"""One worker at a time makes files."""


@shared_task(name="marketplace.publish_statements")  # type: ignore[untyped-decorator]
def publish_statements() -> int:
    """Make the files of the oldest statements without any; what a crash interrupts, the next call goes on with."""
    with exclusively(LOCK_ID) as mine:
        if not mine:
            return 0
        waiting = ledger.statements_without_files(limit=BATCH)
        failed = [error for error in map(_tried, waiting) if error is not None]
    if failed:
        raise failed[0]  # the others are made; this one is tried again
    return len(waiting)


def _tried(statement_id: UUID) -> Exception | None:
    try:
        publish.publish(statement_id)
    except Exception as error:
        return error
    return None
