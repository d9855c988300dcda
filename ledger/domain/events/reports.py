"""What others sold for us: identifiers of elements, reports of shops and services, the money behind their lines.

`report.booked` says what the bank received; the facts after it in the same command say what each part of it was for. A
part whose element is known is a sale; any other waits, under a `group_id`, until it is matched or the report reversed.
"""

from __future__ import annotations

import dataclasses
from typing import Literal, TypeAlias
from uuid import UUID

from ledger.domain.events.codec import Event, event
from ledger.domain.identifiers import ElementScheme

Difference: TypeAlias = Literal["none", "rounding", "fee", "exchange", "withheld", "other"]
"""Why the bank received another sum than the report's lines say."""


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ElementIdentified(Event):
    """From now on this identifier (checked, in its kept form) names the element."""

    kind = "element.identified.v1"
    element_id: UUID
    scheme: ElementScheme
    value: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ElementIdentifierWithdrawn(Event):
    """The identifier no longer names the element: it was a mistake."""

    kind = "element.identifier_withdrawn.v1"
    element_id: UUID
    scheme: ElementScheme
    value: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReportBooked(Event):
    """A sales report of somebody else was read, matched and booked with what the bank received for it.

    `reported_micro` is the sum of its lines in `reported_currency`; `difference` says why `control_total_minor`, which
    is what is divided, is another sum. Who sent it is kept outside.
    """

    kind = "report.booked.v1"
    report_id: UUID
    period: str
    currency: str
    control_total_minor: int
    reported_currency: str
    reported_micro: int
    difference: Difference
    document_hash: str
    template_hash: str
    lines: int
    sales: int
    waiting: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ExternalSaleRecorded(Event):
    """A report's money for one element (below zero: it gave back more than it sold).

    With `reverses_id` it is the mirror of an earlier one, or of money matched later, of a report booked by mistake.
    """

    kind = "external_sale.recorded.v1"
    line_id: UUID
    report_id: UUID
    element_id: UUID
    currency: str
    gross_minor: int
    reverses_id: UUID | None


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ExternalMoneyWaiting(Event):
    """A report's money for something that nobody has recognised yet."""

    kind = "external_money.waiting.v1"
    group_id: UUID
    report_id: UUID
    currency: str
    amount_minor: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ExternalMoneyMatched(Event):
    """What waited belongs to this element: it enters the next run."""

    kind = "external_money.matched.v1"
    group_id: UUID
    report_id: UUID
    element_id: UUID
    currency: str
    amount_minor: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ExternalMoneyReturned(Event):
    """What waited no longer does: its report was reversed."""

    kind = "external_money.returned.v1"
    group_id: UUID
    report_id: UUID
    currency: str
    amount_minor: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReportReversed(Event):
    """The report was booked by mistake; the mirrors of all its parts follow in the same command."""

    kind = "report.reversed.v1"
    report_id: UUID
    currency: str
    control_total_minor: int
    reason_hash: str
