"""The events of the log as they stand in the rows, each checked against its own leaf."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from ledger.domain import canonical, merkle
from ledger.domain.errors import MalformedEventError
from ledger.domain.events import decode, parse_time
from ledger.domain.records import EventRecord, leaf_of_texts, parse_leaf
from ledger.domain.upcasts import upcast
from ledger.services.audit.errors import AuditError
from ledger.services.log import Record

# Ids and times as the leaf writes them: they are compared as text, and the server makes the text.
EVENTS_SQL = """
    select position, id::text, kind, actor_id::text,
           to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), key, leaf, leaf_hash
      from ledger_event where position >= %s and position < %s order by position
"""

FETCH_ROWS = 2000
NO_END = 2**62


@dataclasses.dataclass(slots=True)
class CheckedEvent:
    """An event whose row agrees with its leaf: kind and body are the leaf's, before upcasts."""

    position: int
    event_id: str
    kind: str
    actor_id: str
    at: str
    key: str
    leaf_hash: bytes
    values: Mapping[str, Any]
    body: bytes

    def record(self) -> Record:
        """The event in today's form.

        Raises
        ------
        AuditError
            If it cannot be read.
        """
        try:
            event = decode(*upcast(self.kind, self.values))
        except MalformedEventError as error:
            raise AuditError(self.position, f"the leaf cannot be read: {error}") from error
        return EventRecord(
            position=self.position,
            event_id=UUID(self.event_id),
            at=parse_time(self.at),
            key=self.key,
            actor_id=UUID(self.actor_id),
            event=event,
            leaf_hash=self.leaf_hash,
        )


def stream(sql: str, params: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    """The rows of a query through a cursor on the server: memory stays small whatever the log's size."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(FETCH_ROWS):
            yield from rows


def checked_events(begin: int = 0, end: int = NO_END) -> Iterator[CheckedEvent]:
    """The events at begin..end-1 in order; raises AuditError at the first whose row is wrong or missing."""
    for expected, row in enumerate(stream(EVENTS_SQL, [begin, end]), begin):
        if row[0] != expected:
            raise AuditError(expected, "the event is missing")
        yield _checked(*row)


def _checked(
    position: int, event_id: str, kind: str, actor: str, at: str, key: str, leaf: bytes, leaf_hash: bytes
) -> CheckedEvent:
    leaf, leaf_hash = bytes(leaf), bytes(leaf_hash)
    if merkle.hash_leaf(leaf) != leaf_hash:
        raise AuditError(position, "the leaf hash is not that of the leaf bytes")
    try:
        value = parse_leaf(leaf)
        body = canonical.encode(value["body"])
        same = leaf_of_texts(actor=actor, at=at, body=body, event=event_id, key=key, kind=kind, salt=value["salt"])
        if same != leaf:
            _explain(position, leaf, value, {"id": event_id, "kind": kind, "actor": actor, "at": at, "key": key})
    except MalformedEventError as error:
        raise AuditError(position, f"the leaf cannot be read: {error}") from error
    return CheckedEvent(position, event_id, kind, actor, at, key, leaf_hash, value["body"], body)


def _explain(position: int, leaf: bytes, value: Mapping[str, Any], columns: Mapping[str, str]) -> None:
    """Say in which way leaf and columns differ."""
    if canonical.encode(value) != leaf:
        raise AuditError(position, "the leaf is not canonical JSON")
    for name, column in columns.items():
        if value[name] != column:
            raise AuditError(position, f"the column for {name!r} says {column}, the leaf {value[name]}")
    raise AuditError(position, "the leaf is not written as leaves are")
