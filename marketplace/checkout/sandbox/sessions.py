"""Checkout sessions: an order that waits on a hosted page until it is paid, expires, or is called off.

A session is open once and leaves that state once: paying and expiring are one transaction each, so of two that come
together one wins and the other is told.
"""

from __future__ import annotations

from typing import Any

from marketplace.checkout.sandbox import billing, payments
from marketplace.checkout.sandbox.errors import Refusal, invalid
from marketplace.checkout.sandbox.events import emit
from marketplace.checkout.sandbox.forms import boolean, choice, currency, group, metadata, web_address, whole, words
from marketplace.checkout.sandbox.store import Object, Store

LIFE_S_MIN = 30 * 60
LIFE_S_MAX = 24 * 60 * 60
LINES_MAX = 100
TRIAL_DAYS_MAX = 730


def new_session(store: Store, params: dict[str, Any], *, base_url: str) -> Object:
    """An open session; nothing is charged yet."""
    mode = choice(params, "mode", ("payment", "subscription"))
    session_id = store.new_id("cs_test", 58)
    lines = _lines(store, params, mode)
    now = store.now()
    expires_at = whole(params, "expires_at", now + LIFE_S_MAX)
    # The lower bound leaves a few seconds for clocks that differ and requests that travel.
    if not now + LIFE_S_MIN - 10 <= expires_at <= now + LIFE_S_MAX + 10:
        raise invalid("The `expires_at` timestamp must be between 30 minutes and 24 hours from now.", "expires_at")
    success_url = web_address(params, "success_url")
    total = sum(line["amount_total"] for line in lines)
    trial_days = _trial_days(group(params, "subscription_data"), mode)
    if mode == "payment" and total < 50:
        raise invalid(
            "The Checkout Session's total amount due must be at least 50.", "line_items", code="amount_too_small"
        )
    intent_data, subscription_data = group(params, "payment_intent_data"), group(params, "subscription_data")
    session: Object = {
        "id": session_id,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": 0 if trial_days else total,
        "amount_total": 0 if trial_days else total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": web_address(params, "cancel_url") if "cancel_url" in params else None,
        "client_reference_id": params.get("client_reference_id"),
        "client_secret": None,
        "consent": None,
        "consent_collection": None,
        "created": now,
        "currency": lines[0]["currency"],
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": params.get("customer"),
        "customer_creation": "always" if mode == "subscription" else "if_required",
        "customer_details": None,
        "customer_email": params.get("customer_email"),
        "discounts": [],
        "expires_at": expires_at,
        "invoice": None,
        "invoice_creation": None,
        "livemode": False,
        "locale": params.get("locale"),
        "metadata": metadata(params),
        "mode": mode,
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "always" if mode == "subscription" else "if_required",
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": boolean(group(params, "phone_number_collection"), "enabled")},
        "recovered_from": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "subscription": None,
        "success_url": success_url,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{base_url}/pay/{session_id}",
        "_line_items": {
            "object": "list",
            "data": lines,
            "has_more": False,
            "url": f"/v1/checkout/sessions/{session_id}/line_items",
        },
        "_intent": {
            "description": intent_data.get("description"),
            "metadata": metadata(intent_data),
            "transfer_group": intent_data.get("transfer_group"),
        },
        "_subscription": {"metadata": metadata(subscription_data), "trial_days": trial_days},
    }
    return store.put(session, due_at=expires_at)


def _trial_days(data: dict[str, Any], mode: str) -> int:
    days = whole(data, "trial_period_days", 0, least=0)
    if "trial_period_days" in data and not 1 <= days <= TRIAL_DAYS_MAX:
        raise invalid(
            f"The trial period must be between 1 and {TRIAL_DAYS_MAX} days.", "subscription_data[trial_period_days]"
        )
    if days and mode != "subscription":
        raise invalid("Trials are for mode=subscription.", "subscription_data[trial_period_days]")
    return days


def _lines(store: Store, params: dict[str, Any], mode: str) -> list[Object]:
    given = params.get("line_items")
    if not isinstance(given, list) or not given:
        raise invalid("Missing required param: line_items.", "line_items", code="parameter_missing")
    if len(given) > LINES_MAX:
        raise invalid(f"You can have up to {LINES_MAX} line items.", "line_items")
    lines = [_line(store, line, mode) for line in given]
    if len({line["currency"] for line in lines}) > 1:
        raise invalid("All prices must have the same currency.", "line_items")
    return lines


def _line(store: Store, given: dict[str, Any], mode: str) -> Object:
    data = group(given, "price_data")
    if not data:
        raise invalid("The sandbox takes prices as price_data.", "line_items[][price_data]", code="parameter_missing")
    recurring = group(data, "recurring")
    if (mode == "subscription") != bool(recurring):
        raise invalid("Recurring prices are for mode=subscription, and only they are.", "line_items")
    name = words(group(data, "product_data"), "name")
    price = billing.new_price(
        store,
        currency=currency(data),
        unit_amount=whole(data, "unit_amount", least=0),
        product_name=name,
        interval=choice(recurring, "interval", billing.INTERVALS) if recurring else None,
    )
    quantity = whole(given, "quantity", 1, least=1)
    total = price["unit_amount"] * quantity
    return {
        "id": store.new_id("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": price["currency"],
        "description": name,
        "price": price,
        "quantity": quantity,
    }


def pay_session(store: Store, session_id: str, *, number: str, email: str | None = None) -> Object:
    """Pay an open session with a card; a declined card leaves it open, with the reason in its payment intent."""
    session = _open(store, session_id, "paid")
    if session["_subscription"]["trial_days"]:
        return _begin_trial(store, session, number=number, email=email)
    # A failed attempt is written down like any other, so a session keeps one payment intent through several cards.
    intent = _intent_of(store, session)
    charge = payments.pay(store, intent, number=number)
    session["payment_intent"] = intent["id"]
    if charge["status"] != "succeeded":
        return store.put(session, due_at=session["expires_at"])
    email = email or session["customer_email"]
    session.update(payment_status="paid", status="complete", url=None, customer_details=_details(email))
    if session["mode"] == "subscription":
        _subscribe(store, session, store.get("payment_intent", intent["id"]), email)
    store.put(session)
    emit(store, "checkout.session.completed", session)
    return session


def _details(email: str | None) -> Object:
    return {"address": None, "email": email, "name": None, "phone": None, "tax_exempt": "none", "tax_ids": []}


def _begin_trial(store: Store, session: Object, *, number: str, email: str | None) -> Object:
    """Nothing is charged: the card is kept for the day on which the trial ends."""
    email = email or session["customer_email"]
    asked = session["_subscription"]
    customer_id = session["customer"] or billing.new_customer(store, email=email)["id"]
    subscription, invoice = billing.start_trial(
        store,
        customer=customer_id,
        lines=session["_line_items"]["data"],
        metadata=asked["metadata"],
        number=number,
        days=asked["trial_days"],
    )
    session.update(payment_status="no_payment_required", status="complete", url=None, customer=customer_id)
    session.update(invoice=invoice["id"], subscription=subscription["id"], customer_details=_details(email))
    store.put(session)
    emit(store, "checkout.session.completed", session)
    return session


def _intent_of(store: Store, session: Object) -> Object:
    if session["payment_intent"] is not None:
        return store.get("payment_intent", session["payment_intent"])
    asked = session["_intent"]
    return payments.new_intent(
        store,
        amount=session["amount_total"],
        currency=session["currency"],
        customer=session["customer"],
        description=asked["description"],
        metadata=asked["metadata"],
        transfer_group=asked["transfer_group"],
    )


def _subscribe(store: Store, session: Object, intent: Object, email: str | None) -> None:
    customer_id = session["customer"] or billing.new_customer(store, email=email)["id"]
    subscription, invoice = billing.start(
        store,
        customer=customer_id,
        lines=session["_line_items"]["data"],
        intent=intent,
        metadata=session["_subscription"]["metadata"],
    )
    # As in the real one, the payment of a subscription is reached through its invoice.
    session.update(customer=customer_id, invoice=invoice["id"], payment_intent=None, subscription=subscription["id"])


def expire_session(store: Store, session_id: str) -> Object:
    """Call an open session off: it can no longer be paid."""
    session = _open(store, session_id, "expired")
    session.update(status="expired", url=None)
    store.put(session)
    emit(store, "checkout.session.expired", session)
    return session


def _open(store: Store, session_id: str, verb: str) -> Object:
    session = store.get("checkout.session", session_id)
    if session["status"] != "open":
        raise Refusal(
            f'Only Checkout Sessions with a status in ["open"] can be {verb}. This Checkout Session has a status of '
            f"`{session['status']}`.",
            kept=True,
        )
    if verb == "paid" and session["expires_at"] <= store.now():
        raise Refusal("This Checkout Session has expired.", kept=True)
    return session


def expire_due(store: Store) -> int:
    """Expire what nobody paid in time; returns how many."""
    late = [session for session in store.due("checkout.session") if session["status"] == "open"]
    for session in late:
        expire_session(store, session["id"])
    return len(late)
