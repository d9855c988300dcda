"""How papers write money and days: the same everywhere, whatever language the reader's pages are in."""

from __future__ import annotations

import datetime as dt

from django.utils import translation

from marketplace.templatetags.ledgerline import MICRO_DIGITS, minor_digits, write_amount


def amount(amount_micro: int, currency: str) -> str:
    """Exact, never fewer decimals than the currency has: −1,234.56 or 0.807500."""
    digits = minor_digits(currency)
    with translation.override("en"):
        return write_amount(amount_micro, digits=digits + MICRO_DIGITS, shortest=digits)


def decimal(amount_micro: int, currency: str) -> str:
    """The same for machines: no groups, a plain minus."""
    return amount(amount_micro, currency).replace(",", "").replace("\u2212", "-")


def day(moment: dt.datetime) -> str:
    """20 November 2026."""
    return f"{moment:%d %B %Y}".lstrip("0")
