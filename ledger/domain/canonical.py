"""Canonical JSON (RFC 8785, JCS): one value, one sequence of bytes.

`canonicalise` takes any JSON value. `encode` is the fast path for what the ledger writes, where there are no floats;
both give the same bytes.
"""

from __future__ import annotations

import json
import math
from typing import Any

import orjson

from ledger.domain.errors import MalformedEventError

_encode_text = json.JSONEncoder(ensure_ascii=False).encode
_PLAIN = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)


def encode(value: Any) -> bytes:
    """The canonical bytes of a value without floats, whose numbers are whole and below 2**53.

    Raises
    ------
    MalformedEventError
        If a string holds half a surrogate pair, or something in it is no JSON value.
    """
    try:
        found = orjson.dumps(value, option=_PLAIN)
    except orjson.JSONEncodeError as error:
        raise MalformedEventError(f"half a surrogate pair is no text, and only JSON values are: {error}") from error
    # orjson sorts names by code point, JCS by UTF-16 unit: they differ only where a character passes U+FFFF, which
    # takes four bytes of UTF-8, the first of them 0xF0 or more.
    if not found.isascii() and max(found) >= 0xF0:
        return canonicalise(value)
    return found


def canonicalise(value: Any) -> bytes:
    """The canonical bytes of any JSON value.

    Raises
    ------
    MalformedEventError
        If the value is no JSON, a number is not finite, or a string holds half a surrogate pair.
    """
    return _to_bytes(_canonical_text(value))


def _to_bytes(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise MalformedEventError("half a surrogate pair is no text") from error


def _canonical_text(value: Any) -> str:
    match value:
        case None:
            return "null"
        case True:
            return "true"
        case False:
            return "false"
        case str():
            return _encode_text(value)
        case int():
            return number_text(float(value)) if abs(value) >= 2**53 else str(value)
        case float():
            return number_text(value)
        case list() | tuple():
            return "[" + ",".join(_canonical_text(item) for item in value) + "]"
        case dict():
            names = sorted(value, key=_utf16_units)
            return "{" + ",".join(f"{_encode_text(name)}:{_canonical_text(value[name])}" for name in names) + "}"
    raise MalformedEventError(f"a {type(value).__name__} is no JSON value")


def _utf16_units(name: Any) -> bytes:
    if not isinstance(name, str):
        raise MalformedEventError("the names in a JSON object are strings")
    return name.encode("utf-16-be", "surrogatepass")


def number_text(number: float) -> str:
    """A number as ECMAScript writes it (ECMA-262, Number::toString): the shortest digits that read back the same."""
    if not math.isfinite(number):
        raise MalformedEventError("a number that is not finite is no JSON value")
    if number == 0:
        return "0"
    sign = "-" if number < 0 else ""
    mantissa, _, exponent = f"{abs(number)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # The number is 0.<digits> × 10**point.
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    return sign + _place_point(digits, point)


def _place_point(digits: str, point: int) -> str:
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def text(value: str) -> str:
    """A JSON string literal, as JCS writes it."""
    return _encode_text(value)
