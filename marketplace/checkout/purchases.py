"""What becomes of an order: paid (licences are granted), lapsed, its charge settled.

Every verb can be repeated: keys are made of the order's id, so a webhook that comes five times, or after the landing
page has done the work already, changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ledger.domain import events
from ledger.domain.ids import uuid7
from ledger.domain.settlement import allocate
from ledger.services import append, outbox
from marketplace.accounts import mail
from marketplace.accounts.models import User
from marketplace.catalogue.models import Listing
from marketplace.checkout import gateway
from marketplace.checkout.orders import Order, OrderLine
from marketplace.licensing import grants

SETTLE_TASK = "marketplace.settle_charge"
RETURN_TASK = "marketplace.return_payment"


def event_lines(order: Order) -> tuple[events.OrderLine, ...]:
    """The order's lines as the ledger writes them."""
    return tuple(
        events.OrderLine(
            line_id=line.id,
            listing_id=line.listing_id,
            element_id=line.element_id,
            licence_kind=line.licence_kind,  # type: ignore[arg-type]
            terms_hash=line.terms_hash,
            gross_minor=line.gross_minor,
            tax_minor=line.tax_minor,
            pack_id=line.pack_id,
        )
        for line in order.lines.all()
    )


@transaction.atomic
def fulfil(*, order_id: UUID, payment_intent_id: str) -> Order:
    """The money is there: write the purchase, grant the licences, close exclusive offers. Once."""
    order = Order.objects.select_for_update().get(pk=order_id)
    if order.status not in (Order.Status.PLACED, Order.Status.LAPSED) or order.payment_intent_id:
        return order
    lines = list(order.lines.all())
    listings = Listing.objects.select_for_update().filter(pk__in=[line.listing_id for line in lines]).order_by("id")
    exclusive = [listing for listing in listings if listing.licence_kind == "exclusive"]
    order.payment_intent_id, order.paid_at = payment_intent_id, timezone.now()
    if _lost_to_another(order, lines, exclusive):
        return _give_back(order)
    order.status = Order.Status.PAID
    order.save()
    facts: list[events.Event] = [
        events.OrderPaid(order_id=order.id, buyer_id=order.buyer_id, currency=order.currency, lines=event_lines(order))
    ]
    for line in lines:
        line.licence_id = uuid7()
        line.save(update_fields=["licence_id"])
        facts.append(_grant(order, line))
    for listing in exclusive:
        listing.status, listing.reserved_until = Listing.Status.SOLD, None
        listing.save(update_fields=["status", "reserved_until"])
        facts.append(events.ListingWithdrawn(listing_id=listing.id, reason="exclusive"))
        facts += _close_other_offers(listing)
    outbox.put(task=SETTLE_TASK, payload={"order_id": str(order.id)})
    if buyer := User.objects.filter(party_id=order.buyer_id).first():
        mail.queue(
            recipient=buyer.email,
            subject="Your licences",
            template="purchase",
            context={"order": order, "lines": lines, "name": buyer.display_name},
        )
    append(*facts, actor_id=order.buyer_id, key=f"order.paid:{order.id}")
    return order


def _lost_to_another(order: Order, lines: Sequence[OrderLine], exclusive: Sequence[Listing]) -> bool:
    """Whether the payment crossed the end of its reservation, or an exclusive sale of one of its elements."""
    if any(listing.status != Listing.Status.ON_SALE or listing.reserved_order_id != order.id for listing in exclusive):
        return True
    elements = [line.element_id for line in lines]
    return Listing.objects.filter(entry_id__in=elements, status=Listing.Status.SOLD).exists()


def _give_back(order: Order) -> Order:
    """Nothing was sold: the money goes straight back, and the ledger holds no sale."""
    was_placed = order.status == Order.Status.PLACED
    order.status = Order.Status.LAPSED
    order.save()
    Listing.objects.filter(reserved_order_id=order.id, status=Listing.Status.ON_SALE).update(
        reserved_order_id=None, reserved_until=None
    )
    outbox.put(task=RETURN_TASK, payload={"order_id": str(order.id)})
    if was_placed:
        append(
            events.OrderLapsed(order_id=order.id, reason="taken"),
            actor_id=order.buyer_id,
            key=f"order.lapsed:{order.id}",
        )
    return order


def _grant(order: Order, line: OrderLine) -> events.LicenceGranted:
    assert line.licence_id is not None
    return grants.granted(
        licence_id=line.licence_id,
        element_id=line.element_id,
        content_hash=line.content_hash,
        holder_id=order.buyer_id,
        licence_kind=line.licence_kind,
        terms_hash=line.terms_hash,
        order_id=order.id,
        line_id=line.id,
        derivation_terms_id=line.derivation_terms_id,
    )


def _close_other_offers(sold: Listing) -> list[events.Event]:
    """After an exclusive sale nobody else is granted a licence of this element."""
    others = Listing.objects.select_for_update().filter(
        entry_id=sold.entry_id, status__in=(Listing.Status.ON_SALE, Listing.Status.WAITING)
    )
    facts: list[events.Event] = []
    for listing in others.exclude(pk=sold.pk).order_by("id"):
        if listing.status == Listing.Status.ON_SALE:
            facts.append(events.ListingWithdrawn(listing_id=listing.id, reason="exclusive"))
        listing.status = Listing.Status.WITHDRAWN
        listing.save(update_fields=["status"])
    return facts


@transaction.atomic
def lapse(*, order_id: UUID, reason: str) -> Order:
    """The order ended without money; what it reserved is free again. `reason` is expired, cancelled or declined."""
    order = Order.objects.select_for_update().get(pk=order_id)
    if order.status != Order.Status.PLACED:
        return order
    order.status = Order.Status.LAPSED
    order.save(update_fields=["status"])
    Listing.objects.filter(reserved_order_id=order.id, status=Listing.Status.ON_SALE).update(
        reserved_order_id=None, reserved_until=None
    )
    append(
        events.OrderLapsed(order_id=order.id, reason=reason), actor_id=order.buyer_id, key=f"order.lapsed:{order.id}"
    )
    return order


def settle_charge(*, order_id: UUID) -> bool:
    """Bring the processor's fee into the ledger, divided over the lines by gross; False while it is not known yet."""
    order = Order.objects.get(pk=order_id)
    if order.fee_known or not order.payment_intent_id:
        return order.fee_known
    charge = gateway.charge_of(order.payment_intent_id)
    if charge is None or charge.fee_minor is None:
        return False
    lines = list(order.lines.all())
    fees = allocate(charge.fee_minor, [line.gross_minor for line in lines])
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        append(
            events.ChargeSettled(
                order_id=order.id,
                currency=order.currency,
                lines=tuple(
                    events.LineAmount(
                        line_id=line.id, element_id=line.element_id, gross_minor=0, tax_minor=0, fee_minor=fee
                    )
                    for line, fee in zip(lines, fees, strict=True)
                ),
            ),
            actor_id=settings.PLATFORM_PARTY_ID,
            key=f"charge.settled:{order.id}",
        )
        order.charge_id, order.fee_known = charge.charge_id, True
        order.save(update_fields=["charge_id", "fee_known"])
    return True
