"""Doors of plans."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ledger import selectors as ledger
from ledger.services import clock
from marketplace.accounts.models import User
from marketplace.accounts.permissions import requires
from marketplace.accounts.selectors import signed_in
from marketplace.accounts.throttle import throttled
from marketplace.catalogue.models import Listing
from marketplace.checkout import gateway
from marketplace.checkout.errors import CheckoutError
from marketplace.subscriptions import services, trials
from marketplace.subscriptions.plans import PLANS


@require_safe
@requires("shop.browse")
def plans(request: HttpRequest) -> HttpResponse:
    """The plans, one's own, and the credits left."""
    user = request.user
    mine = None
    lots: list[tuple[ledger.CreditLot, int]] = []
    if isinstance(user, User):
        mine = services.standing(user.party_id)
        lots = [(lot, services.left_of(lot)) for lot in services.usable_lots(user.party_id)]
    context = {"plans": PLANS.values(), "mine": mine, "lots": lots, "credits": sum(left for _lot, left in lots)}
    may_try = not isinstance(user, User) or trials.may_try(user.party_id)
    context |= {"may_try": may_try, "my_plan": PLANS[mine.plan] if mine else None, "today": clock.now()}
    context["commission_ppm"] = settings.COMMISSION_PPM
    return render(request, "subscriptions/plans.html", context)


@require_POST
@requires("order.place")
@throttled("subscribe", per_hour=30)
def subscribe(request: HttpRequest, plan: str) -> HttpResponse:
    """Go to the payment page of a plan."""
    if plan not in PLANS:
        raise Http404
    try:
        row = services.subscribe(
            subscriber_id=signed_in(request).party_id, plan_name=plan, with_trial="trial" in request.POST
        )
    except CheckoutError as error:
        messages.error(request, str(error))
        return redirect("plans")
    except gateway.GatewayError:
        messages.error(request, _("The payment service did not answer. Nothing was charged; please try again."))
        return redirect("plans")
    return redirect(row.session_url)


@require_safe
@requires("order.place")
def returned(request: HttpRequest) -> HttpResponse:
    """Back from the payment page; credits arrive with the processor's word."""
    messages.success(request, _("Thank you. Your credits appear here as soon as the payment is confirmed."))
    return redirect("plans")


@require_POST
@requires("order.place")
def spend(request: HttpRequest, listing_id: UUID) -> HttpResponse:
    """Take a standard licence for credits."""
    try:
        licence_id = services.spend(subscriber_id=signed_in(request).party_id, listing_id=listing_id)
    except Listing.DoesNotExist as error:
        raise Http404 from error
    except CheckoutError as error:
        messages.error(request, str(error))
        return redirect("plans")
    return redirect("certificate", licence_id=licence_id)


@require_POST
@requires("order.place")
def end(request: HttpRequest) -> HttpResponse:
    """End one's plan."""
    subscriber_id = signed_in(request).party_id
    mine = services.standing(subscriber_id)
    words = _("Ended. Your credits stay until they expire, your licences for good.")
    if mine is not None and mine.state == "trial" and mine.trial_ends_at and mine.trial_ends_at > clock.now():
        words = _("Cancelled: your card is not charged. Your credits stay until they expire, your licences for good.")
    try:
        services.end(subscriber_id=subscriber_id)
    except CheckoutError as error:
        messages.error(request, str(error))
    except gateway.GatewayError:
        messages.error(request, _("The payment service did not answer; please try again."))
    else:
        messages.success(request, words)
    return redirect("plans")
