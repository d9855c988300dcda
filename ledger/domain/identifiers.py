"""The identifiers that the music business knows recordings, works and people by: written one way, and checked.

| scheme | names | form kept here | check |
|---|---|---|---|
| isrc | a recording | CCXXXYYNNNNN, 12 characters | form and prefix: it has no check digit (ISO 3901) |
| iswc | a work | T and 10 digits | weighted sum, modulo 10 (ISO 15707) |
| isni | a person or a group | 16 characters, the last may be X | ISO 7064 MOD 11-2 (ISO 27729) |
| ipi | an interested party | 11 digits | weighted sum, modulo 101 (CISAC) |
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, TypeAlias

from stdnum import isni as _isni
from stdnum import isrc as _isrc
from stdnum.exceptions import InvalidChecksum, InvalidComponent, ValidationError

from ledger.domain.errors import IdentifierError

ElementScheme: TypeAlias = Literal["isrc", "iswc"]
PartyScheme: TypeAlias = Literal["isni", "ipi"]

ELEMENT_SCHEMES: tuple[ElementScheme, ...] = ("isrc", "iswc")
PARTY_SCHEMES: tuple[PartyScheme, ...] = ("isni", "ipi")

TEXT_MAX = 64
"""Longer text is no identifier, whatever is in it."""

_SEPARATORS = re.compile(r"[\s.\-\u2010-\u2015]+")
_ISWC = re.compile("T[0-9]{10}")
_DIGITS = re.compile("[0-9]+")


def normalise(scheme: str, text: str) -> str:
    """The identifier in the one form that is kept and compared.

    >>> normalise("iswc", "T-034.524.680-1")
    'T0345246801'

    Raises
    ------
    IdentifierError
        If it is none; the message says what is wrong.
    """
    check = _CHECKS.get(scheme)
    if check is None:
        raise IdentifierError(f"{scheme!r} is no scheme of identifiers known here")
    if len(text) > TEXT_MAX:
        raise IdentifierError(f"an {scheme.upper()} is not {len(text)} characters long")
    compact = _SEPARATORS.sub("", text).upper().removeprefix(scheme.upper()).lstrip(":")
    if not compact:
        raise IdentifierError(f"the {scheme.upper()} is empty")
    return check(compact)


def pretty(scheme: str, value: str) -> str:
    """A kept identifier as people write it: T-034.524.680-1, DE-A12-24-00001, 0000 0001 2103 2683."""
    match scheme:
        case "isrc":
            return "-".join((value[:2], value[2:5], value[5:7], value[7:]))
        case "iswc":
            return f"T-{value[1:4]}.{value[4:7]}.{value[7:10]}-{value[10]}"
        case "isni":
            return " ".join(value[place : place + 4] for place in range(0, 16, 4))
    return value


def _checked_isrc(value: str) -> str:
    if len(value) != 12:
        raise IdentifierError(f"an ISRC has 12 characters, {value} has {len(value)}")
    if not _DIGITS.fullmatch(value[5:]):
        raise IdentifierError(f"an ISRC ends in 7 digits (year and number), {value} ends in {value[5:]}")
    try:
        return str(_isrc.validate(value))
    except InvalidComponent:
        raise IdentifierError(f"no agency gives out ISRCs that begin with {value[:2]}") from None
    except ValidationError:
        raise IdentifierError(f"an ISRC begins with two letters and three letters or digits, not {value[:5]}") from None


def _checked_isni(value: str) -> str:
    if len(value) != 16:
        raise IdentifierError(f"an ISNI has 16 characters, {value} has {len(value)}")
    try:
        return str(_isni.validate(value))
    except InvalidChecksum:
        raise IdentifierError(f"the last character of ISNI {value} does not fit the others: a typing error") from None
    except ValidationError:
        raise IdentifierError(f"an ISNI has 15 digits and then a digit or X, {value} has not") from None


def iswc_check_digit(digits: str) -> int:
    """The tenth digit of an ISWC from its first nine: (10 − (1 + Σ i·dᵢ) mod 10) mod 10, i = 1 to 9."""
    return -(1 + sum(place * int(digit) for place, digit in enumerate(digits, start=1))) % 10


def _checked_iswc(value: str) -> str:
    if not _ISWC.fullmatch(value):
        raise IdentifierError(f"an ISWC is T and 10 digits, {value} is not")
    expected = iswc_check_digit(value[1:10])
    if int(value[10]) != expected:
        raise IdentifierError(f"the last digit of ISWC {value} should be {expected}: a typing error")
    return value


def ipi_check_digits(digits: str) -> str:
    """The last two digits of an IPI name number from its first nine: Σ dᵢ·(10−i), i = 0 to 8, modulo 101."""
    rest = sum((10 - place) * int(digit) for place, digit in enumerate(digits)) % 101
    return f"{(101 - rest) % 100 if rest else 0:02}"


def _checked_ipi(value: str) -> str:
    if not _DIGITS.fullmatch(value) or len(value) > 11:
        raise IdentifierError(f"an IPI name number has at most 11 digits, {value} has not")
    whole = value.zfill(11)  # leading zeros are often left out
    expected = ipi_check_digits(whole[:9])
    if whole[9:] != expected:
        raise IdentifierError(f"the last two digits of IPI {whole} should be {expected}: a typing error")
    return whole


_CHECKS: dict[str, Callable[[str], str]] = {
    "isrc": _checked_isrc,
    "iswc": _checked_iswc,
    "isni": _checked_isni,
    "ipi": _checked_ipi,
}
