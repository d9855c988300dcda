"""What each kind of webhook does. Payloads may come twice, late or out of order: state is compared, never counted."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ledger.services import outbox
from ledger.services.settlements import payouts
from marketplace.checkout import purchases, reversals
from marketplace.checkout.models import StripeEvent
from marketplace.checkout.orders import Order
from marketplace.checkout.webhooks import handles


def _order_of_session(session: dict[str, Any]) -> Order | None:
    reference = (session.get("metadata") or {}).get("order_id") or session.get("client_reference_id")
    try:
        return Order.objects.filter(pk=UUID(str(reference))).first()
    except ValueError:
        return None


def _order_of_payment(payment_intent_id: str | None) -> Order | None:
    return Order.objects.filter(payment_intent_id=payment_intent_id).first() if payment_intent_id else None


@handles("checkout.session.completed")
@handles("checkout.session.async_payment_succeeded")
def session_completed(event: dict[str, Any]) -> None:
    """Fulfil, but only money that is there."""
    session = event["data"]["object"]
    order = _order_of_session(session)
    if order is not None and session.get("payment_status") == "paid":
        purchases.fulfil(order_id=order.id, payment_intent_id=session.get("payment_intent") or "")


@handles("checkout.session.expired")
@handles("checkout.session.async_payment_failed")
def session_expired(event: dict[str, Any]) -> None:
    """The page closed without money; a page that nobody was sent to says nothing about its order."""
    session = event["data"]["object"]
    order = _order_of_session(session)
    if order is not None and order.session_id in ("", session["id"]):
        purchases.lapse(order_id=order.id, reason="expired")


@handles("charge.refunded")
def charge_refunded(event: dict[str, Any]) -> None:
    """A full refund, ours or made at the processor's dashboard."""
    charge = event["data"]["object"]
    order = _order_of_payment(charge.get("payment_intent"))
    # A payment that was given back had no sale: its order lapsed, and there is nothing to reverse.
    if order is not None and order.status != Order.Status.LAPSED and charge.get("refunded"):
        reversals.record_refund(order_id=order.id, stripe_id=_refund_id(charge))


def _refund_id(charge: dict[str, Any]) -> str:
    refunds = (charge.get("refunds") or {}).get("data") or [{}]
    return str(refunds[0].get("id", ""))


@handles("charge.dispute.created")
@handles("charge.dispute.funds_withdrawn")
def dispute_opened(event: dict[str, Any]) -> None:
    """The bank took money back; the facts are written by a worker that asks the processor for the present state."""
    _look_at_dispute(event)


@handles("charge.dispute.closed")
@handles("charge.dispute.funds_reinstated")
def dispute_closed(event: dict[str, Any]) -> None:
    """The bank decided."""
    _look_at_dispute(event)


def _look_at_dispute(event: dict[str, Any]) -> None:
    dispute = event["data"]["object"]
    if _order_of_payment(dispute.get("payment_intent")) is not None:
        outbox.put(task="marketplace.look_at_dispute", payload={"dispute_id": str(dispute["id"])})


@handles("transfer.reversed")
def transfer_reversed(event: dict[str, Any]) -> None:
    """A payout came back from its payee's account; only a whole one is owed again."""
    transfer = event["data"]["object"]
    payout_id = (transfer.get("metadata") or {}).get("payout_id", "")
    if transfer.get("reversed") and payout_id:
        payouts.record_reversal(UUID(payout_id))


_REVERSALS = {
    "charge.refunded": charge_refunded,
    "charge.dispute.created": dispute_opened,
    "charge.dispute.closed": dispute_closed,
}


def hear_again(order_id: UUID) -> None:
    """Reversals that came before their sale found no order; now that there is one, they are acted upon."""
    payment_intent_id = Order.objects.values_list("payment_intent_id", flat=True).get(pk=order_id)
    early = StripeEvent.objects.filter(
        type__in=_REVERSALS, payload__data__object__payment_intent=payment_intent_id
    ).order_by("received_at")
    for row in early:
        _REVERSALS[row.type](row.payload)
