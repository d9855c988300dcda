"""Rates of exchange, for reading only: no amount of the ledger is ever converted.

Rates come as the ECB publishes them (eurofxref-hist.csv: a day a row, what one euro was worth). A cross rate goes
over the euro with both rates of one day. What is shown carries "≈", the source and the day.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from django.db import transaction

from ledger.domain.settlement.currencies import CURRENCIES
from ledger.services import clock
from marketplace.dashboards.models import DisplayCurrency, FxRate
from marketplace.templatetags.ledgerline import minor_digits

BASE = "EUR"
BYTES_MAX = 8 * 1024 * 1024
ROWS_MAX = 20_000
COLUMNS_MAX = 80
FAULTS_MAX = 50
KEPT_DAYS = 400
"""Older days of a file are counted and left out: they are for reading totals of today."""
RATE = re.compile(r"\d{1,9}(\.\d{1,10})?")
ABSENT = ("", "N/A")


class RatesError(ValueError):
    """A file of rates with faults: nothing of it was kept. `faults` are told a line each."""

    def __init__(self, faults: list[str], *, more: int = 0) -> None:
        super().__init__("; ".join(faults))
        self.faults, self.more = faults, more


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of a file."""

    days: int
    rates: int
    left_out_days: int
    newest: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Approximation:
    """An amount as it would read in another currency; never a sum that anyone is owed."""

    amount_minor: int
    currency: str
    source: str
    date: dt.date
    is_demo: bool


# -------------------------------------------------------------------------------------------------- taking a file
def take_file(data: bytes, *, source: str, is_demo: bool = False) -> Taken:
    """Keep the rates of a file; a day that is known from this source stays as it is.

    Raises
    ------
    RatesError
        If a line cannot be read. Nothing is kept then.
    """
    rows, left_out = _read(data)
    kept = [
        FxRate(date=day, base=BASE, quote=quote, rate=rate, source=source, is_demo=is_demo)
        for day, rates in rows
        for quote, rate in rates.items()
    ]
    with transaction.atomic():
        FxRate.objects.bulk_create(kept, ignore_conflicts=True, batch_size=2000)
    return Taken(days=len(rows), rates=len(kept), left_out_days=left_out, newest=max(day for day, _rates in rows))


def _read(data: bytes) -> tuple[list[tuple[dt.date, dict[str, str]]], int]:
    if len(data) > BYTES_MAX:
        raise RatesError(["the file is larger than 8 MiB"])
    try:
        table = csv.reader(io.StringIO(data.decode("utf-8-sig")), strict=True)
        lines = [line for _number, line in zip(range(ROWS_MAX + 2), table, strict=False)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise RatesError([f"this is no CSV in UTF-8: {error}"]) from error
    faults: list[str] = []
    quotes = _head(lines[0] if lines else [], faults)
    if len(lines) > ROWS_MAX + 1:
        faults.append(f"more than {ROWS_MAX:,} days")
    if faults:
        raise RatesError(faults[:FAULTS_MAX])
    oldest = clock.now().date() - dt.timedelta(days=KEPT_DAYS)
    found: dict[dt.date, dict[str, str]] = {}
    left_out = 0
    for number, line in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in line):
            continue
        day, rates = _row(number, line, quotes, faults)
        if day is None:
            continue
        if day in found:
            faults.append(f"line {number}: {day} stands twice")
        elif day < oldest:
            left_out += 1
        else:
            found[day] = rates
    if not faults and not found:
        faults.append("no day of the last 400 is in it")
    if faults:
        raise RatesError(faults[:FAULTS_MAX], more=max(0, len(faults) - FAULTS_MAX))
    return sorted(found.items()), left_out


def _head(cells: list[str], faults: list[str]) -> list[str]:
    """The currencies of the columns after Date; the ECB's last column is empty."""
    names = [cell.strip() for cell in cells]
    if not names or names[0] != "Date":
        faults.append("line 1: the first column must be called Date")
        return []
    while names and not names[-1]:
        names.pop()
    if len(names) > COLUMNS_MAX:
        faults.append(f"line 1: more than {COLUMNS_MAX} columns")
        return []
    # Currencies that are no more (LTL, EEK, ...) stand in the long history: their form is all that is asked.
    faults += [f"line 1: {name!r} is no currency" for name in names[1:] if not re.fullmatch(r"[A-Z]{3}", name)]
    faults += [f"line 1: {name} stands twice" for name in sorted({n for n in names[1:] if names.count(n) > 1})]
    return names[1:]


def _row(number: int, cells: list[str], quotes: list[str], faults: list[str]) -> tuple[dt.date | None, dict[str, str]]:
    try:
        day = dt.date.fromisoformat(cells[0].strip())
    except ValueError:
        faults.append(f"line {number}: {cells[0][:20]!r} is no date like 2026-11-20")
        return None, {}
    if day > clock.now().date():
        faults.append(f"line {number}: {day} is in the future")
    rates = {}
    for quote, cell in zip(quotes, cells[1:], strict=False):
        text = cell.strip()
        if text in ABSENT:
            continue
        if not RATE.fullmatch(text) or Fraction(text) == 0:
            faults.append(f"line {number}, {quote}: {text[:20]!r} is no rate")
        elif quote in CURRENCIES:
            rates[quote] = text
    if len([cell for cell in cells[len(quotes) + 1 :] if cell.strip()]):
        faults.append(f"line {number}: more cells than columns")
    return day, rates


# ---------------------------------------------------------------------------------------------------- reading
def currencies() -> list[str]:
    """The currencies that totals can be read in, if any rates are known."""
    quotes = set(FxRate.objects.values_list("quote", flat=True).distinct())
    return sorted({BASE, *quotes}) if quotes else []


def chosen_by(party_id: UUID) -> str:
    """The currency in which a person reads totals; empty for none."""
    return DisplayCurrency.objects.filter(party_id=party_id).values_list("currency", flat=True).first() or ""


def choose(party_id: UUID, currency: str) -> None:
    """Read totals in this currency from now on; empty: in none."""
    if not currency:
        DisplayCurrency.objects.filter(party_id=party_id).delete()
    elif currency in currencies():
        DisplayCurrency.objects.update_or_create(party_id=party_id, defaults={"currency": currency})


def approximate(amounts_minor: Mapping[str, int], *, currency: str) -> Approximation | None:
    """Amounts of several currencies as one reading in `currency`; None if a rate is missing or nothing is foreign.

    All rates are of one day and one source: the newest on which each currency needed has one.
    """
    amounts = {code: amount for code, amount in amounts_minor.items() if amount}
    if not currency or not set(amounts) - {currency}:
        return None
    needed = {*amounts, currency} - {BASE}
    found = _newest_day(needed)
    if found is None:
        return None
    rates, (day, source, is_demo) = found
    total = sum((_converted(amount, code, currency, rates) for code, amount in amounts.items()), Fraction(0))
    return Approximation(amount_minor=round(total), currency=currency, source=source, date=day, is_demo=is_demo)


def _converted(amount_minor: int, code: str, currency: str, rates: Mapping[str, Fraction]) -> Fraction:
    scale = Fraction(10) ** (minor_digits(currency) - minor_digits(code))
    return amount_minor * scale * rates[currency] / rates[code]


def _newest_day(needed: Iterable[str]) -> tuple[dict[str, Fraction], tuple[dt.date, str, bool]] | None:
    wanted = set(needed)
    rows = FxRate.objects.filter(base=BASE, quote__in=wanted, date__lte=clock.now().date())
    days: dict[tuple[dt.date, str, bool], dict[str, Fraction]] = {}
    recent = rows.order_by("is_demo", "-date", "source").values_list("date", "source", "is_demo", "quote", "rate")
    for day, source, is_demo, quote, rate in recent[: len(wanted) * 30]:
        of_day = days.setdefault((day, source, is_demo), {BASE: Fraction(1)})
        of_day[quote] = Fraction(rate)
        if wanted <= set(of_day):
            return of_day, (day, source, is_demo)
    return None
