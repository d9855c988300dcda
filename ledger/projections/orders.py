"""Orders from intent to money."""

from __future__ import annotations

from collections.abc import Sequence

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


class Orders(Projection):
    """Orders, their lines, refunds and disputes."""

    name = "orders"
    tables = (Order, OrderLineRow, Refund, Dispute)

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
        OrderLineRow.objects.bulk_create(_lines(records))

    @folds(OrderPaid)
    def paid(self, records: Sequence[EventRecord[OrderPaid]]) -> None:
        """The money arrived; lines are those that were paid, whatever was placed."""
        for r in records:
            values = {
                "state": "paid",
                "gross_minor": sum(line.gross_minor for line in r.event.lines),
                "tax_minor": sum(line.tax_minor for line in r.event.lines),
                "paid_at": r.at,
                "paid_position": r.position,
                "changed_position": r.position,
            }
            opening = {
                "buyer_id": r.event.buyer_id,
                "currency": r.event.currency,
                "placed_at": r.at,
                "position": r.position,
            }
            Order.objects.update_or_create(
                order_id=r.event.order_id, defaults=values, create_defaults={**opening, **values}
            )
            OrderLineRow.objects.filter(order_id=r.event.order_id).delete()
        OrderLineRow.objects.bulk_create(_lines(records))

    @folds(OrderLapsed)
    def lapsed(self, records: Sequence[EventRecord[OrderLapsed]]) -> None:
        """It ended without money."""
        for r in records:
            Order.objects.filter(order_id=r.event.order_id).update(state="lapsed", changed_position=r.position)

    @folds(ChargeSettled)
    def settled(self, records: Sequence[EventRecord[ChargeSettled]]) -> None:
        """The processor's fee is known."""
        for r in records:
            Order.objects.filter(order_id=r.event.order_id).update(
                fee_minor=sum(line.fee_minor for line in r.event.lines),
                settled_position=r.position,
                changed_position=r.position,
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


def _lines(records: Sequence[EventRecord[OrderPlaced]] | Sequence[EventRecord[OrderPaid]]) -> list[OrderLineRow]:
    return [
        OrderLineRow(
            line_id=line.line_id,
            order_id=r.event.order_id,
            place=place,
            listing_id=line.listing_id,
            element_id=line.element_id,
            licence_kind=line.licence_kind,
            terms_hash=line.terms_hash,
            gross_minor=line.gross_minor,
            tax_minor=line.tax_minor,
            position=r.position,
        )
        for r in records
        for place, line in enumerate(r.event.lines)
    ]
