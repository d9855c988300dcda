"""Advisory locks of production, always taken in this order: the job, then the store."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

_STORE = 0x10C0_57_0E
"""Writers of rows share this lock, the sweep takes it alone: no blob goes while a row that names it is being made."""


def hold_job(job_id: UUID) -> None:
    """One worker at a time ends a job; the lock goes with the transaction."""
    _take("select pg_advisory_xact_lock(hashtextextended(%s, 0))", f"production.job.{job_id}")


def hold_store_shared() -> None:
    """Rows are about to name blobs."""
    _take("select pg_advisory_xact_lock_shared(%s)", _STORE)


def hold_store_alone() -> None:
    """Blobs are about to be removed."""
    _take("select pg_advisory_xact_lock(%s)", _STORE)


def _take(sql: str, argument: str | int) -> None:
    assert connection.in_atomic_block, "an advisory lock of a transaction needs one"
    with connection.cursor() as cursor:
        cursor.execute(sql, [argument])
