"""Writing at the end of the log: what both doors share. Raw SQL, many commands in a few statements."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, TypeAlias
from uuid import UUID

from ledger import projections, sql
from ledger.domain import canonical
from ledger.domain.errors import KeyReusedError, MalformedEventError
from ledger.domain.events import Event, format_time
from ledger.domain.ids import uuid7
from ledger.domain.journal import Posting, postings_of
from ledger.domain.merkle import hash_leaf
from ledger.domain.records import KEY_LENGTH_MAX, EventRecord, event_of_leaf, leaf_of_texts, new_salt
from ledger.models import CommandRow, EventRow, PostingRow

Record: TypeAlias = EventRecord[Event]

Known: TypeAlias = dict[str, tuple[bytes, int, int]]
"""key -> (fingerprint, first position, count) of commands in the log."""

# The function takes the advisory lock, then reads the head with a snapshot taken after the wait.
HEAD_SQL = "select head_position, head_at from ledger_lock_head()"

EXPECT_HEAD_SQL = "select ledger_expect_head(%s, %s)"

# Lateral: one look into the index for each key, whatever the planner knows of the table.
COMMANDS_SQL = """
    select c.* from unnest(%s::text[]) as k(key) cross join lateral (
        select key, fingerprint, first_position, count from ledger_command where ledger_command.key = k.key limit 1
    ) as c
"""

READ_SQL = """
    select position, id, at, key, actor_id, leaf, leaf_hash
      from ledger_event where position >= %s and position < %s order by position
"""


@dataclasses.dataclass(slots=True, kw_only=True)
class Prepared:
    """A command checked and encoded, all but its place in the log."""

    events: tuple[Event, ...]
    bodies: tuple[bytes, ...]
    entries: tuple[tuple[Posting, ...], ...]
    actor_id: UUID
    key: str
    fingerprint: bytes
    told: dt.datetime | None = None


@dataclasses.dataclass(slots=True)
class Head:
    """The end of the log: positions are counted from here while the lock is held."""

    position: int
    at: dt.datetime


def prepare(events: Sequence[Event], *, actor_id: UUID, key: str, told: dt.datetime | None = None) -> Prepared:
    """Check and encode a command; needs no database.

    Raises
    ------
    MalformedEventError
        If there is no event, the key is empty or too long, or an event cannot be written.
    """
    if not events:
        raise MalformedEventError("a command without events")
    if not 0 < len(key) <= KEY_LENGTH_MAX:
        raise MalformedEventError(f"a key has 1 to {KEY_LENGTH_MAX} characters")
    bodies = tuple(canonical.encode(event.body()) for event in events)
    kinds = ",".join(canonical.text(event.kind) for event in events)
    head = f'{{"actor":"{actor_id}","kinds":[{kinds}]}}'.encode()  # canonical JSON
    return Prepared(
        events=tuple(events),
        bodies=bodies,
        entries=tuple(postings_of(event) for event in events),
        actor_id=actor_id,
        key=key,
        fingerprint=sha256(b"\n".join((head, *bodies))).digest(),
        told=told,
    )


def lock_head() -> Head:
    """Wait for every other writer, then the end of the log. The lock is held until the transaction ends."""
    ((position, at),) = sql.fetch(HEAD_SQL, [])
    return Head(position, at)


def lock_head_and_look(keys: Sequence[str]) -> tuple[Head, Known]:
    """`lock_head`, and which of these keys are `known` once the lock is held; in one round trip."""
    ((position, at),), commands = sql.fetch_each((HEAD_SQL, []), (COMMANDS_SQL, [list(keys)]))
    return Head(position, at), _known(commands)


def lock_head_at(head: Head) -> None:
    """`lock_head` where it is thought to be known: within `sql.pipelined` nobody waits for the answer.

    If the log ends elsewhere, an OperationalError ends the transaction.
    """
    sql.execute(EXPECT_HEAD_SQL, [head.position, head.at])


def known(keys: Sequence[str]) -> Known:
    """The commands already in the log with one of these keys."""
    return _known(sql.fetch(COMMANDS_SQL, [list(keys)]))


def _known(rows: Sequence[Sequence[Any]]) -> Known:
    return {key: (bytes(fingerprint), first, count) for key, fingerprint, first, count in rows}


def replay(command: Prepared, found: tuple[bytes, int, int]) -> list[Record]:
    """The first answer to this key.

    Raises
    ------
    KeyReusedError
        If the key came with another command.
    """
    fingerprint, first, count = found
    if fingerprint != command.fingerprint:
        raise KeyReusedError(f"the key {command.key!r} was used for another command")
    return [dataclasses.replace(record, replayed=True) for record in read(first, first + count)]


def read(begin: int, end: int) -> list[Record]:
    """The records at positions begin..end-1, in today's form."""
    return [record_of_row(row) for row in sql.fetch(READ_SQL, [begin, end])]


def record_of_row(row: Sequence[Any]) -> Record:
    """(position, id, at, key, actor_id, leaf, leaf_hash) as a record."""
    position, event_id, at, key, actor_id, leaf, leaf_hash = row
    return EventRecord(
        position=position,
        event_id=event_id,
        at=at,
        key=key,
        actor_id=actor_id,
        event=event_of_leaf(bytes(leaf)),
        leaf_hash=bytes(leaf_hash),
    )


def write(commands: Sequence[Prepared], head: Head, *, now: dt.datetime) -> list[list[Record]]:
    """Insert new commands after `head` (whose lock is held), post their entries, fold them; one answer a command.

    `head` is moved to the new end.
    """
    answers: list[list[Record]] = []
    leaves: list[bytes] = []
    position, at = head.position, head.at
    for command in commands:
        at = max(at, command.told or now)
        answer, its_leaves = _place(command, position + 1, at)
        position += len(answer)
        answers.append(answer)
        leaves += its_leaves
    with sql.pipelined():
        _insert(commands, answers, leaves)
        projections.fold([record for answer in answers for record in answer])
    head.position, head.at = position, at
    return answers


def _place(command: Prepared, first: int, at: dt.datetime) -> tuple[list[Record], list[bytes]]:
    """The records of a command from position `first` on, and their leaves."""
    actor, time = str(command.actor_id), format_time(at)
    records: list[Record] = []
    leaves = []
    prepared = zip(command.events, command.bodies, command.entries, strict=True)
    for position, (event, body, entry) in enumerate(prepared, first):
        event_id = uuid7()
        leaf = leaf_of_texts(
            actor=actor, at=time, body=body, event=str(event_id), key=command.key, kind=event.kind, salt=new_salt()
        )
        leaves.append(leaf)
        records.append(
            EventRecord(
                position=position,
                event_id=event_id,
                at=at,
                key=command.key,
                actor_id=command.actor_id,
                event=event,
                leaf_hash=hash_leaf(leaf),
                entry=entry,
            )
        )
    return records, leaves


def _insert(commands: Sequence[Prepared], answers: Sequence[Sequence[Record]], leaves: Sequence[bytes]) -> None:
    records = [record for answer in answers for record in answer]
    sql.insert_columns(
        EventRow,
        {
            "position": [record.position for record in records],
            "id": [record.event_id for record in records],
            "kind": [record.event.kind for record in records],
            "actor_id": [record.actor_id for record in records],
            "at": [record.at for record in records],
            "key": [record.key for record in records],
            "leaf": leaves,
            "leaf_hash": [record.leaf_hash for record in records],
        },
    )
    sql.insert_columns(
        CommandRow,
        {
            "key": [command.key for command in commands],
            "fingerprint": [command.fingerprint for command in commands],
            "first_position": [answer[0].position for answer in answers],
            "count": [len(answer) for answer in answers],
        },
    )
    postings = [(r.position, line, posting) for r in records for line, posting in enumerate(r.postings())]
    if postings:
        sql.insert_columns(
            PostingRow,
            {
                "position": [position for position, _, _ in postings],
                "line": [line for _, line, _ in postings],
                "account": [posting.account for _, _, posting in postings],
                "currency": [posting.currency for _, _, posting in postings],
                "amount_micro": [posting.amount_micro for _, _, posting in postings],
            },
        )
