"""Putting open work on the queue: after the commit that asked for it, and again by the relay while it has no end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import structlog
from celery import current_app
from django.db import connection, transaction

logger = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS = 60
RETRY_AFTER_SECONDS_MAX = 900

# Open work that is not on the queue: never put there, or so long ago that it must have been lost. The pause doubles
# with each attempt. SKIP LOCKED: two relays share the work instead of waiting for each other.
DUE_SQL = """
    with open_work as (
        select job_id as id, task, position as place from ledger_job where state = 'requested'
        union all
        select id, task, null from ledger_outbox where done_at is null
    )
    select o.id, o.task from open_work o
      left join ledger_dispatch d on d.id = o.id
     where d.id is null
        or d.enqueued_at < %(now)s - make_interval(secs => least(%(pause)s * power(2, least(d.attempts, 10) - 1),
                                                                 %(pause_max)s))
     order by o.place nulls first, o.id
     limit %(limit)s
"""

MARK_SQL = """
    insert into ledger_dispatch as d (id, enqueued_at, attempts)
    select id, %(now)s, 1 from unnest(%(ids)s::uuid[]) as t(id)
    on conflict (id) do update set enqueued_at = excluded.enqueued_at, attempts = d.attempts + 1
"""


def enqueue(task: str, work_id: UUID) -> None:
    """Send one task; its id is the work's id. Raises what the broker raises."""
    current_app.send_task(task, args=[str(work_id)], task_id=str(work_id))


def enqueue_after_commit(task: str, work_id: UUID) -> None:
    """Send it once the caller's transaction is committed; if the broker is away, the relay does it later."""

    def send() -> None:
        try:
            enqueue(task, work_id)
            mark([work_id])
        except Exception as error:
            logger.warning("ledger.dispatch.later", task=task, work_id=str(work_id), error=str(error))

    transaction.on_commit(send)


def due(limit: int = 500) -> list[tuple[UUID, str]]:
    """(id, task) of open work that should be on the queue and is not."""
    with connection.cursor() as cursor:
        cursor.execute(
            DUE_SQL,
            {
                "now": dt.datetime.now(dt.UTC),
                "pause": RETRY_AFTER_SECONDS,
                "pause_max": RETRY_AFTER_SECONDS_MAX,
                "limit": limit,
            },
        )
        return list(cursor.fetchall())


def mark(ids: Sequence[UUID]) -> None:
    """Remember that these were put on the queue now."""
    with connection.cursor() as cursor:
        cursor.execute(MARK_SQL, {"now": dt.datetime.now(dt.UTC), "ids": list(ids)})


def relay() -> int:
    """Put on the queue whatever should be there; how many were sent. One relay works at a time."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(76201, 3)")
        if not cursor.fetchone()[0]:
            return 0
        work = due()
        for work_id, task in work:
            enqueue(task, work_id)
        if work:
            mark([work_id for work_id, _ in work])
    return len(work)
