"""Columns of many rows as PostgreSQL's binary arrays.

The server takes such an array in about six times faster than the same values as JSON, and the two cost the same to
write here. The form is that of the server's `array_recv`: dimensions, a flag, the type of the items, how many there
are, and where they begin; then each item with its length before it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import struct
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import models

EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
NULL = b"\xff\xff\xff\xff"

_head = struct.Struct(">iiIii").pack
_length = struct.Struct(">i").pack
_int8 = struct.Struct(">iq").pack


@dataclasses.dataclass(frozen=True, slots=True)
class Array:
    """A parameter that is an array already, in the server's binary form."""

    data: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class ColumnType:
    """A type of the server's: its name, its number, and how values become items."""

    name: str
    oid: int
    items: Callable[[Sequence[Any]], list[bytes]]

    def array(self, values: Sequence[Any]) -> Array:
        """The values of one column, None for null."""
        return Array(_head(1, 1, self.oid, len(values), 1) + b"".join(self.items(values)))


def _integers(values: Sequence[Any]) -> list[bytes]:
    return [NULL if value is None else _int8(8, value) for value in values]


def _ids(values: Sequence[Any]) -> list[bytes]:
    # By the number: `bytes` is a property that makes the same of it, at twice the cost.
    return [NULL if value is None else b"\0\0\0\x10" + _id_number(value).to_bytes(16, "big") for value in values]


def _id_number(value: UUID | str) -> int:
    return (value if type(value) is UUID else UUID(str(value))).int


def _times(values: Sequence[Any]) -> list[bytes]:
    return [NULL if value is None else _int8(8, (value - EPOCH) // MICROSECOND) for value in values]


def _flags(values: Sequence[Any]) -> list[bytes]:
    return [NULL if value is None else b"\0\0\0\x01" + (b"\1" if value else b"\0") for value in values]


def _texts(values: Sequence[Any]) -> list[bytes]:
    return _blobs([None if value is None else value.encode() for value in values])


def _json(values: Sequence[Any]) -> list[bytes]:
    return _blobs([None if value is None else b"\1" + orjson.dumps(value) for value in values])


def _blobs(values: Sequence[Any]) -> list[bytes]:
    return [NULL if value is None else _length(len(value)) + value for value in values]


IDS = ColumnType("uuid", 2950, _ids)
TEXTS = ColumnType("text", 25, _texts)
INTEGERS = ColumnType("bigint", 20, _integers)

_OF_FIELD: dict[type[models.Field[Any, Any]], ColumnType] = {
    models.UUIDField: IDS,
    models.TextField: TEXTS,
    models.CharField: TEXTS,
    models.IntegerField: INTEGERS,  # and the wider and narrower ones: the server converts them
    models.DateTimeField: ColumnType("timestamptz", 1184, _times),
    models.BooleanField: ColumnType("boolean", 16, _flags),
    models.BinaryField: ColumnType("bytea", 17, _blobs),
    models.JSONField: ColumnType("jsonb", 3802, _json),
}


def type_of(field: models.Field[Any, Any]) -> ColumnType:
    """The type that the values of this field travel as."""
    return next(_OF_FIELD[kind] for kind in type(field).__mro__ if kind in _OF_FIELD)
