"""Orders from intent to money."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import F

from ledger import sql
from ledger.domain.events import (
    ChargeSettled,
    DisputeLost,
    DisputeOpened,
    DisputeWon,
    OrderLapsed,
    OrderPaid,
    OrderPlaced,
    OrderRefunded,
)
from ledger.domain.records import EventRecord
from ledger.models import Dispute, Order, OrderLineRow, Refund
from ledger.projections.base import Projection, folds

# An order may be paid that was never seen placed; what was placed keeps its time.
PAID = ("state", "gross_minor", "tax_minor", "paid_at", "paid_position", "changed_position")


class Orders(Projection):
    """Orders, their lines, refunds and disputes."""

    name = "orders"
    tables = (Order, OrderLineRow, Refund, Dispute)
    subject = "order_id"
    lookups = ("order_id", "refund_id", "dispute_id", "line_id")

    @folds(OrderPlaced)
    def placed(self, records: Sequence[EventRecord[OrderPlaced]]) -> None:
        """A buyer's intent."""
        sql.insert(
            Order,
            (
                {
                    "order_id": r.event.order_id,
                    "buyer_id": r.event.buyer_id,
                    "currency": r.event.currency,
                    "state": "placed",
                    "gross_minor": sum(line.gross_minor for line in r.event.lines),
                    "tax_minor": sum(line.tax_minor for line in r.event.lines),
                    "placed_at": r.at,
                    "position": r.position,
                    "changed_position": r.position,
                }
                for r in records
            ),
        )
        sql.insert(OrderLineRow, _lines(records))

    @folds(OrderPaid)
    def paid(self, records: Sequence[EventRecord[OrderPaid]]) -> None:
        """The money arrived; lines are those that were paid, whatever was placed."""
        rows = [
            {
                "order_id": r.event.order_id,
                "buyer_id": r.event.buyer_id,
                "currency": r.event.currency,
                "state": "paid",
                "gross_minor": sum(line.gross_minor for line in r.event.lines),
                "tax_minor": sum(line.tax_minor for line in r.event.lines),
                "refunded_minor": 0,
                "placed_at": r.at,
                "paid_at": r.at,
                "position": r.position,
                "paid_position": r.position,
                "changed_position": r.position,
            }
            for r in records
        ]
        sql.upsert(Order, rows, changes=PAID)
        sql.delete(OrderLineRow, by="order_id", values=[r.event.order_id for r in records])
        sql.insert(OrderLineRow, _lines(records))

    @folds(OrderLapsed)
    def lapsed(self, records: Sequence[EventRecord[OrderLapsed]]) -> None:
        """It ended without money."""
        sql.update(
            Order,
            ({"order_id": r.event.order_id, "state": "lapsed", "changed_position": r.position} for r in records),
            by="order_id",
        )

    @folds(ChargeSettled)
    def settled(self, records: Sequence[EventRecord[ChargeSettled]]) -> None:
        """The processor's fee is known."""
        sql.update(
            Order,
            (
                {
                    "order_id": r.event.order_id,
                    "fee_minor": sum(line.fee_minor for line in r.event.lines),
                    "settled_position": r.position,
                    "changed_position": r.position,
                }
                for r in records
            ),
            by="order_id",
        )

    @folds(OrderRefunded)
    def refunded(self, records: Sequence[EventRecord[OrderRefunded]]) -> None:
        """Money went back; an order is refunded once all of it did."""
        for r in records:
            gross = sum(line.gross_minor for line in r.event.lines)
            Refund.objects.create(
                refund_id=r.event.refund_id,
                order_id=r.event.order_id,
                currency=r.event.currency,
                gross_minor=gross,
                reason=r.event.reason,
                position=r.position,
            )
            order = Order.objects.filter(order_id=r.event.order_id)
            order.update(refunded_minor=F("refunded_minor") + gross, changed_position=r.position)
            order.filter(refunded_minor__gte=F("gross_minor")).update(state="refunded")

    @folds(DisputeOpened)
    def dispute_opened(self, records: Sequence[EventRecord[DisputeOpened]]) -> None:
        """The bank took the money."""
        sql.insert(
            Dispute,
            (
                {
                    "dispute_id": r.event.dispute_id,
                    "order_id": r.event.order_id,
                    "currency": r.event.currency,
                    "gross_minor": sum(line.gross_minor for line in r.event.lines),
                    "state": "open",
                    "position": r.position,
                    "changed_position": r.position,
                }
                for r in records
            ),
        )

    @folds(DisputeWon, DisputeLost)
    def dispute_ended(self, records: Sequence[EventRecord[DisputeWon | DisputeLost]]) -> None:
        """It came back, or stays with the buyer."""
        for r in records:
            Dispute.objects.filter(dispute_id=r.event.dispute_id).update(
                state="won" if isinstance(r.event, DisputeWon) else "lost", changed_position=r.position
            )


def _lines(
    records: Sequence[EventRecord[OrderPlaced]] | Sequence[EventRecord[OrderPaid]],
) -> Iterator[dict[str, Any]]:
    for r in records:
        for place, line in enumerate(r.event.lines):
            yield {
                "line_id": line.line_id,
                "order_id": r.event.order_id,
                "place": place,
                "listing_id": line.listing_id,
                "element_id": line.element_id,
                "licence_kind": line.licence_kind,
                "terms_hash": line.terms_hash,
                "gross_minor": line.gross_minor,
                "tax_minor": line.tax_minor,
                "position": r.position,
                "pack_id": line.pack_id,
            }
