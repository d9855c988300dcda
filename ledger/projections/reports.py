"""What others sold for us, and which identifiers name which element."""

from __future__ import annotations

from collections.abc import Sequence

from ledger import sql
from ledger.domain.events import (
    ElementIdentified,
    ElementIdentifierWithdrawn,
    ExternalMoneyMatched,
    ExternalMoneyReturned,
    ExternalMoneyWaiting,
    ExternalSaleRecorded,
    ReportBooked,
    ReportReversed,
)
from ledger.domain.records import EventRecord
from ledger.models import ElementIdentifier, ExternalMoney, ExternalReport
from ledger.projections.base import Projection, folds


class Reports(Projection):
    """Reports, and where each part of their money stands."""

    name = "reports"
    tables = (ElementIdentifier, ExternalReport, ExternalMoney)

    @folds(ElementIdentified)
    def identified(self, records: Sequence[EventRecord[ElementIdentified]]) -> None:
        """The identifier names the element; said twice is said once."""
        for r in records:
            ElementIdentifier.objects.get_or_create(
                scheme=r.event.scheme,
                value=r.event.value,
                element_id=r.event.element_id,
                defaults={"at": r.at, "position": r.position},
            )

    @folds(ElementIdentifierWithdrawn)
    def withdrawn(self, records: Sequence[EventRecord[ElementIdentifierWithdrawn]]) -> None:
        """It names it no longer."""
        for r in records:
            ElementIdentifier.objects.filter(
                scheme=r.event.scheme, value=r.event.value, element_id=r.event.element_id
            ).delete()

    @folds(ReportBooked)
    def booked(self, records: Sequence[EventRecord[ReportBooked]]) -> None:
        """A report with its control total."""
        same = (
            "report_id",
            "period",
            "currency",
            "control_total_minor",
            "reported_currency",
            "reported_micro",
            "difference",
            "document_hash",
            "template_hash",
        )
        sql.insert(
            ExternalReport,
            (
                {
                    **{name: getattr(r.event, name) for name in same},
                    "state": "booked",
                    "booked_at": r.at,
                    "position": r.position,
                    "changed_position": r.position,
                }
                for r in records
            ),
        )

    @folds(ExternalSaleRecorded)
    def sold(self, records: Sequence[EventRecord[ExternalSaleRecorded]]) -> None:
        """Money of a known element; a mirror ends what it mirrors."""
        sql.insert(
            ExternalMoney,
            (
                _row(
                    r,
                    line_id=r.event.line_id,
                    element_id=r.event.element_id,
                    amount_minor=r.event.gross_minor,
                    state="sold" if r.event.reverses_id is None else "mirror",
                )
                for r in records
            ),
        )
        for r in records:
            if r.event.reverses_id is not None:
                _move(r, r.event.reverses_id, state="reversed")

    @folds(ExternalMoneyWaiting)
    def waits(self, records: Sequence[EventRecord[ExternalMoneyWaiting]]) -> None:
        """Money of something not recognised yet."""
        sql.insert(
            ExternalMoney,
            (
                _row(r, line_id=r.event.group_id, element_id=None, amount_minor=r.event.amount_minor, state="waiting")
                for r in records
            ),
        )

    @folds(ExternalMoneyMatched)
    def matched(self, records: Sequence[EventRecord[ExternalMoneyMatched]]) -> None:
        """It was recognised."""
        for r in records:
            _move(r, r.event.group_id, state="matched", element_id=r.event.element_id)

    @folds(ExternalMoneyReturned)
    def returned(self, records: Sequence[EventRecord[ExternalMoneyReturned]]) -> None:
        """It waits no longer."""
        for r in records:
            _move(r, r.event.group_id, state="reversed")

    @folds(ReportReversed)
    def reversed(self, records: Sequence[EventRecord[ReportReversed]]) -> None:
        """A mistake."""
        for r in records:
            ExternalReport.objects.filter(report_id=r.event.report_id).update(
                state="reversed", changed_position=r.position
            )


def _row(
    record: EventRecord[ExternalSaleRecorded] | EventRecord[ExternalMoneyWaiting], **values: object
) -> dict[str, object]:
    return {
        "report_id": record.event.report_id,
        "currency": record.event.currency,
        "at": record.at,
        "position": record.position,
        "changed_position": record.position,
        **values,
    }


def _move(
    record: EventRecord[ExternalSaleRecorded] | EventRecord[ExternalMoneyMatched] | EventRecord[ExternalMoneyReturned],
    line_id: object,
    **values: object,
) -> None:
    ExternalMoney.objects.filter(line_id=line_id).update(changed_position=record.position, **values)
