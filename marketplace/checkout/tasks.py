"""Work that checkout leaves to a worker; each task is named by its outbox row and safe to repeat."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from ledger.services import outbox
from marketplace.checkout import gateway, handlers, purchases, reversals, services
from marketplace.checkout.orders import Order


class NotYetError(Exception):
    """The processor does not know yet; the relay asks again."""


@shared_task(name=purchases.SETTLE_TASK)  # type: ignore[untyped-decorator]
def settle_charge(outbox_id: str) -> None:
    """Ask for the processor's fee until it is known; then act upon what was told too early."""
    with outbox.running(UUID(outbox_id)) as payload:
        if payload is None:
            return
        order_id = UUID(payload["order_id"])
        if not purchases.settle_charge(order_id=order_id):
            raise NotYetError(payload["order_id"])
        handlers.hear_again(order_id)


@shared_task(name=purchases.RETURN_TASK)  # type: ignore[untyped-decorator]
def return_payment(outbox_id: str) -> None:
    """Pay back a payment that crossed the end of its reservation; nothing was sold, so the ledger holds no sale."""
    with outbox.running(UUID(outbox_id)) as payload:
        if payload is not None:
            order = Order.objects.get(pk=payload["order_id"])
            gateway.refund(refund_id=order.id, payment_intent_id=order.payment_intent_id)


@shared_task(name="marketplace.look_at_dispute")  # type: ignore[untyped-decorator]
def look_at_dispute(outbox_id: str) -> None:
    """Bring the ledger to where the dispute stands at the processor now."""
    with outbox.running(UUID(outbox_id)) as payload:
        if payload is None:
            return
        dispute = gateway.retrieve_dispute(payload["dispute_id"])
        order = Order.objects.filter(payment_intent_id=dispute.payment_intent_id).first()
        if order is None:
            return
        reversals.open_dispute(
            order_id=order.id,
            stripe_id=dispute.dispute_id,
            amount_minor=dispute.amount_minor,
            fee_minor=dispute.fee_minor,
        )
        if dispute.status in ("won", "lost"):
            reversals.close_dispute(
                order_id=order.id,
                stripe_id=dispute.dispute_id,
                won=dispute.status == "won",
                amount_minor=dispute.amount_minor,
                fee_minor=dispute.fee_returned_minor,
            )


@shared_task(name="marketplace.look_after_orders")  # type: ignore[untyped-decorator]
def look_after_orders() -> int:
    """The safety net under webhooks: ask the processor about orders whose page should have ended by now."""
    overdue = Order.objects.filter(
        status=Order.Status.PLACED, created_at__lt=timezone.now() - services.SESSION_LIFE
    ).order_by("created_at")[: settings.SWEEP_ORDERS_MAX]
    for order in overdue:
        if order.session_id:
            services.confirm_from_processor(order_id=order.id)
        else:
            purchases.lapse(order_id=order.id, reason="expired")
    return len(overdue)
