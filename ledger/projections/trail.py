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
    """The ids in an event, each once, in the order of its fields."""
    found: dict[UUID, None] = {}
    _collect(event, found)
    return list(found)


def _collect(value: Any, found: dict[UUID, None]) -> None:
    for name, nested in _fields_with_ids(type(value)):
        item = getattr(value, name)
        if isinstance(item, UUID):
            found[item] = None
        elif isinstance(item, tuple):
            for part in item:
                if nested:
                    _collect(part, found)
                else:
                    found[part] = None


@functools.cache
def _fields_with_ids(cls: type) -> tuple[tuple[str, bool], ...]:
    """(name, whether its items are dataclasses) of the fields of `cls` that can hold an id."""
    fields = []
    for name, hint in typing.get_type_hints(cls).items():
        args = typing.get_args(hint)
        if hint is UUID or UUID in args:
            fields.append((name, False))
        elif typing.get_origin(hint) is tuple and dataclasses.is_dataclass(args[0]):
            fields.append((name, True))
    return tuple(fields)
