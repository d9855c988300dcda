"""What takes a purchase back: refunds by staff, disputes by the buyer's bank."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings
from django.db import transaction

from ledger.domain import events
from ledger.domain.settlement import allocate
from ledger.services import append
from marketplace.checkout import gateway
from marketplace.checkout.errors import OrderStateError
from marketplace.checkout.orders import Order, OrderLine, Refund


def refund(*, order_id: UUID, actor_id: UUID, reason: str, line_id: UUID | None = None) -> Refund:
    """Pay an order back: one line, or all that is left. Repeated after a lost answer, it goes on and pays back once."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        if order.status == Order.Status.DISPUTED:
            raise OrderStateError("This order is disputed: the bank has the money already. A refund would pay twice.")
        if order.status not in (Order.Status.PAID, Order.Status.REFUNDED):
            raise OrderStateError("Only a paid order can be refunded.")
        line = _line(order, line_id)
        row, _ = Refund.objects.get_or_create(
            order=order, line=line, defaults={"asked_by_id": actor_id, "reason": reason}
        )
        if row.state != "done" and not _left(order, line_id):
            raise OrderStateError("This was paid back before: nothing was paid a second time.")
    if row.state == "done":
        return row
    try:
        answer = gateway.refund(
            refund_id=row.id,
            payment_intent_id=order.payment_intent_id,
            amount_minor=line.gross_minor if line else None,
            attempt=row.failures + 1,
        )
    except gateway.OutcomeUnknownError:
        charge = gateway.charge_of(order.payment_intent_id)
        if charge is None or charge.refunded_minor < charge.amount_minor:
            raise
        return record_refund(order_id=order.id, stripe_id="", line_id=line_id)  # done, and the answer got lost
    if answer.failed:
        row.state, row.stripe_id, row.failures = "failed", answer.stripe_id, row.failures + 1
        row.save(update_fields=["state", "stripe_id", "failures"])
        return row
    return record_refund(order_id=order.id, stripe_id=answer.stripe_id, line_id=line_id)


def _left(order: Order, line_id: UUID | None) -> list[OrderLine]:
    """What of a line, or of the whole order, was not paid back yet."""
    return [line for line in order.lines.all() if not line.refunded and line_id in (None, line.id)]


def _line(order: Order, line_id: UUID | None) -> OrderLine | None:
    if line_id is None:
        return None
    line = order.lines.filter(pk=line_id).first()
    if line is None:
        raise OrderStateError("There is no such line in this order.")
    return line


@transaction.atomic
def record_refund(*, order_id: UUID, stripe_id: str, line_id: UUID | None = None) -> Refund:
    """The money went back: reverse the sale in the ledger and revoke its licences. Once, whoever tells it first.

    Raises
    ------
    OrderStateError
        If there is no sale to reverse: the order was never paid, or the bank took its money back already.
    """
    order = Order.objects.select_for_update().get(pk=order_id)
    if order.status not in (Order.Status.PAID, Order.Status.REFUNDED):
        raise OrderStateError("Only a paid order can be refunded.")
    row, _ = Refund.objects.select_for_update().get_or_create(
        order=order,
        line=_line(order, line_id),
        defaults={"asked_by_id": settings.PLATFORM_PARTY_ID, "reason": "refunded at the processor"},
    )
    if row.state == "done":
        return row
    # What was told of the whole order may have been told before what was asked of a line, and the other way round.
    lines = _left(order, line_id)
    if lines:
        refunded = events.OrderRefunded(
            refund_id=row.id,
            order_id=order.id,
            currency=order.currency,
            lines=tuple(_amount(line) for line in lines),
            reason="refund",
        )
        append(refunded, *_revocations(lines, "refund"), actor_id=row.asked_by_id, key=f"order.refunded:{row.id}")
        order.lines.filter(pk__in=[line.id for line in lines]).update(refunded=True)
    row.state, row.stripe_id = "done", stripe_id
    row.save(update_fields=["state", "stripe_id"])
    if not order.lines.filter(refunded=False).exists():
        order.status = Order.Status.REFUNDED
        order.save(update_fields=["status"])
    return row


def _amount(line: OrderLine, *, fee_minor: int = 0) -> events.LineAmount:
    return events.LineAmount(
        line_id=line.id,
        element_id=line.element_id,
        gross_minor=line.gross_minor,
        tax_minor=line.tax_minor,
        fee_minor=fee_minor,
    )


def _revocations(lines: list[OrderLine], reason: str) -> list[events.Event]:
    return [
        events.LicenceRevoked(licence_id=line.licence_id, reason=reason)
        for line in lines
        if line.licence_id is not None
    ]


def dispute_id_of(stripe_id: str) -> UUID:
    """The ledger's id of a dispute: made of the processor's, so that repeated news is the same news."""
    return uuid5(NAMESPACE_URL, f"stripe:dispute:{stripe_id}")


@transaction.atomic
def open_dispute(*, order_id: UUID, stripe_id: str, amount_minor: int, fee_minor: int) -> None:
    """The bank took money back: gross and tax of each line in proportion, and the dispute's fee."""
    order = Order.objects.select_for_update().get(pk=order_id)
    if order.status != Order.Status.PAID:
        return
    append(
        events.DisputeOpened(
            dispute_id=dispute_id_of(stripe_id),
            order_id=order.id,
            currency=order.currency,
            lines=_disputed(order, amount_minor, fee_minor),
        ),
        actor_id=settings.PLATFORM_PARTY_ID,
        key=f"dispute.opened:{stripe_id}",
    )
    order.status = Order.Status.DISPUTED
    order.save(update_fields=["status"])


def _disputed(order: Order, amount_minor: int, fee_minor: int) -> tuple[events.LineAmount, ...]:
    lines = [line for line in order.lines.all() if not line.refunded]
    weights = [line.gross_minor for line in lines]
    amounts, fees = allocate(amount_minor, weights), allocate(fee_minor, weights)
    return tuple(
        events.LineAmount(
            line_id=line.id,
            element_id=line.element_id,
            gross_minor=amount,
            tax_minor=allocate(amount, [line.tax_minor, line.gross_minor - line.tax_minor])[0],
            fee_minor=fee,
        )
        for line, amount, fee in zip(lines, amounts, fees, strict=True)
    )


@transaction.atomic
def close_dispute(*, order_id: UUID, stripe_id: str, won: bool, amount_minor: int, fee_minor: int) -> None:
    """The bank decided: won brings back what is named, lost ends the licences."""
    order = Order.objects.select_for_update().get(pk=order_id)
    if order.status != Order.Status.DISPUTED:
        return
    dispute_id = dispute_id_of(stripe_id)
    facts: list[events.Event]
    if won:
        lines = _disputed(order, amount_minor, fee_minor)
        facts = [events.DisputeWon(dispute_id=dispute_id, order_id=order.id, currency=order.currency, lines=lines)]
    else:
        facts = [events.DisputeLost(dispute_id=dispute_id, order_id=order.id)]
        facts += _revocations([line for line in order.lines.all() if not line.refunded], "dispute")
    append(*facts, actor_id=settings.PLATFORM_PARTY_ID, key=f"dispute.closed:{stripe_id}")
    order.status = Order.Status.PAID if won else Order.Status.REFUNDED
    order.save(update_fields=["status"])
