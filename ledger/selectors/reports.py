"""Questions about identifiers, and about what others sold for us."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from ledger import models
from ledger.selectors.rows import as_value

__all__ = [
    "ElementIdentifier",
    "ExternalReport",
    "ExternalSale",
    "PartyIdentifiers",
    "elements_identified",
    "external_money_of",
    "external_money_waiting",
    "external_report",
    "external_sale",
    "external_sales",
    "identifiers_of",
    "party_identifiers",
]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ElementIdentifier:
    """An identifier that names an element."""

    element_id: UUID
    scheme: str
    value: str
    at: dt.datetime
    position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PartyIdentifiers:
    """The numbers a party is known by elsewhere; empty where there is none."""

    isni: str
    ipi: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ExternalReport:
    """A booked report: booked or reversed."""

    report_id: UUID
    period: str
    currency: str
    control_total_minor: int
    reported_currency: str
    reported_micro: int
    difference: str
    document_hash: str
    template_hash: str
    state: str
    booked_at: dt.datetime
    position: int
    changed_position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ExternalSale:
    """One part of a report's money: sold, waiting, matched (it waited), reversed, or the mirror of such."""

    line_id: UUID
    report_id: UUID
    element_id: UUID | None
    currency: str
    amount_minor: int
    state: str
    at: dt.datetime
    position: int
    changed_position: int


def identifiers_of(element_id: UUID) -> list[ElementIdentifier]:
    """What names an element, by scheme."""
    rows = models.ElementIdentifier.objects.filter(element_id=element_id).order_by("scheme", "value")
    return [as_value(ElementIdentifier, row) for row in rows]


def elements_identified(scheme: str, values: Iterable[str]) -> dict[str, UUID]:
    """Value -> the element it names; values that name none are left out."""
    rows = models.ElementIdentifier.objects.filter(scheme=scheme, value__in=set(values)).order_by("-position")
    return dict(rows.values_list("value", "element_id"))


def party_identifiers(party_id: UUID) -> PartyIdentifiers:
    """By which numbers a party is known."""
    row = models.PartyIdentity.objects.filter(party_id=party_id).first()
    return PartyIdentifiers(isni=row.isni if row else "", ipi=row.ipi if row else "")


def external_report(report_id: UUID) -> ExternalReport | None:
    """The booked report with this id."""
    row = models.ExternalReport.objects.filter(report_id=report_id).first()
    return as_value(ExternalReport, row) if row else None


def external_sale(line_id: UUID) -> ExternalSale | None:
    """The part of a report with this id: the `line_id` of its revenue line."""
    return external_sales([line_id]).get(line_id)


def external_sales(line_ids: Iterable[UUID]) -> dict[UUID, ExternalSale]:
    """Those of these revenue lines that came from reports of others."""
    rows = models.ExternalMoney.objects.filter(line_id__in=set(line_ids))
    return {row.line_id: as_value(ExternalSale, row) for row in rows}


def external_money_of(report_id: UUID) -> list[ExternalSale]:
    """Every part of a report, in order of booking."""
    rows = models.ExternalMoney.objects.filter(report_id=report_id).order_by("position", "line_id")
    return [as_value(ExternalSale, row) for row in rows]


def external_money_waiting() -> list[ExternalSale]:
    """All money that nobody has recognised yet, the oldest first."""
    rows = models.ExternalMoney.objects.filter(state="waiting").order_by("at", "position")
    return [as_value(ExternalSale, row) for row in rows]
