"""Written figures and dates as exact values. Never a float: streaming services pay a ten-thousandth of a cent."""

from __future__ import annotations

import datetime as dt
import re
from decimal import ROUND_HALF_EVEN, Context, Decimal

from marketplace.reports.reading.limits import DECIMALS_MAX, DIGITS_MAX

EXACT = Context(prec=80)
"""Sums of a million lines of 34 digits need 40; nothing is rounded before the very end."""

_MINUSES = str.maketrans({"\u2212": "-", "\u2013": "-"})
_SPACES = re.compile(r"[\s\u00a0\u202f]")
_USUAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,18})?")
_PLAIN = re.compile(r"[+-]?[0-9]*\.?[0-9]*(E-?[0-9]{1,2})?")
MONEY_SIGNS = "$€£¥₩₹"
ZERO_DECIMAL = frozenset(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split()  # noqa: SIM905  # reads as a list
)
THREE_DECIMAL = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])


class UnreadableError(ValueError):
    """A cell does not hold what its column should; the message says why."""


def minor_digits(currency: str) -> int:
    """Digits after the point in the currency's minor unit."""
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2


def amount(text: str, *, decimal_mark: str, thousands_mark: str) -> Decimal:
    """A written amount: `1.234,56`, `-0.000012`, `(12.50)`, `12,50-`, `€ 3`, `1.2E-05`.

    Raises
    ------
    UnreadableError
        If it is none, or ambiguous with these marks.
    """
    if decimal_mark == "." or "." not in text:
        usual = text.replace(decimal_mark, ".", 1)
        if _USUAL.fullmatch(usual):  # nothing to be careful about
            return Decimal(usual)
    plain = _SPACES.sub("", text).translate(_MINUSES).strip(MONEY_SIGNS).upper()
    negative = False
    if plain.startswith("(") and plain.endswith(")"):
        plain, negative = plain[1:-1].strip(MONEY_SIGNS), True
    elif plain.endswith("-"):
        plain, negative = plain[:-1], True
    if plain[:2] in {f"-{sign}" for sign in MONEY_SIGNS}:
        plain = "-" + plain[2:]
    whole, mark, decimals = plain.partition(decimal_mark)
    if thousands_mark and thousands_mark != " ":
        whole = _ungrouped(whole, thousands_mark, text)
    plain = f"{whole}.{decimals}" if mark else whole
    if not _PLAIN.fullmatch(plain) or not any(c.isdigit() for c in plain.partition("E")[0]):
        raise UnreadableError(f"“{_short(text)}” is no amount with “{decimal_mark}” before the decimals")
    value = Decimal(plain)
    _, digits, exponent = value.as_tuple()
    if len(digits) > DIGITS_MAX or not -DECIMALS_MAX <= int(exponent) <= DECIMALS_MAX:
        raise UnreadableError(f"“{_short(text)}” has more digits than an amount can have")
    return -value if negative else value


def _ungrouped(whole: str, mark: str, text: str) -> str:
    """Without marks of thousands, which must stand where thousands end: 1.23 is not 123."""
    first, *groups = whole.split(mark)
    if groups and (any(len(group) != 3 for group in groups) or len(first.lstrip("+-")) > 3):
        raise UnreadableError(f"“{_short(text)}” has a “{mark}” that marks no thousands")
    return first + "".join(groups)


def micro(value: Decimal, currency: str) -> int:
    """An amount in whole micro of the currency's minor unit; a half goes to the even neighbour."""
    scaled = value.scaleb(minor_digits(currency) + 6, EXACT)
    return int(scaled.quantize(Decimal(1), ROUND_HALF_EVEN, EXACT))


def quantity(text: str, *, decimal_mark: str, thousands_mark: str) -> int:
    """A whole number of units.

    Raises
    ------
    UnreadableError
        If it is none.
    """
    value = amount(text, decimal_mark=decimal_mark, thousands_mark=thousands_mark)
    if value != value.to_integral_value() or abs(value) > 10**12:
        raise UnreadableError(f"“{_short(text)}” is no whole number")
    return int(value)


def date(text: str, *, date_format: str) -> str:
    """A date, or a month, as ISO 8601.

    Raises
    ------
    UnreadableError
        If it is written in another way.
    """
    try:
        return dt.datetime.strptime(text.strip()[:32], date_format).date().isoformat()  # a date
    except ValueError:
        raise UnreadableError(f"“{_short(text)}” is no date as this source writes them") from None


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
