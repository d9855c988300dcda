"""How upper apps listen: events after a position, in order, with one cursor a subscriber.

Positions have no gaps and become visible in order, so a reader that goes on after the last position it saw misses
nothing. A subscriber may fail and try again; it moves its cursor in the transaction of its own writes:

    with transaction.atomic():
        for record in feed.read(subscriber="catalogue"):
            ...
        feed.commit("catalogue", record.position)
"""

from __future__ import annotations

from django.db import connection, transaction

from ledger.domain.events import Event
from ledger.domain.records import EventRecord
from ledger.services import log

READ_AFTER_SQL = """
    select position, id, at, key, actor_id, leaf, leaf_hash
      from ledger_event where position > %s order by position limit %s
"""

COMMIT_SQL = """
    insert into ledger_feed_cursor as c (subscriber, position) values (%s, %s)
    on conflict (subscriber) do update set position = greatest(c.position, excluded.position)
"""


def position(subscriber: str) -> int:
    """The last position that the subscriber has dealt with; -1 before the first."""
    with connection.cursor() as cursor:
        cursor.execute("select position from ledger_feed_cursor where subscriber = %s", [subscriber])
        row = cursor.fetchone()
    return row[0] if row else -1


def read(*, subscriber: str, limit: int = 500) -> list[EventRecord[Event]]:
    """The next events for this subscriber, oldest first.

    Within a transaction the cursor's row is locked: a second reader of the same subscriber waits.
    """
    after = _locked_position(subscriber) if connection.in_atomic_block else position(subscriber)
    with connection.cursor() as cursor:
        cursor.execute(READ_AFTER_SQL, [after, limit])
        return [log.record_of_row(row) for row in cursor.fetchall()]


def commit(subscriber: str, position: int) -> None:
    """Everything up to `position` is dealt with; call it in the transaction of the subscriber's own writes."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("feed.commit belongs in the transaction of what was read")
    with connection.cursor() as cursor:
        cursor.execute(COMMIT_SQL, [subscriber, position])


def _locked_position(subscriber: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into ledger_feed_cursor (subscriber, position) values (%s, -1) on conflict do nothing", [subscriber]
        )
        cursor.execute("select position from ledger_feed_cursor where subscriber = %s for update", [subscriber])
        (found,) = cursor.fetchone()
    return int(found)
