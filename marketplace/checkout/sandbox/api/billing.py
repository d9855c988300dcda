"""Customers, subscriptions and invoices over HTTP."""

from __future__ import annotations

from marketplace.checkout.sandbox import billing
from marketplace.checkout.sandbox.calls import Call, route
from marketplace.checkout.sandbox.events import emit
from marketplace.checkout.sandbox.forms import boolean, metadata
from marketplace.checkout.sandbox.store import Object


@route("POST", "/v1/customers")
def create_customer(call: Call) -> Object:
    """Someone who pays more than once."""
    params = call.only("email", "name", "metadata", "description")
    return billing.new_customer(
        call.store, email=params.get("email"), name=params.get("name"), metadata=metadata(params)
    )


@route("GET", "/v1/customers/*")
def get_customer(call: Call) -> Object:
    """One customer."""
    call.only()
    return call.store.get("customer", call.ids[0])


@route("GET", "/v1/subscriptions")
def list_subscriptions(call: Call) -> Object:
    """Subscriptions, newest first."""
    return call.listed("subscription", "/v1/subscriptions", "customer", "status")


@route("GET", "/v1/subscriptions/*")
def get_subscription(call: Call) -> Object:
    """One subscription."""
    call.only()
    return call.store.get("subscription", call.ids[0])


@route("POST", "/v1/subscriptions/*")
def update_subscription(call: Call) -> Object:
    """End it with its period, or think again."""
    params = call.only("cancel_at_period_end", "metadata")
    subscription = call.store.get("subscription", call.ids[0])
    ends = boolean(params, "cancel_at_period_end", subscription["cancel_at_period_end"])
    period_end = subscription["items"]["data"][0]["current_period_end"]
    subscription.update(
        cancel_at_period_end=ends,
        cancel_at=period_end if ends else None,
        metadata=metadata(params, old=subscription["metadata"]),
    )
    emit(call.store, "customer.subscription.updated", call.store.put(subscription))
    return subscription


@route("DELETE", "/v1/subscriptions/*")
def cancel_subscription(call: Call) -> Object:
    """End it now."""
    call.only("invoice_now", "prorate", "cancellation_details")
    return billing.cancel(call.store, call.store.get("subscription", call.ids[0]))


@route("GET", "/v1/invoices")
def list_invoices(call: Call) -> Object:
    """Invoices, newest first."""
    return call.listed("invoice", "/v1/invoices", "subscription", "customer", "status")


@route("GET", "/v1/invoices/*")
def get_invoice(call: Call) -> Object:
    """One invoice."""
    call.only()
    return call.store.get("invoice", call.ids[0])
