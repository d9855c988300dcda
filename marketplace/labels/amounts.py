"""Money and shares as people type them, read exactly: text in, whole units out, never a float."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from marketplace.templatetags.ledgerline import MICRO_DIGITS, minor_digits

DIGITS_MAX = 15
PPM = 1_000_000


def whole_units(text: str, *, digits: int) -> int:
    """`"12.5"`, or `"12,5"`, with 2 digits -> 1250.

    Raises
    ------
    ValidationError
        If the text is no plain number, or finer than `digits`.
    """
    text = text.strip()
    if re.fullmatch(r"\d+,\d{3}", text):  # one thousand to some, one and a part to others
        raise ValidationError(
            _("“%(text)s” can be read in two ways: write %(whole)s or %(part)s.")
            % {"text": text, "whole": text.replace(",", ""), "part": text.replace(",", ".")}
        )
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    plain = text.replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace("\u2212", "-")
    found = re.fullmatch(rf"(\d{{1,{DIGITS_MAX}}})(?:\.(\d*))?", plain)
    if not found:
        raise ValidationError(_("Write a number such as 1250 or 1250.50."))
    decimals = (found[2] or "").rstrip("0")
    if len(decimals) > digits:
        raise ValidationError(_("This is finer than can be kept: %(digits)d decimals at most.") % {"digits": digits})
    return int(found[1] + decimals.ljust(digits, "0"))


def minor(text: str, currency: str) -> int:
    """Whole minor units of a currency."""
    return whole_units(text, digits=minor_digits(currency))


def micro(text: str, currency: str) -> int:
    """Whole micro, of what must be whole minor units."""
    return minor(text, currency) * 10**MICRO_DIGITS


def ppm(text: str) -> int:
    """Percent, to four decimals, as parts per million."""
    found = whole_units(text.replace("%", ""), digits=4)
    if found > PPM:
        raise ValidationError(_("A share lies between 0 and 100 %."))
    return found


def whole_numbers(text: str) -> list[int]:
    """`"2, 1 1"` -> [2, 1, 1].

    Raises
    ------
    ValidationError
        If something in it is no whole number.
    """
    try:
        return [int(part) for part in re.split(r"[\s,:/]+", text.strip()) if part]
    except ValueError as error:
        raise ValidationError(_("Write whole numbers with spaces between them, such as 1 1 1 1.")) from error
