"""Which events speak of what: by this a page shows everything that happened to an element, an order, a licence."""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from ledger import sql
from ledger.domain.events import REGISTRY, Event
from ledger.domain.records import EventRecord
from ledger.models import Trail
from ledger.projections.base import Projection


class Trails(Projection):
    """Every id named in an event's fields, nested ones included (free JSON is not searched)."""

    name = "trail"
    tables = (Trail,)
    lookups = ()

    @property
    def folded(self) -> tuple[type[Event], ...]:
        """Everything."""
        return tuple(REGISTRY.values())

    def fold_many(self, records: Iterable[EventRecord[Any]]) -> None:
        """One row for each event and each id in it."""
        found = [(record.position, subjects_of(record.event)) for record in records]
        subject_ids = [subject_id for _, of_event in found for subject_id in of_event]
        positions = [position for position, of_event in found for _ in of_event]
        if positions:
            sql.insert_columns(Trail, {"subject_id": subject_ids, "position": positions})


def subjects_of(event: Event) -> list[UUID]:
    """The ids in an event, each once."""
    found: dict[int, UUID] = {}
    _collect(event, found)
    return list(found.values())


def _collect(value: Any, found: dict[int, UUID]) -> None:
    ids, lists, parts = _places(type(value))
    for name in ids:
        subject = getattr(value, name)
        if type(subject) is UUID:
            found[subject.int] = subject
    for name in lists:
        for subject in getattr(value, name):
            found[subject.int] = subject
    for name in parts:
        for part in getattr(value, name):
            _collect(part, found)


@functools.cache
def _places(cls: type) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The fields of `cls` that can hold an id, several ids, and parts with ids of their own."""
    ids, lists, parts = [], [], []
    for name, hint in typing.get_type_hints(cls).items():
        args = typing.get_args(hint)
        if typing.get_origin(hint) is tuple:
            if args[0] is UUID:
                lists.append(name)
            elif dataclasses.is_dataclass(args[0]):
                parts.append(name)
        elif hint is UUID or UUID in args:
            ids.append(name)
    return tuple(ids), tuple(lists), tuple(parts)
