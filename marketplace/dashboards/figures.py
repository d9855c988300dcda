"""The figures behind earnings: what sold, through which licence, what others made of it, under which policy."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from ledger.selectors import analytics
from ledger.services import clock
from ledger.services.settlements import policies
from marketplace.catalogue.models import Entry
from marketplace.dashboards.costly import remembered

ELEMENTS_SHOWN = 20
MONTHS_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A name with what was sold of it."""

    name: str
    element_id: UUID | None
    sold: int
    gross_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InCurrency:
    """Everything in one currency; currencies are never added up."""

    currency: str
    months: tuple[Row, ...]
    elements: tuple[Row, ...]
    licences: tuple[Row, ...]
    derived: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the page shows."""

    currencies: tuple[InCurrency, ...]
    people: analytics.People
    people_min: int
    elements: int
    policies: tuple[policies.PolicyRow, ...]
    policy_month: str


def of(party_id: UUID) -> Figures:
    """The figures of one party: seven queries, however much it sold."""
    ids = analytics.elements_of_party(party_id)
    sales = analytics.month_sales(ids)
    derived = analytics.derived_sales(ids)
    titles = titles_of({*ids, *(one.child_id for one in derived)})
    month, compared = _policies(party_id)
    currencies = sorted({one.currency for one in sales} | {one.currency for one in derived if one.currency})
    return Figures(
        currencies=tuple(
            _in_currency(
                currency,
                [one for one in sales if one.currency == currency],
                [one for one in derived if one.currency == currency],
                titles,
            )
            for currency in currencies
        ),
        people=analytics.people(ids),
        people_min=analytics.PEOPLE_MIN,
        elements=len(ids),
        policies=compared,
        policy_month=month,
    )


def titles_of(element_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names of elements, as the shop has them."""
    return dict(Entry.objects.filter(pk__in=list(element_ids)).values_list("element_id", "title"))


def _in_currency(
    currency: str, sales: list[analytics.MonthSales], derived: list[analytics.Derived], titles: dict[UUID, str]
) -> InCurrency:
    months: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    elements: dict[UUID, list[int]] = defaultdict(lambda: [0, 0])
    licences: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for one in sales:
        for sums in (months[one.month], elements[one.element_id], licences[one.licence_kind or "other"]):
            sums[0] += one.sold
            sums[1] += one.gross_minor
    top = sorted(elements.items(), key=lambda item: (-item[1][1], str(item[0])))[:ELEMENTS_SHOWN]
    return InCurrency(
        currency=currency,
        months=tuple(_row(month, *sums) for month, sums in sorted(months.items())[-MONTHS_SHOWN:]),
        elements=tuple(_row(titles.get(one, "element"), *sums, element_id=one) for one, sums in top),
        licences=tuple(_row(kind, *sums) for kind, sums in sorted(licences.items(), key=lambda item: -item[1][1])),
        derived=tuple(
            _row(titles.get(one.child_id, "element"), one.sold, one.gross_minor, element_id=one.child_id)
            for one in derived[:ELEMENTS_SHOWN]
        ),
    )


def _row(name: str, sold: int, gross_minor: int, *, element_id: UUID | None = None) -> Row:
    return Row(name=name, element_id=element_id, sold=sold, gross_minor=gross_minor)


def compare(start: dt.datetime, end: dt.datetime) -> policies.Comparison:
    """Both policies over a period, remembered while nothing new happens."""
    return remembered(f"policies:{start:%Y%m%d}:{end:%Y%m%d}", lambda: policies.compare(start=start, end=end))


def _policies(party_id: UUID) -> tuple[str, tuple[policies.PolicyRow, ...]]:
    """What credits of the last whole month brought the party, and would have brought under the other policy."""
    end = clock.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    start = (end - dt.timedelta(days=1)).replace(day=1)
    rows = compare(start, end).rows
    return f"{start:%B %Y}", tuple(row for row in rows if row.party_id == party_id)
