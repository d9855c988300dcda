"""An event with its place in the log, and the bytes that stand for it there."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import os
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson

from ledger.domain import canonical
from ledger.domain.errors import MalformedEventError
from ledger.domain.events import Event, decode, format_time
from ledger.domain.journal import Posting, postings_of
from ledger.domain.upcasts import upcast

E_co = TypeVar("E_co", bound=Event, covariant=True)

KEY_LENGTH_MAX = 200
LEAF_NAMES = frozenset({"actor", "at", "body", "id", "key", "kind", "salt"})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord(Generic[E_co]):
    """One event of the log; `replayed` is true when its key had been used before with the same command."""

    position: int
    event_id: UUID
    at: dt.datetime
    key: str
    actor_id: UUID
    event: E_co
    leaf_hash: bytes
    replayed: bool = False
    entry: tuple[Posting, ...] | None = dataclasses.field(default=None, repr=False, compare=False)
    """What it posts, where somebody has computed that already."""

    def postings(self) -> tuple[Posting, ...]:
        """Its journal entry."""
        return postings_of(self.event) if self.entry is None else self.entry


def new_salt() -> str:
    """16 random bytes: they keep a short fact from being guessed from its hash."""
    return base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")


def leaf_bytes(
    *, actor_id: UUID, at: dt.datetime, body: bytes, event_id: UUID, key: str, kind: str, salt: str
) -> bytes:
    """The canonical JSON of one event; `body` is canonical already."""
    return leaf_of_texts(
        actor=str(actor_id), at=format_time(at), body=body, event=str(event_id), key=key, kind=kind, salt=salt
    )


def leaf_of_texts(*, actor: str, at: str, body: bytes, event: str, key: str, kind: str, salt: str) -> bytes:
    """`leaf_bytes` from what stands in the leaf; the names stand in order."""
    head = f'{{"actor":"{actor}","at":"{at}","body":'
    tail = f',"id":"{event}","key":{canonical.text(key)},"kind":"{kind}","salt":"{salt}"}}'
    return b"".join((head.encode(), body, tail.encode()))


def parse_leaf(leaf: bytes) -> dict[str, Any]:
    """The leaf's JSON object, shape checked."""
    try:
        value = orjson.loads(leaf)
    except ValueError as error:
        raise MalformedEventError("the leaf is no JSON") from error
    if not isinstance(value, dict) or value.keys() != LEAF_NAMES:
        raise MalformedEventError("the leaf is no event")
    return value


def event_of_leaf(leaf: bytes) -> Event:
    """The event in a leaf, in today's form."""
    value = parse_leaf(leaf)
    return decode(*upcast(value["kind"], value["body"]))
