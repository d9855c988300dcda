"""Doors of the shop's till: cart, checkout, orders, library."""

from __future__ import annotations

from uuid import UUID

import structlog
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from marketplace.accounts.models import User
from marketplace.accounts.permissions import may, requires
from marketplace.accounts.selectors import signed_in
from marketplace.accounts.throttle import throttled
from marketplace.catalogue.models import Listing
from marketplace.checkout import cart, gateway, reversals, selectors, services
from marketplace.checkout.errors import CheckoutError
from marketplace.checkout.orders import Order
from marketplace.packs import selectors as packs_of_shop
from marketplace.packs.models import Pack

logger = structlog.get_logger(__name__)


@require_safe
@requires("shop.browse")
def show_cart(request: HttpRequest) -> HttpResponse:
    """What was put aside, and what it costs."""
    ids = cart.read(request.session)
    found = {listing.id: listing for listing in Listing.objects.select_related("entry").filter(pk__in=ids)}
    listings = [found[one] for one in ids if one in found]
    totals: dict[str, int] = {}
    for listing in listings:
        totals[listing.currency] = totals.get(listing.currency, 0) + listing.price_minor
    packs = _packs_in_cart(request)
    for pack in packs:
        totals[pack.currency] = totals.get(pack.currency, 0) + pack.asked_minor
    problems = [f"“{pack.title}”: {fault.words}" for pack in packs for fault in pack.faults]
    context = {"listings": listings, "packs": packs, "problems": problems, "totals": sorted(totals.items())}
    return render(request, "checkout/cart.html", context)


def _packs_in_cart(request: HttpRequest) -> tuple[packs_of_shop.PackView, ...]:
    pairs = cart.read_packs(request.session)
    found = Pack.objects.prefetch_related("prices").in_bulk([pack_id for pack_id, _currency in pairs])
    pairs = [(pack_id, currency) for pack_id, currency in pairs if pack_id in found]
    return packs_of_shop.views(
        [found[pack_id] for pack_id, _currency in pairs],
        currencies=[currency for _pack_id, currency in pairs],
        buyer_id=request.user.party_id if isinstance(request.user, User) else None,
    )


@require_POST
@requires("shop.browse")
def add_to_cart(request: HttpRequest, listing_id: UUID) -> HttpResponse:
    """Put an offer aside."""
    listing = Listing.objects.filter(pk=listing_id, status=Listing.Status.ON_SALE).select_related("entry").first()
    if listing is None:
        messages.error(request, _("This offer is not on sale any more."))
        return redirect("search")
    cart.add(request.session, listing_id)
    messages.success(request, _("“%(title)s” is in your cart.") % {"title": listing.entry.title})
    return redirect("cart")


@require_POST
@requires("shop.browse")
def remove_from_cart(request: HttpRequest, listing_id: UUID) -> HttpResponse:
    """Take an offer out again."""
    cart.remove(request.session, listing_id)
    return redirect("cart")


@require_POST
@requires("shop.browse")
def add_pack_to_cart(request: HttpRequest, pack_id: UUID) -> HttpResponse:
    """Put a pack aside, as one thing."""
    pack = Pack.objects.filter(pk=pack_id, status=Pack.Status.ON_SALE).first()
    prices = [price.currency for price in pack.prices.all()] if pack else []
    if pack is None or not prices:
        messages.error(request, _("This pack is not on sale any more."))
        return redirect("packs")
    currency = request.POST.get("currency", "")
    cart.add_pack(request.session, pack_id, currency if currency in prices else prices[0])
    messages.success(request, _("“%(title)s” is in your cart.") % {"title": pack.title})
    return redirect("cart")


@require_POST
@requires("shop.browse")
def remove_pack_from_cart(request: HttpRequest, pack_id: UUID) -> HttpResponse:
    """Take a pack out again."""
    cart.remove_pack(request.session, pack_id)
    return redirect("cart")


@require_POST
@requires("order.place")
@throttled("checkout", per_hour=120)
def checkout(request: HttpRequest) -> HttpResponse:
    """Place the order and go to the payment page."""
    chosen = request.POST.get("listing") or request.POST.get("pack")
    try:
        ids, packs = _chosen(request)
        order = services.place(buyer_id=signed_in(request).party_id, listing_ids=ids, packs=packs)
    except ValueError as error:
        raise Http404 from error
    except CheckoutError as error:
        messages.error(request, str(error))
        return redirect("cart")
    except gateway.GatewayError as error:
        logger.warning("checkout.session_failed", code=error.code, error=str(error))
        messages.error(request, _("The payment service did not answer. Nothing was charged; please try again."))
        return redirect("orders")
    if not chosen:
        cart.clear(request.session)
    return redirect(order.session_url)


def _chosen(request: HttpRequest) -> tuple[list[UUID], list[tuple[UUID, str]]]:
    """What is to be bought: the one thing whose button was pressed, or else the cart."""
    if listing := request.POST.get("listing"):
        return [UUID(listing)], []
    if pack := request.POST.get("pack"):
        return [], [(UUID(pack), request.POST.get("currency", "")[:3])]
    return cart.read(request.session), cart.read_packs(request.session)


@require_POST
@requires("order.place")
def claim_free(request: HttpRequest, listing_id: UUID) -> HttpResponse:
    """Take a free licence."""
    try:
        licence_id = services.claim_free(buyer_id=signed_in(request).party_id, listing_id=listing_id)
    except Listing.DoesNotExist as error:
        raise Http404 from error
    except CheckoutError as error:
        messages.error(request, str(error))
        return redirect("library")
    return redirect("certificate", licence_id=licence_id)


@require_safe
@requires("order.read")
def orders(request: HttpRequest) -> HttpResponse:
    """One's own orders; staff see everyone's."""
    everyone = may(request.user, "order.refund") and "all" in request.GET
    found = selectors.recent_orders() if everyone else selectors.orders_of(signed_in(request).party_id)
    rows = [(order, selectors.total_minor(order)) for order in found]
    return render(request, "checkout/orders.html", {"rows": rows, "everyone": everyone})


def _visible_order(request: HttpRequest, order_id: UUID) -> Order:
    order = Order.objects.prefetch_related("lines").filter(pk=order_id).first()
    user = signed_in(request)
    if order is None or not (order.buyer_id == user.party_id or may(user, "order.refund")):
        raise Http404
    return order


@require_safe
@requires("order.read")
def order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """One order: lines, licences, and for staff the refund."""
    found = _visible_order(request, order_id)
    context = {
        "order": found,
        "total_minor": selectors.total_minor(found),
        "left_minor": selectors.left_minor(found),
        "may_refund": may(request.user, "order.refund") and found.status == Order.Status.PAID,
    }
    return render(request, "checkout/order.html", context)


@require_safe
@requires("order.read")
def returned(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Back from the payment page: ask the processor now, so that nobody waits for a webhook."""
    found = _visible_order(request, order_id)
    try:
        found = services.confirm_from_processor(order_id=found.id)
    except gateway.GatewayError:
        messages.info(request, _("Your payment is being confirmed. This page shows your licences in a moment."))
    if found.status == Order.Status.PAID:
        messages.success(request, _("Paid. Your licences are below, and in your library for good."))
    return redirect("order", order_id=order_id)


@require_safe
@requires("order.read")
def cancelled(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """The buyer left the payment page: ask whether to give up or go on."""
    return render(request, "checkout/cancelled.html", {"order": _visible_order(request, order_id)})


@require_POST
@requires("order.place")
def resume(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Go (back) to the payment page of a placed order."""
    found = _visible_order(request, order_id)
    try:
        return redirect(services.open_session(order_id=found.id).session_url)
    except CheckoutError as error:
        messages.error(request, str(error))
    except gateway.GatewayError:
        messages.error(request, _("The payment service did not answer. Nothing was charged; please try again."))
    return redirect("order", order_id=order_id)


@require_POST
@requires("order.place")
def cancel(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Give an order up and free what it reserved."""
    try:
        services.cancel(order_id=order_id, buyer_id=signed_in(request).party_id)
    except Order.DoesNotExist as error:
        raise Http404 from error
    except gateway.GatewayError:
        messages.error(request, _("The payment service did not answer; the order ends by itself within half an hour."))
    return redirect("order", order_id=order_id)


@require_POST
@requires("order.refund")
def refund(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Pay an order back: the sale is reversed and its licences are revoked."""
    reason = request.POST.get("reason", "").replace("\0", "").strip()[:200]
    if not reason:
        messages.error(request, _("Say why: the buyer and the makers will read it."))
        return redirect("order", order_id=order_id)
    try:
        chosen = request.POST.get("line")
        line_id = UUID(chosen) if chosen else None
        had_been = selectors.was_paid_back(order_id, line_id)
        row = reversals.refund(order_id=order_id, actor_id=signed_in(request).party_id, reason=reason, line_id=line_id)
    except (Order.DoesNotExist, ValueError) as error:
        raise Http404 from error
    except CheckoutError as error:
        messages.error(request, str(error))
    except gateway.InsufficientFundsError:
        messages.error(request, _("The payment service holds too little to pay this back. Add funds first."))
    except gateway.GatewayError:
        messages.error(request, _("The payment service did not answer. Press refund again: it will not pay twice."))
    else:
        if had_been:
            messages.info(request, _("This was paid back before: nothing was paid a second time."))
        elif row.state == "done":
            messages.success(request, _("Paid back. The licences are revoked and the makers' books are reversed."))
        else:
            messages.error(request, _("The processor could not pay this back. Nothing was changed."))
    return redirect("order", order_id=order_id)


@require_safe
@requires("library.read")
def library(request: HttpRequest) -> HttpResponse:
    """Everything one holds a licence for."""
    return render(request, "checkout/library.html", {"shelves": selectors.library(signed_in(request).party_id)})
