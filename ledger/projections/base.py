"""What a projection is: tables that are a pure function of the log, folded inside the append transaction.

A fold never fails on a legal log, reads nothing but its own tables, and can be run again from an empty table to the
very same rows. Handlers get runs of events of one kind, so that many are written in one statement: neighbours, or
(where a projection names the `subject` of an event) all whose order against each other means nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
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
    subject: ClassVar[str | dict[type[Event], str]] = ""
    """The field that names what an event is about, or the field for each kind; events about different things touch
    different rows of this projection, so they are folded in any order. Empty: nothing is known of that."""

    lookups: ClassVar[tuple[str, ...] | None] = None
    """The columns by which its folds look for rows; tables that are folded again need no other index. None: not known,
    so they get all."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.handlers = {kind: member for member in vars(cls).values() for kind in getattr(member, "folds", ())}

    @property
    def folded(self) -> tuple[type[Event], ...]:
        """The events that this projection folds."""
        return tuple(self.handlers)

    def fold(self, record: EventRecord[Any]) -> None:
        """Fold one event."""
        self.fold_many([record])

    def fold_many(self, records: Iterable[EventRecord[Any]]) -> None:
        """Fold events in log order; those of other kinds are passed over."""
        mine = (record for record in records if type(record.event) in self.handlers)
        for kind, run in self._by_subject(mine) if self.subject else _neighbours(mine):
            self.handlers[kind](self, run)

    def _by_subject(self, records: Iterable[EventRecord[Any]]) -> Iterator[tuple[type[Event], list[EventRecord[Any]]]]:
        """The n-th kind of event that happens to a thing, for all things at once, then the next."""
        reached: dict[Hashable, tuple[int, type[Event]]] = {}
        rounds: list[dict[type[Event], list[EventRecord[Any]]]] = []
        for record in records:
            kind = type(record.event)
            field = self.subject if isinstance(self.subject, str) else self.subject[kind]
            thing = getattr(record.event, field)
            turn, before = reached.get(thing, (-1, Event))
            if kind is not before:
                turn += 1
                reached[thing] = (turn, kind)
                if turn == len(rounds):
                    rounds.append({})
            rounds[turn].setdefault(kind, []).append(record)
        for kinds in rounds:
            yield from kinds.items()


def _neighbours(records: Iterable[EventRecord[Any]]) -> Iterator[tuple[type[Event], list[EventRecord[Any]]]]:
    for kind, run in itertools.groupby(records, key=lambda record: type(record.event)):
        yield kind, list(run)
