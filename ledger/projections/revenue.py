"""Revenue lines: what a settlement run is fed with, one row for what one event means for one order line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from ledger import sql
from ledger.domain.events import (
    AdjustmentPosted,
    ChargeSettled,
    DisputeOpened,
    DisputeWon,
    ExternalMoneyMatched,
    ExternalSaleRecorded,
    OrderPaid,
    OrderRefunded,
)
from ledger.domain.records import EventRecord
from ledger.models import RevenueLine
from ledger.projections.base import Projection, folds


class Revenue(Projection):
    """Sales, and what reverses or corrects them."""

    name = "revenue"
    tables = (RevenueLine,)
    lookups = ("revenue_id",)
    subject = {
        **dict.fromkeys((OrderPaid, ChargeSettled, OrderRefunded, DisputeOpened, DisputeWon), "order_id"),
        AdjustmentPosted: "adjustment_id",
        **dict.fromkeys((ExternalSaleRecorded, ExternalMoneyMatched), "report_id"),
    }

    @folds(OrderPaid)
    def paid(self, records: Sequence[EventRecord[OrderPaid]]) -> None:
        """A sale; its fee comes later."""
        sql.insert(
            RevenueLine,
            (
                {
                    "revenue_id": str(line.line_id),
                    "kind": "sale",
                    "element_id": line.element_id,
                    "order_id": r.event.order_id,
                    "line_id": line.line_id,
                    "currency": r.event.currency,
                    "gross_minor": line.gross_minor,
                    "tax_minor": line.tax_minor,
                    "at": r.at,
                    "position": r.position,
                    "sale_position": r.position,
                }
                for r in records
                for line in r.event.lines
            ),
        )

    @folds(ChargeSettled)
    def settled(self, records: Sequence[EventRecord[ChargeSettled]]) -> None:
        """The fee of a sale."""
        sql.update(
            RevenueLine,
            (
                {"revenue_id": str(line.line_id), "fee_minor": line.fee_minor, "settled_position": r.position}
                for r in records
                for line in r.event.lines
            ),
            by="revenue_id",
        )

    @folds(OrderRefunded)
    def refunded(self, records: Sequence[EventRecord[OrderRefunded]]) -> None:
        """The mirror of a sale; a fee in it is one that the processor gave back."""
        for r in records:
            RevenueLine.objects.bulk_create(_reversals(r, name=str(r.event.refund_id), kind="refund", sign=-1))

    @folds(DisputeOpened)
    def dispute_opened(self, records: Sequence[EventRecord[DisputeOpened]]) -> None:
        """The sale taken back by a bank, and the bank's fee on top."""
        for r in records:
            rows = list(_reversals(r, name=str(r.event.dispute_id), kind="dispute", sign=-1))
            for row in rows:
                row.fee_minor = -row.fee_minor
            RevenueLine.objects.bulk_create(rows)

    @folds(DisputeWon)
    def dispute_won(self, records: Sequence[EventRecord[DisputeWon]]) -> None:
        """What came back."""
        for r in records:
            rows = list(_reversals(r, name=f"{r.event.dispute_id}/won", kind="dispute", sign=1))
            for row in rows:
                row.fee_minor = -row.fee_minor
            RevenueLine.objects.bulk_create(rows)

    @folds(AdjustmentPosted)
    def adjusted(self, records: Sequence[EventRecord[AdjustmentPosted]]) -> None:
        """A correction for one element."""
        sql.insert(
            RevenueLine,
            (
                {
                    "revenue_id": str(r.event.adjustment_id),
                    "kind": "adjustment",
                    "element_id": r.event.element_id,
                    "currency": r.event.currency,
                    "gross_minor": r.event.gross_minor,
                    "tax_minor": 0,
                    "fee_minor": 0,
                    "at": r.at,
                    "position": r.position,
                    "sale_position": r.position,
                    "settled_position": r.position,
                }
                for r in records
            ),
        )

    @folds(ExternalSaleRecorded)
    def sold_elsewhere(self, records: Sequence[EventRecord[ExternalSaleRecorded]]) -> None:
        """A report's money for one element; a mirror is divided as what it mirrors was."""
        mirrored = [str(r.event.reverses_id) for r in records if r.event.reverses_id is not None]
        sold = {str(r.event.line_id): r.position for r in records}
        sold.update(RevenueLine.objects.filter(revenue_id__in=mirrored).values_list("revenue_id", "position"))
        sql.insert(
            RevenueLine,
            (
                _external(r, r.event.line_id, r.event.gross_minor)
                | ({} if r.event.reverses_id is None else {"kind": "adjustment"})
                | {"sale_position": sold.get(str(r.event.reverses_id), r.position)}
                for r in records
            ),
        )

    @folds(ExternalMoneyMatched)
    def recognised(self, records: Sequence[EventRecord[ExternalMoneyMatched]]) -> None:
        """A report's money that waited: a sale of the day it was recognised."""
        sql.insert(
            RevenueLine,
            (_external(r, r.event.group_id, r.event.amount_minor) | {"sale_position": r.position} for r in records),
        )


def _external(
    record: EventRecord[ExternalSaleRecorded] | EventRecord[ExternalMoneyMatched], line_id: UUID, gross_minor: int
) -> dict[str, object]:
    """A row without an order: tax and fees were the other shop's, and nobody can send it back, so it is mature."""
    return {
        "revenue_id": str(line_id),
        "kind": "sale",
        "element_id": record.event.element_id,
        "line_id": line_id,
        "currency": record.event.currency,
        "gross_minor": gross_minor,
        "tax_minor": 0,
        "fee_minor": 0,
        "at": record.at,
        "position": record.position,
        "settled_position": record.position,
    }


def _reversals(
    record: EventRecord[OrderRefunded] | EventRecord[DisputeOpened] | EventRecord[DisputeWon],
    *,
    name: str,
    kind: str,
    sign: int,
) -> Iterator[RevenueLine]:
    """One row an order line, `sign` × its amounts, tied to the position of the sale it reverses."""
    event = record.event
    sold = dict(
        RevenueLine.objects.filter(revenue_id__in=[str(line.line_id) for line in event.lines]).values_list(
            "revenue_id", "position"
        )
    )
    for line in event.lines:
        yield RevenueLine(
            revenue_id=f"{name}/{line.line_id}",
            kind=kind,
            element_id=line.element_id,
            order_id=event.order_id,
            line_id=line.line_id,
            currency=event.currency,
            gross_minor=sign * line.gross_minor,
            tax_minor=sign * line.tax_minor,
            fee_minor=sign * line.fee_minor,
            at=record.at,
            position=record.position,
            sale_position=sold.get(str(line.line_id), record.position),
            settled_position=record.position,
        )
