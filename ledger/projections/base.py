"""What a projection is: tables that are a pure function of the log, folded inside the append transaction.

A fold never fails on a legal log, reads nothing but its own tables, and can be run again from an empty table to the
very same rows. Handlers get runs of neighbouring events of one kind, so that many are written in one statement.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, TypeVar

from django.db import models

from ledger.domain.events import Event
from ledger.domain.records import EventRecord

Handler = Callable[[Any, Sequence[EventRecord[Any]]], None]
H = TypeVar("H", bound=Callable[..., None])


def folds(*kinds: type[Event]) -> Callable[[H], H]:
    """Mark a method as the fold of these events; it is called with a run of records of one kind, in log order."""

    def mark(handler: H) -> H:
        handler.folds = kinds  # type: ignore[attr-defined]
        return handler

    return mark


class Projection:
    """Base of all projections."""

    name: ClassVar[str] = ""
    tables: ClassVar[tuple[type[models.Model], ...]] = ()
    handlers: ClassVar[dict[type[Event], Handler]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.handlers = {kind: member for member in vars(cls).values() for kind in getattr(member, "folds", ())}

    @property
    def kinds(self) -> tuple[str, ...]:
        """The event kinds that this projection folds."""
        return tuple(kind.kind for kind in self.handlers)

    def fold(self, record: EventRecord[Any]) -> None:
        """Fold one event."""
        self.fold_many([record])

    def fold_many(self, records: Iterable[EventRecord[Any]]) -> None:
        """Fold events in log order; those of other kinds are passed over."""
        mine = (record for record in records if type(record.event) in self.handlers)
        for kind, run in itertools.groupby(mine, key=lambda record: type(record.event)):
            self.handlers[kind](self, list(run))
