"""The door for callers that are in a transaction of their own."""

from __future__ import annotations

import dataclasses
from uuid import UUID

from django.db import connection

from ledger import sql
from ledger.domain.errors import LedgerError
from ledger.domain.events import Event
from ledger.services import clock, log


class NotAtomicError(LedgerError):
    """`append` needs the caller's transaction, `submit` must not be in one: a mistake in the calling code."""

    code = "not_atomic"


def append(*events: Event, actor_id: UUID, key: str) -> list[log.Record]:
    """Write `events` at the end of the log in the caller's transaction, and fold them into every projection.

    Call it last in the transaction: it takes the log's lock, and every other writer waits until the commit.
    The same key with the same command gives the first records again, with `replayed` true.

    Raises
    ------
    KeyReusedError
        If the key was used for another command.
    MalformedEventError, UnbalancedEntryError
        If an event cannot be written.
    NotAtomicError
        Outside a transaction.
    """
    if not connection.in_atomic_block:
        raise NotAtomicError("append needs transaction.atomic(): the rows it belongs with commit together with it")
    command = log.prepare(events, actor_id=actor_id, key=key)
    # One writer at a time: positions are Merkle leaf indexes, so they may have no gap. The lock is advisory and is
    # taken last: a row lock on the head queues twice and collapses under many writers.
    with sql.kept_plans():
        head, found = log.lock_head_and_look([key])
        if key in found:
            return log.replay(command, found[key])
        with sql.savepoint():
            (records,) = log.write([command], head, now=clock.now())
    return records


def recorded(key: str) -> list[log.Record]:
    """The records that this key wrote, with `replayed` true; empty if it was never used."""
    found = log.known([key]).get(key)
    if found is None:
        return []
    _, first, count = found
    return [dataclasses.replace(record, replayed=True) for record in log.read(first, first + count)]
