"""How an event becomes JSON and comes back: fields in, canonical values out, and nothing that was not meant.

A body holds only strings, booleans, null, lists, objects and whole numbers below 2**53. Amounts of money (fields that
end in `_minor` or `_micro`) travel as strings of digits, for they may pass 2**53. No floats, no names, no titles:
free text lives outside and is bound by its hash where it matters.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, TypeAlias, TypeVar
from uuid import UUID

from ledger.domain.errors import MalformedEventError

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"

INTEGER_LIMIT = 2**53
"""Whole numbers in a body stay below this, so that every JSON reader gets the same value."""


REGISTRY: dict[str, type[Event]] = {}
"""Kind -> class, filled as the classes below are defined."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. Subclasses name their `kind` and their fields."""

    kind: ClassVar[str] = ""

    def body(self) -> dict[str, Json]:
        """The fields as JSON values, ready for the canonical codec."""
        return _encode_fields(self)

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> typing.Self:
        """Rebuild the event.

        Raises
        ------
        MalformedEventError
            If a field is missing, unknown or of another type.
        """
        return typing.cast("typing.Self", _decode_fields(cls, body))


E = TypeVar("E", bound="Event")


def event(cls: type[E]) -> type[E]:
    """Register `cls` under its kind."""
    if not cls.kind or cls.kind in REGISTRY:
        raise ValueError(f"{cls.__name__} needs a kind of its own, got {cls.kind!r}")
    REGISTRY[cls.kind] = cls
    return cls


def decode(kind: str, body: Mapping[str, Any]) -> Event:
    """The event of this kind with this body.

    Raises
    ------
    MalformedEventError
        If the kind is unknown or the body does not fit it.
    """
    cls = REGISTRY.get(kind)
    if cls is None:
        raise MalformedEventError(f"no event kind {kind!r}")
    return cls.from_body(body)


# ---------------------------------------------------------------------------------------------------- encoding
_MONEY_SUFFIXES = ("_minor", "_micro")


def _encode_fields(value: Any) -> dict[str, Json]:
    cls: type = type(value)
    return {name: _encode(name, getattr(value, name)) for name in _fields(cls)}


@functools.cache
def _fields(cls: type) -> dict[str, dataclasses.Field[Any]]:
    return {field.name: field for field in dataclasses.fields(cls)}


def _encode(name: str, value: Any) -> Json:
    match value:
        case None | bool() | str():
            return value
        case int():
            if name.endswith(_MONEY_SUFFIXES):
                return str(value)
            if abs(value) >= INTEGER_LIMIT:
                raise MalformedEventError(f"{name}: {value} does not fit in 53 bits")
            return value
        case UUID():
            return str(value)
        case dt.datetime():
            return format_time(value)
        case tuple():
            return [_encode(name, item) for item in value]
        case _ if dataclasses.is_dataclass(value):
            return _encode_fields(value)
        case Mapping():
            return {str(key): _plain(f"{name}.{key}", item) for key, item in value.items()}
    raise MalformedEventError(f"{name}: a {type(value).__name__} cannot be written to the ledger")


def _plain(name: str, value: Any) -> Json:
    """Free JSON inside a body (arguments, parameters): checked, not converted."""
    match value:
        case None | bool() | str():
            return value
        case int() if abs(value) < INTEGER_LIMIT:
            return value
        case list() | tuple():
            return [_plain(name, item) for item in value]
        case Mapping():
            return {str(key): _plain(f"{name}.{key}", item) for key, item in value.items()}
    raise MalformedEventError(f"{name}: a {type(value).__name__} cannot be written to the ledger")


def format_time(value: dt.datetime) -> str:
    """UTC, microseconds, `Z`: 2026-11-22T09:30:00.123456Z."""
    if value.tzinfo is None:
        raise MalformedEventError("a time without a zone cannot be written to the ledger")
    return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse_time(text: str) -> dt.datetime:
    """The inverse of `format_time`, which takes nothing that it would not have written: else ValueError."""
    value = dt.datetime.fromisoformat(text)
    if value.tzinfo is None or format_time(value) != text:
        raise ValueError(f"{text!r} is no time as the ledger writes it")
    return value


def _decode_fields(cls: type, body: Any) -> Any:
    slots = _slots(cls)
    try:
        # As the ledger writes it, with every field: nothing is looked at twice. Each value goes straight into its slot,
        # for a frozen class's own way in costs as much again.
        if len(body) == len(slots):
            made: Any = object.__new__(cls)
            for name, decode_field, put in slots:
                put(made, decode_field(body[name]))
            return made
    except (TypeError, ValueError, KeyError, AttributeError):
        pass  # said below, with the field's name
    return _decode_slowly(cls, body)


def _decode_slowly(cls: type, body: Any) -> Any:
    """Field by field: some are left out, or one is wrong and is to be named."""
    if not isinstance(body, Mapping):
        raise MalformedEventError(f"{cls.__name__}: an object is needed, got {type(body).__name__}")
    values = {}
    for name, decode_field, required in _decoders(cls):
        if name not in body:
            if required:
                raise MalformedEventError(f"{cls.__name__}: field {name!r} is missing")
            continue
        try:
            values[name] = decode_field(body[name])
        except (TypeError, ValueError, AttributeError) as error:
            raise MalformedEventError(f"{cls.__name__}.{name}: {error}") from error
    if len(values) < len(body) and (unknown := body.keys() - _fields(cls).keys()):
        raise MalformedEventError(f"{cls.__name__}: unknown field {min(unknown)!r}")
    return cls(**values)


Decoder: TypeAlias = "Callable[[Any], Any]"
Put: TypeAlias = "Callable[[Any, Any], None]"


# Whoever verifies or rebuilds reads millions of events: what a field's type means is looked up once for each class.
@functools.cache
def _decoders(cls: type) -> tuple[tuple[str, Decoder, bool], ...]:
    """(name, from JSON, whether it must be there) for each field."""
    hints = typing.get_type_hints(cls)
    return tuple(
        (name, _decoder(name, hints[name]), field.default is dataclasses.MISSING)
        for name, field in _fields(cls).items()
    )


@functools.cache
def _slots(cls: type) -> tuple[tuple[str, Decoder, Put], ...]:
    """(name, from JSON, into its slot) for each field."""
    if hasattr(cls, "__post_init__"):
        raise TypeError(f"{cls.__name__} is made field by field when it is read: it can have no __post_init__")
    return tuple((name, decode_field, vars(cls)[name].__set__) for name, decode_field, _ in _decoders(cls))


def _decoder(name: str, hint: Any) -> Decoder:
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        (inner,) = (_decoder(name, arg) for arg in typing.get_args(hint) if arg is not type(None))
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        item = _decoder(name, typing.get_args(hint)[0])
        return lambda value: tuple([item(one) for one in _need(list, value)])
    if origin is Literal:
        return _Words((word, word) for word in typing.get_args(hint)).__getitem__
    if origin is not None and issubclass(origin, Mapping):
        return lambda value: dict(_need(dict, value))
    if dataclasses.is_dataclass(hint):
        return functools.partial(_decode_fields, typing.cast("type", hint))
    if hint is int and name.endswith(_MONEY_SUFFIXES):
        return _amount
    if hint is UUID:
        return _uuid
    if hint is str:
        return _text
    if hint is dt.datetime:
        return lambda value: parse_time(_need(str, value))
    return functools.partial(_need, hint)


class _Words(dict[str, str]):
    """The words that a field may hold."""

    def __missing__(self, value: Any) -> str:
        raise ValueError(f"{value!r} is none of {', '.join(self)}")


# The same ids come again and again: an order's in four events, a buyer's in hundreds. So do prices.
@functools.lru_cache(maxsize=1 << 16)
def _uuid(value: Any) -> UUID:
    return UUID(_text(value))


@functools.lru_cache(maxsize=1 << 12, typed=True)
def _amount(value: Any) -> int:
    return int(_text(value))


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    raise TypeError(f"a str is needed, got {type(value).__name__}")


def _need(kind: type, value: Any) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"a {kind.__name__} is needed, got {type(value).__name__}")
    return value
