"""Rows that change again soon after they were made: kept by key for a while, written once.

An order is placed, paid and settled within one batch of events: that is one row to insert, not one to insert and to
change three times.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from django.db import models

Model: TypeAlias = type[models.Model]
Row: TypeAlias = Mapping[str, Any]


class Gathered:
    """New rows by table and key. What a method gives back is for the database: it is about rows that are not here."""

    def __init__(self) -> None:
        self._tables: dict[Model, dict[Any, dict[str, Any]]] = {}

    def insert(self, model: Model, rows: Iterable[Row]) -> list[Row]:
        """Keep new rows; gives back those whose key is here already, for the database to refuse."""
        key = key_of(model)
        if key is None:
            return list(rows)
        table = self._tables.setdefault(model, {})
        again = []
        for row in rows:
            kept = dict(row)
            if table.setdefault(row[key], kept) is not kept:
                again.append(row)
        return again

    def update(self, model: Model, rows: Iterable[Row], *, by: str, add: Sequence[str] = ()) -> list[Row]:
        """Change the rows that are here, found by their key."""
        table = self._tables.get(model)
        if not table or by != key_of(model):
            return list(rows)
        elsewhere = []
        for row in rows:
            kept = table.get(row[by])
            if kept is None:
                elsewhere.append(row)
            else:
                kept.update({**row, **{name: _value(model, kept, name) + row[name] for name in add}})
        return elsewhere

    def delete(self, model: Model, *, by: str, values: set[Any]) -> None:
        """Forget rows."""
        table = self._tables.get(model, {})
        for key in [key for key, row in table.items() if row[by] in values]:
            del table[key]

    def take(self) -> list[tuple[Model, list[Row]]]:
        """Everything that is here, and no longer will be."""
        taken, self._tables = self._tables, {}
        return [(model, list(table.values())) for model, table in taken.items() if table]

    def holds(self, model: Model) -> bool:
        """Whether rows of this table are here."""
        return bool(self._tables.get(model))


def key_of(model: Model) -> str | None:
    """The field that is the table's key; None if there are several."""
    fields = model._meta.pk_fields
    return fields[0].attname if len(fields) == 1 else None


def _value(model: Model, row: Row, name: str) -> Any:
    if name in row:
        return row[name]
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field), field
    return field.get_default()
