"""Subscriptions in their first form: a customer, a price that recurs, an invoice a period."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Any, Literal

from marketplace.checkout.sandbox import payments
from marketplace.checkout.sandbox.errors import Refusal, declined
from marketplace.checkout.sandbox.events import emit
from marketplace.checkout.sandbox.invoices import new_invoice, settle
from marketplace.checkout.sandbox.store import Object, Store

INTERVALS = ("day", "week", "month", "year")


def new_customer(
    store: Store, *, email: str | None, name: str | None = None, metadata: dict[str, str] | None = None
) -> Object:
    """Someone who pays more than once."""
    customer = store.put(
        {
            "id": store.new_id("cus", 14),
            "object": "customer",
            "address": None,
            "balance": 0,
            "created": store.now(),
            "currency": None,
            "default_source": None,
            "delinquent": False,
            "description": None,
            "email": email,
            "invoice_prefix": store.new_id("i", 7)[2:].upper(),
            "livemode": False,
            "metadata": metadata or {},
            "name": name,
            "phone": None,
            "preferred_locales": [],
            "shipping": None,
            "tax_exempt": "none",
            "test_clock": None,
        }
    )
    emit(store, "customer.created", customer)
    return customer


def new_price(store: Store, *, currency: str, unit_amount: int, product_name: str, interval: str | None) -> Object:
    """A price as a line of a checkout describes it."""
    product_id = store.new_id("prod", 14)
    recurring = None
    if interval is not None:
        recurring = {
            "interval": interval,
            "interval_count": 1,
            "meter": None,
            "trial_period_days": None,
            "usage_type": "licensed",
        }
    return store.put(
        {
            "id": store.new_id("price"),
            "object": "price",
            "active": False,
            "billing_scheme": "per_unit",
            "created": store.now(),
            "currency": currency,
            "custom_unit_amount": None,
            "livemode": False,
            "lookup_key": None,
            "metadata": {},
            "nickname": None,
            "product": product_id,
            "recurring": recurring,
            "tax_behavior": "unspecified",
            "tiers_mode": None,
            "transform_quantity": None,
            "type": "recurring" if recurring else "one_time",
            "unit_amount": unit_amount,
            "unit_amount_decimal": str(unit_amount),
            "_name": product_name,
        }
    )


def period_end(start: int, interval: str, count: int = 1) -> int:
    """The end of a period: months and years keep the day where the month has it."""
    moment = dt.datetime.fromtimestamp(start, dt.UTC)
    if interval in ("day", "week"):
        return int((moment + dt.timedelta(days=count * (7 if interval == "week" else 1))).timestamp())
    months = moment.month - 1 + count * (12 if interval == "year" else 1)
    year, month = moment.year + months // 12, months % 12 + 1
    day = min(moment.day, calendar.monthrange(year, month)[1])
    return int(moment.replace(year=year, month=month, day=day).timestamp())


def start(
    store: Store, *, customer: str, lines: list[Object], intent: Object, metadata: dict[str, str]
) -> tuple[Object, Object]:
    """Begin a subscription whose first period `intent` has paid; returns it and its first invoice."""
    subscription = _new(
        store,
        customer=customer,
        lines=lines,
        metadata=metadata,
        payment_method=intent["payment_method"],
        number=store.get("charge", intent["latest_charge"])["_number"],
    )
    invoice = new_invoice(store, subscription, intent, reason="subscription_create")
    subscription["latest_invoice"] = invoice["id"]
    store.put(subscription)
    emit(store, "customer.subscription.created", subscription)
    settle(store, invoice, intent)
    return subscription, invoice


def start_trial(
    store: Store, *, customer: str, lines: list[Object], metadata: dict[str, str], number: str, days: int
) -> tuple[Object, Object]:
    """Begin a subscription that is free for `days`: its card is kept, its first invoice is of nothing.

    Raises
    ------
    Refusal
        If the card is no good: it is looked at, as the real one does, though nothing is charged.
    """
    card = payments.CARDS.get(number)
    if card is None:
        raise declined("Your card number is incorrect.", code="incorrect_number", decline_code="incorrect_number")
    if card.wrong is not None:
        code, decline_code, message = card.wrong
        raise declined(message, code=code, decline_code=decline_code)
    subscription = _new(
        store,
        customer=customer,
        lines=lines,
        metadata=metadata,
        payment_method=store.new_id("pm"),
        number=number,
        trial_days=days,
    )
    invoice = new_invoice(store, subscription, None, reason="subscription_create")
    subscription["latest_invoice"] = invoice["id"]
    store.put(subscription, due_at=None if store.in_story else _next_due(subscription))
    emit(store, "customer.subscription.created", subscription)
    settle(store, invoice, None)
    return subscription, invoice


TRIAL_WARNING_S = 3 * 24 * 60 * 60
"""`customer.subscription.trial_will_end` comes three days before the end, or at once where a trial is shorter."""


def _next_due(subscription: Object) -> int:
    """When time next has something to do with a trial: warn, then charge."""
    end: int = subscription["trial_end"]
    return end if subscription["_warned"] else end - TRIAL_WARNING_S


def look_at_trials(store: Store) -> int:
    """Warn of trials that end soon and charge those that ended; returns how many."""
    due = [one for one in store.due("subscription") if one["status"] == "trialing"]
    for subscription in due:
        if subscription["_warned"]:
            renew(store, subscription)
            continue
        subscription["_warned"] = True
        store.put(subscription, due_at=_next_due(subscription))
        emit(store, "customer.subscription.trial_will_end", subscription)
    return len(due)


def _new(
    store: Store,
    *,
    customer: str,
    lines: list[Object],
    metadata: dict[str, str],
    payment_method: str,
    number: str,
    trial_days: int = 0,
) -> Object:
    subscription_id, now = store.new_id("sub"), store.now()
    trial_end = now + trial_days * 24 * 60 * 60 if trial_days else None
    end = trial_end or period_end(now, lines[0]["price"]["recurring"]["interval"])
    return {
        "id": subscription_id,
        "object": "subscription",
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": end if trial_end else now,
        "billing_mode": {"type": "flexible"},
        "billing_schedules": [],
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": now,
        "currency": lines[0]["currency"],
        "customer": customer,
        "days_until_due": None,
        "default_payment_method": payment_method,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "items": {
            "object": "list",
            "data": [_item(store, subscription_id, line, now, end) for line in lines],
            "has_more": False,
            "url": f"/v1/subscription_items?subscription={subscription_id}",
        },
        "latest_invoice": None,
        "livemode": False,
        "metadata": metadata,
        "on_behalf_of": None,
        "pending_setup_intent": None,
        "schedule": None,
        "start_date": now,
        "status": "trialing" if trial_end else "active",
        "test_clock": None,
        "trial_end": trial_end,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": now if trial_end else None,
        "_number": number,
        "_warned": False,
    }


def _item(store: Store, subscription_id: str, line: Object, begin: int, end: int) -> Object:
    price = {name: value for name, value in line["price"].items() if not name.startswith("_")}
    return {
        "id": store.new_id("si", 14),
        "object": "subscription_item",
        "created": begin,
        "current_period_end": end,
        "current_period_start": begin,
        "discounts": [],
        "metadata": {},
        "price": price,
        "quantity": line["quantity"],
        "subscription": subscription_id,
        "tax_rates": [],
    }


def renew(store: Store, subscription: Object) -> Object:
    """Come to the end of the period: charge the next one, or end where that was asked for."""
    if subscription["status"] not in ("active", "past_due", "trialing"):
        raise Refusal(f"Subscription {subscription['id']} is {subscription['status']}.", kept=True)
    if subscription["cancel_at_period_end"]:
        return cancel(store, subscription, reason="cancellation_requested")
    items = subscription["items"]["data"]
    for item in items:
        item["current_period_start"] = item["current_period_end"]
        item["current_period_end"] = period_end(item["current_period_start"], item["price"]["recurring"]["interval"])
    intent = payments.new_intent(
        store,
        amount=sum(item["price"]["unit_amount"] * item["quantity"] for item in items),
        currency=subscription["currency"],
        customer=subscription["customer"],
        description="Subscription update",
    )
    number = subscription["_number"]
    fails = payments.CARDS[number].renewal_fails
    payments.pay(store, intent, number="4000000000000002" if fails else number)
    invoice = new_invoice(store, subscription, intent, reason="subscription_cycle")
    subscription.update(latest_invoice=invoice["id"], status="past_due" if fails else "active")
    store.put(subscription)
    settle(store, invoice, intent)
    emit(store, "customer.subscription.updated", subscription)
    return subscription


def cancel(
    store: Store,
    subscription: Object,
    *,
    reason: Literal["cancellation_requested", "payment_failed"] = "cancellation_requested",
) -> Object:
    """End it now: no further period is charged."""
    if subscription["status"] == "canceled":
        raise Refusal(f"No such subscription: '{subscription['id']}'", status=404, code="resource_missing", param="id")
    details: dict[str, Any] = {"comment": None, "feedback": None, "reason": reason}
    subscription.update(status="canceled", canceled_at=store.now(), ended_at=store.now(), cancellation_details=details)
    store.put(subscription)
    emit(store, "customer.subscription.deleted", subscription)
    return subscription
