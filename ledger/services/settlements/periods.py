"""Periods of settlement: months, quarters, halves, and "up to a moment" for whoever cannot wait."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from ledger.domain.errors import LedgerError

_FORMS = re.compile(
    r"(?P<year>\d{4})-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4])|H(?P<half>[12]))"
    r"|until-(?P<until>\d{8}T\d{6}Z)"
)

DAY = dt.timedelta(days=1)


class PeriodError(LedgerError):
    """The text names no period, or one that has not ended."""

    code = "period"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A span of time, UTC: everything mature before `end` that no earlier run took."""

    name: str
    end: dt.datetime

    @property
    def words(self) -> str:
        """The period as people say it."""
        match = _FORMS.fullmatch(self.name)
        if match and match["month"]:
            return (self.end - dt.timedelta(days=1)).strftime("%B %Y")
        if match and match["quarter"]:
            return f"quarter {match['quarter']} of {match['year']}"
        if match and match["half"]:
            return f"{'first' if match['half'] == '1' else 'second'} half of {match['year']}"
        return f"up to {self.end:%d %B %Y, %H:%M} UTC"


def parse(name: str) -> Period:
    """`2026-09`, `2026-Q3`, `2026-H2` or `until-20261122T093000Z`.

    Raises
    ------
    PeriodError
        If the text is none of these.
    """
    match = _FORMS.fullmatch(name)
    if match is None:
        raise PeriodError(f"“{name}” is no period: write 2026-09, 2026-Q3 or 2026-H2")
    if match["until"]:
        end = dt.datetime.strptime(match["until"], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
        return Period(name=name, end=end)
    months = int(match["month"] or 0) or int(match["quarter"] or 0) * 3 or int(match["half"]) * 6
    year = int(match["year"]) + months // 12
    return Period(name=name, end=dt.datetime(year, months % 12 + 1, 1, tzinfo=dt.UTC))


def until(moment: dt.datetime) -> Period:
    """Everything up to a moment."""
    return parse(f"until-{moment.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}")


def month_of(moment: dt.datetime) -> Period:
    """The month that a moment lies in."""
    return parse(f"{moment.astimezone(dt.UTC):%Y-%m}")


def choices(*, after: dt.datetime | None, first: dt.datetime | None, now: dt.datetime) -> list[Period]:
    """The months, quarters and halves that ended after the last run's end (or the first event), newest last."""
    start = after or first
    if start is None:
        return []
    found: dict[str, Period] = {}
    for year in range(start.year, now.year + 1):
        names = [f"{year}-{month:02d}" for month in range(1, 13)]
        names += [f"{year}-Q{quarter}" for quarter in range(1, 5)] + [f"{year}-H1", f"{year}-H2"]
        for name in names:
            period = parse(name)
            if start < period.end <= now:
                found[name] = period
    return sorted(found.values(), key=lambda period: (period.end, period.name))


def start_of(period: Period) -> dt.datetime:
    """The first moment of a month, quarter or half.

    Raises
    ------
    PeriodError
        If it is a period "up to a moment": where that begins depends on the run before it.
    """
    match = _FORMS.fullmatch(period.name)
    assert match is not None, period
    months = 1 if match["month"] else 3 if match["quarter"] else 6 if match["half"] else 0
    if not months:
        raise PeriodError("choose a month, a quarter or a half")
    place = period.end.year * 12 + period.end.month - 1 - months
    return period.end.replace(year=place // 12, month=place % 12 + 1)
