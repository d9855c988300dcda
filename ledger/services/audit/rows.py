"""The events of the log as they stand in the rows, each checked against its own leaf."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from django.db import connection

from ledger.domain import canonical, merkle
from ledger.domain.errors import MalformedEventError
from ledger.domain.events import decode, format_time
from ledger.domain.records import EventRecord, parse_leaf
from ledger.domain.upcasts import upcast
from ledger.services.audit.errors import AuditError
from ledger.services.log import Record

EVENTS_SQL = "select position, id, kind, actor_id, at, key, leaf, leaf_hash from ledger_event order by position"

FETCH_ROWS = 2000


@dataclasses.dataclass(frozen=True, slots=True)
class CheckedEvent:
    """An event whose row agrees with its leaf; `stored_kind` and `body` are the leaf's, before upcasts."""

    record: Record
    stored_kind: str
    body: bytes


def stream(sql: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a query through a cursor on the server: memory stays small whatever the log's size."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        while rows := cursor.fetchmany(FETCH_ROWS):
            yield from rows


def checked_events() -> Iterator[CheckedEvent]:
    """Every event in order; raises AuditError at the first whose row is wrong or missing."""
    for expected, row in enumerate(stream(EVENTS_SQL)):
        if row[0] != expected:
            raise AuditError(expected, "the event is missing")
        yield _checked(row)


def _checked(row: tuple[Any, ...]) -> CheckedEvent:
    position, event_id, kind, actor_id, at, key, leaf, leaf_hash = row
    leaf, leaf_hash = bytes(leaf), bytes(leaf_hash)
    if merkle.hash_leaf(leaf) != leaf_hash:
        raise AuditError(position, "the leaf hash is not that of the leaf bytes")
    try:
        value = parse_leaf(leaf)
        if canonical.encode(value) != leaf:
            raise AuditError(position, "the leaf is not canonical JSON")
        columns = {"id": str(event_id), "kind": kind, "actor": str(actor_id), "at": format_time(at), "key": key}
        for name, column in columns.items():
            if value[name] != column:
                raise AuditError(position, f"the column for {name!r} says {column}, the leaf {value[name]}")
        event = decode(*upcast(kind, value["body"]))
    except MalformedEventError as error:
        raise AuditError(position, f"the leaf cannot be read: {error}") from error
    record = EventRecord(
        position=position, event_id=event_id, at=at, key=key, actor_id=actor_id, event=event, leaf_hash=leaf_hash
    )
    return CheckedEvent(record, kind, canonical.encode(value["body"]))
