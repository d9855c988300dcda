"""From a cart to the payment page and back: place, open, confirm, cancel, take for free.

Every verb can be repeated: keys are made of the order's id, so a webhook that comes five times, or after the landing
page has done the work already, changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain.ids import uuid7
from ledger.gateways.errors import OutcomeUnknownError, RefusedError
from ledger.services import append
from marketplace.catalogue.models import Listing
from marketplace.checkout import gateway, purchases, wanted
from marketplace.checkout.errors import AlreadyLicensedError, EmptyCartError, OfferGoneError, OrderStateError
from marketplace.checkout.orders import Order, OrderLine
from marketplace.licensing import grants

SESSION_LIFE = dt.timedelta(minutes=31)
"""Stripe's shortest life of a checkout session is 30 minutes; an exclusive offer is reserved as long."""
LINES_MAX = 50


def place(*, buyer_id: UUID, listing_ids: Sequence[UUID], packs: Sequence[tuple[UUID, str]] = ()) -> Order:
    """Write the order, reserve exclusive offers, and open the payment page. `packs` are (pack, currency).

    Raises
    ------
    EmptyCartError, OfferGoneError, AlreadyLicensedError
        Nothing was written.
    gateway.GatewayError
        The order stands; `open_session` may be tried again and opens the same session.
    """
    if not listing_ids and not packs:
        raise EmptyCartError("Your cart is empty.")
    with transaction.atomic():
        order = _write_order(buyer_id, sorted(set(listing_ids)), packs)
    return open_session(order_id=order.id)


def _write_order(buyer_id: UUID, listing_ids: Sequence[UUID], packs: Sequence[tuple[UUID, str]]) -> Order:
    pieces = wanted.lock_pieces(buyer_id=buyer_id, listing_ids=listing_ids, packs=packs)
    if len(pieces) > LINES_MAX:
        raise EmptyCartError(f"An order holds at most {LINES_MAX} lines.")
    now = timezone.now()
    for piece in pieces:
        _check_buyable(piece.listing, buyer_id, now)
    wanted.check_together(pieces)
    order = Order.objects.create(buyer_id=buyer_id, currency=pieces[0].listing.currency)
    for place, piece in enumerate(pieces):
        _write_line(order, place, piece)
        if piece.listing.licence_kind == "exclusive":
            piece.listing.reserved_order_id, piece.listing.reserved_until = order.id, now + SESSION_LIFE
            piece.listing.save(update_fields=["reserved_order_id", "reserved_until"])
    append(
        events.OrderPlaced(
            order_id=order.id, buyer_id=buyer_id, currency=order.currency, lines=purchases.event_lines(order)
        ),
        actor_id=buyer_id,
        key=f"order.placed:{order.id}",
    )
    return order


def _check_buyable(listing: Listing, buyer_id: UUID, now: dt.datetime) -> None:
    title = listing.entry.title
    if listing.status != Listing.Status.ON_SALE:
        raise OfferGoneError(f"“{title}” is not on sale any more.")
    if listing.reserved_until and listing.reserved_until > now:
        minutes = int((listing.reserved_until - now).total_seconds() // 60) + 1
        raise OfferGoneError(
            f"Someone is at checkout with the exclusive licence of “{title}”. If they do not pay, "
            f"it is free again in at most {minutes} minutes. You were not charged."
        )
    if listing.entry.seller_id == buyer_id:
        raise AlreadyLicensedError(f"“{title}” is yours: you need no licence.")
    if has_licence(holder_id=buyer_id, element_id=listing.entry_id, licence_kind=listing.licence_kind):
        raise AlreadyLicensedError(f"You have this licence of “{title}” already; it is in your library.")


def has_licence(*, holder_id: UUID, element_id: UUID, licence_kind: str) -> bool:
    """Whether someone holds a standing licence of this kind."""
    return any(
        one.standing and one.element_id == element_id and one.licence_kind == licence_kind
        for one in ledger.licences_of(holder_id)
    )


def _write_line(order: Order, place: int, piece: wanted.Piece) -> None:
    listing = piece.listing
    on = ledger.derivation_terms(listing.entry_id)
    OrderLine.objects.create(
        order=order,
        place=place,
        listing_id=listing.id,
        element_id=listing.entry_id,
        title=listing.entry.title,
        licence_kind=listing.licence_kind,
        terms_hash=listing.terms_hash,
        content_hash=listing.entry.content_hash,
        derivation_terms_id=on.terms_id if on else None,
        gross_minor=piece.gross_minor,
        tax_minor=piece.tax_minor,
        pack_id=piece.pack_id,
        pack_title=piece.pack_title,
    )


def open_session(*, order_id: UUID) -> Order:
    """Open the payment page of a placed order; asked again, the processor answers with the same page."""
    order = Order.objects.get(pk=order_id)
    if order.status != Order.Status.PLACED:
        raise OrderStateError("This order is not waiting for payment.")
    if order.session_id:
        return order
    is_first = not order.session_attempt
    if is_first:
        _begin_attempt(order)
    try:
        session = _ask_for_session(order)
    except (RefusedError, OutcomeUnknownError):
        if is_first:
            raise
        # The first call never arrived, and by now its expiry is too near for the processor, or it failed there and
        # will answer so for ever: begin anew. Nobody was given the address of a page that may be open all the same.
        _begin_attempt(order)
        session = _ask_for_session(order)
    order.session_id, order.session_url = session.session_id, session.url
    order.save(update_fields=["session_id", "session_url"])
    return order


def _begin_attempt(order: Order) -> None:
    """Fix what the next call will say, before it is made: repeated, it must say the same. What is reserved waits."""
    order.session_attempt += 1
    order.session_expires_at = timezone.now() + SESSION_LIFE
    order.save(update_fields=["session_attempt", "session_expires_at"])
    Listing.objects.filter(reserved_order_id=order.id).update(reserved_until=order.session_expires_at)


def _ask_for_session(order: Order) -> gateway.CheckoutSession:
    return gateway.create_checkout_session(
        order_id=order.id,
        currency=order.currency,
        lines=[gateway.SessionLine(name=name, amount_minor=amount) for name, amount in wanted.named_on_the_page(order)],
        success_url=f"{settings.SITE_URL}/orders/{order.id}/return/?session={{CHECKOUT_SESSION_ID}}",
        cancel_url=f"{settings.SITE_URL}/orders/{order.id}/cancelled/",
        expires_at=order.session_expires_at,
        attempt=order.session_attempt,
    )


def confirm_from_processor(*, order_id: UUID) -> Order:
    """Ask the processor what became of the session: the landing page need not wait for the webhook."""
    order = Order.objects.get(pk=order_id)
    if order.status != Order.Status.PLACED or not order.session_id:
        return order
    session = gateway.retrieve_checkout_session(order.session_id)
    if session.paid:
        purchases.fulfil(order_id=order.id, payment_intent_id=session.payment_intent_id)
    elif session.expired:
        purchases.lapse(order_id=order.id, reason="expired")
    order.refresh_from_db()
    return order


def cancel(*, order_id: UUID, buyer_id: UUID) -> Order:
    """The buyer changed their mind: close the payment page first, so that it cannot be paid any more."""
    order = Order.objects.get(pk=order_id, buyer_id=buyer_id)
    if order.status != Order.Status.PLACED:
        return order
    if order.session_id and not gateway.expire_checkout_session(order.session_id).expired:
        return confirm_from_processor(order_id=order.id)
    return purchases.lapse(order_id=order.id, reason="cancelled")


@transaction.atomic
def claim_free(*, buyer_id: UUID, listing_id: UUID) -> UUID:
    """Take a free licence: no money, no order, the same certificate. Returns the licence's id."""
    listing = Listing.objects.select_for_update().select_related("entry").get(pk=listing_id)
    _check_buyable(listing, buyer_id, timezone.now())
    if listing.licence_kind != "free":
        raise OfferGoneError("This licence is not free.")
    licence_id = uuid7()
    append(
        grants.granted(
            licence_id=licence_id,
            element_id=listing.entry_id,
            content_hash=listing.entry.content_hash,
            holder_id=buyer_id,
            licence_kind="free",
            terms_hash=listing.terms_hash,
        ),
        actor_id=buyer_id,
        key=f"licence.free:{listing.id}:{buyer_id}",
    )
    return licence_id
