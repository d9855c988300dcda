"""Checkout sessions, payment intents and charges over HTTP."""

from __future__ import annotations

from marketplace.checkout.sandbox import payments, sessions
from marketplace.checkout.sandbox.calls import Call, route
from marketplace.checkout.sandbox.errors import Refusal, declined, invalid
from marketplace.checkout.sandbox.events import emit
from marketplace.checkout.sandbox.forms import boolean, currency, metadata, whole, words
from marketplace.checkout.sandbox.store import Object


@route("POST", "/v1/checkout/sessions")
def create_session(call: Call) -> Object:
    """Open a checkout."""
    params = call.only(
        "mode", "line_items", "success_url", "cancel_url", "client_reference_id", "customer", "customer_email",
        "expires_at", "locale", "metadata", "payment_intent_data", "payment_method_types", "phone_number_collection",
        "submit_type", "subscription_data",
    )  # fmt: skip
    if params.get("customer") is not None:
        call.store.get("customer", params["customer"], param="customer")
    return sessions.new_session(call.store, params, base_url=call.base_url)


@route("GET", "/v1/checkout/sessions")
def list_sessions(call: Call) -> Object:
    """Checkouts, newest first."""
    return call.listed("checkout.session", "/v1/checkout/sessions", "payment_intent", "subscription", "status")


@route("GET", "/v1/checkout/sessions/*")
def get_session(call: Call) -> Object:
    """One checkout."""
    call.only()
    return call.store.get("checkout.session", call.ids[0])


@route("GET", "/v1/checkout/sessions/*/line_items")
def get_session_lines(call: Call) -> Object:
    """What is bought in one checkout."""
    lines: Object = call.store.get("checkout.session", call.ids[0])["_line_items"]
    return lines


@route("POST", "/v1/checkout/sessions/*/expire")
def expire_session(call: Call) -> Object:
    """Call a checkout off."""
    call.only()
    return sessions.expire_session(call.store, call.ids[0])


@route("POST", "/v1/payment_intents")
def create_intent(call: Call) -> Object:
    """A payment outside checkout; with `confirm` it is charged at once."""
    params = call.only(
        "amount", "currency", "automatic_payment_methods", "confirm", "customer", "description", "metadata",
        "payment_method", "payment_method_types", "return_url", "transfer_group",
    )  # fmt: skip
    intent = payments.new_intent(
        call.store,
        amount=whole(params, "amount", least=1),
        currency=currency(params),
        customer=params.get("customer"),
        description=params.get("description"),
        metadata=metadata(params),
        transfer_group=params.get("transfer_group"),
    )
    emit(call.store, "payment_intent.created", intent)
    return _confirmed(call, intent) if boolean(params, "confirm") else intent


@route("POST", "/v1/payment_intents/*/confirm")
def confirm_intent(call: Call) -> Object:
    """Charge a payment that waits."""
    call.only("payment_method", "return_url")
    return _confirmed(call, call.store.get("payment_intent", call.ids[0]))


def _confirmed(call: Call, intent: Object) -> Object:
    method = words(call.params, "payment_method")
    number = payments.PAYMENT_METHODS.get(method)
    if number is None:
        raise invalid(f"No such PaymentMethod: '{method}'", "payment_method", code="resource_missing")
    charge = payments.pay(call.store, intent, number=number)
    intent = call.store.get("payment_intent", intent["id"])
    if charge["status"] != "succeeded":
        error = intent["last_payment_error"]
        raise declined(
            error["message"],
            code=error["code"],
            decline_code=error["decline_code"],
            charge=charge["id"],
            payment_intent=intent,
        )
    return intent


@route("POST", "/v1/payment_intents/*/cancel")
def cancel_intent(call: Call) -> Object:
    """Give a payment up before it is made."""
    call.only("cancellation_reason")
    intent = call.store.get("payment_intent", call.ids[0])
    if intent["status"] in ("succeeded", "canceled"):
        raise Refusal(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
            kept=True,
        )
    intent.update(
        status="canceled", canceled_at=call.store.now(), cancellation_reason=call.params.get("cancellation_reason")
    )
    emit(call.store, "payment_intent.canceled", call.store.put(intent))
    return intent


@route("GET", "/v1/payment_intents")
def list_intents(call: Call) -> Object:
    """Payments, newest first."""
    return call.listed("payment_intent", "/v1/payment_intents", "customer")


@route("GET", "/v1/payment_intents/*")
def get_intent(call: Call) -> Object:
    """One payment."""
    call.only()
    return call.store.get("payment_intent", call.ids[0])


@route("GET", "/v1/charges")
def list_charges(call: Call) -> Object:
    """Charges, newest first."""
    return call.listed("charge", "/v1/charges", "payment_intent", "customer", "transfer_group")


@route("GET", "/v1/charges/*")
def get_charge(call: Call) -> Object:
    """One charge."""
    call.only()
    return call.store.get("charge", call.ids[0])
