"""What can be called: a thin door from Stripe's v1 paths to what the sandbox does."""

from __future__ import annotations

import secrets
from typing import Any

from marketplace.checkout.sandbox import billing, connect, disputes, money, payments, sessions
from marketplace.checkout.sandbox.calls import Call, route
from marketplace.checkout.sandbox.errors import Refusal, declined, invalid
from marketplace.checkout.sandbox.events import API_VERSION, emit
from marketplace.checkout.sandbox.forms import boolean, choice, currency, group, metadata, web_address, whole, words
from marketplace.checkout.sandbox.store import Object

REASONS = ("duplicate", "fraudulent", "requested_by_customer")


# ---------------------------------------------------------------------------------------------------- checkout
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


# ---------------------------------------------------------------------------------------------------- payments
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


@route("POST", "/v1/refunds")
def create_refund(call: Call) -> Object:
    """Give a charge back, or a part of it."""
    params = call.only("charge", "payment_intent", "amount", "reason", "metadata")
    if ("charge" in params) == ("payment_intent" in params):
        raise invalid("One of the following params should be provided: payment_intent or charge.", "charge")
    charge_id = params.get("charge")
    if charge_id is None:
        intent = call.store.get("payment_intent", words(params, "payment_intent"), param="payment_intent")
        charge_id = intent["latest_charge"]
    charge = call.store.get("charge", charge_id or "none", param="charge")
    if charge["status"] != "succeeded":
        raise invalid(f"Charge {charge['id']} was not paid.", "charge")
    reason = choice(params, "reason", REASONS) if "reason" in params else None
    amount = whole(params, "amount", least=1) if "amount" in params else None
    return payments.refund(call.store, charge, amount=amount, reason=reason, metadata=metadata(params))


@route("GET", "/v1/refunds")
def list_refunds(call: Call) -> Object:
    """Refunds, newest first."""
    return call.listed("refund", "/v1/refunds", "charge", "payment_intent")


@route("GET", "/v1/refunds/*")
def get_refund(call: Call) -> Object:
    """One refund."""
    call.only()
    return call.store.get("refund", call.ids[0])


# ---------------------------------------------------------------------------------------------------- disputes
@route("GET", "/v1/disputes")
def list_disputes(call: Call) -> Object:
    """Disputes, newest first."""
    return call.listed("dispute", "/v1/disputes", "charge", "payment_intent")


@route("GET", "/v1/disputes/*")
def get_dispute(call: Call) -> Object:
    """One dispute."""
    call.only()
    return call.store.get("dispute", call.ids[0])


@route("POST", "/v1/disputes/*")
def update_dispute(call: Call) -> Object:
    """Send evidence; in the sandbox the words `winning_evidence` and `losing_evidence` decide at once."""
    params = call.only("evidence", "metadata", "submit")
    dispute = call.store.get("dispute", call.ids[0])
    dispute["metadata"] = metadata(params, old=dispute["metadata"])
    evidence = group(params, "evidence")
    dispute["evidence"] |= evidence
    dispute["evidence_details"] |= {"has_evidence": bool(dispute["evidence"])}
    call.store.put(dispute)
    told = evidence.get("uncategorized_text")
    if told in ("winning_evidence", "losing_evidence"):
        return disputes.close_dispute(call.store, dispute, "won" if told == "winning_evidence" else "lost")
    emit(call.store, "charge.dispute.updated", dispute)
    return dispute


@route("POST", "/v1/disputes/*/close")
def close_dispute(call: Call) -> Object:
    """Accept a dispute: it is lost."""
    call.only()
    return disputes.close_dispute(call.store, call.store.get("dispute", call.ids[0]), "lost")


# ----------------------------------------------------------------------------------------------------- connect
@route("POST", "/v1/accounts")
def create_account(call: Call) -> Object:
    """A new connected account, not yet onboarded."""
    params = call.only(
        "business_profile", "business_type", "capabilities", "controller", "country", "default_currency", "email",
        "metadata", "tos_acceptance", "type",
    )  # fmt: skip
    asked = group(params, "capabilities")
    account = connect.new_account(
        call.store,
        country=words(params, "country", "US"),
        email=params.get("email"),
        capabilities=[name for name, value in asked.items() if boolean(value, "requested")],
        kind=choice(
            params, "type", ("express", "custom", "standard", "none"), "none" if "controller" in params else None
        ),
        controller=_controller(group(params, "controller")),
        metadata=metadata(params),
        agreement=words(group(params, "tos_acceptance"), "service_agreement", "full"),
        currency=words(params, "default_currency", "usd"),
    )
    emit(call.store, "account.updated", account, account=account["id"])
    return account


def _controller(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "fees": {"payer": words(group(given, "fees"), "payer", "application")},
        "is_controller": True,
        "losses": {"payments": words(group(given, "losses"), "payments", "application")},
        "requirement_collection": words(given, "requirement_collection", "stripe"),
        "stripe_dashboard": {"type": words(group(given, "stripe_dashboard"), "type", "express")},
        "type": "application",
    }


@route("GET", "/v1/accounts")
def list_accounts(call: Call) -> Object:
    """Connected accounts, newest first."""
    return call.listed("account", "/v1/accounts")


@route("GET", "/v1/accounts/*")
def get_account(call: Call) -> Object:
    """One connected account."""
    call.only()
    return call.store.get("account", call.ids[0])


@route("POST", "/v1/account_links")
def create_account_link(call: Call) -> Object:
    """A way into the hosted onboarding pages."""
    params = call.only("account", "collect", "collection_options", "refresh_url", "return_url", "type")
    choice(params, "type", ("account_onboarding", "account_update"))
    return connect.new_link(
        call.store,
        call.store.get("account", words(params, "account"), param="account"),
        base_url=call.base_url,
        refresh_url=web_address(params, "refresh_url"),
        return_url=web_address(params, "return_url"),
    )


@route("POST", "/v1/transfers")
def create_transfer(call: Call) -> Object:
    """Pay a connected account."""
    params = call.only(
        "amount",
        "currency",
        "description",
        "destination",
        "metadata",
        "source_transaction",
        "source_type",
        "transfer_group",
    )
    return connect.transfer(
        call.store,
        amount=whole(params, "amount", least=1),
        currency=currency(params),
        destination=words(params, "destination"),
        transfer_group=params.get("transfer_group"),
        source_transaction=params.get("source_transaction"),
        description=params.get("description"),
        metadata=metadata(params),
    )


@route("GET", "/v1/transfers")
def list_transfers(call: Call) -> Object:
    """Transfers, newest first; by group, to find what became of a call without an answer."""
    return call.listed("transfer", "/v1/transfers", "transfer_group", "destination")


@route("GET", "/v1/transfers/*")
def get_transfer(call: Call) -> Object:
    """One transfer."""
    call.only()
    return call.store.get("transfer", call.ids[0])


@route("POST", "/v1/transfers/*/reversals")
def create_reversal(call: Call) -> Object:
    """Take a transfer back, or a part of it."""
    params = call.only("amount", "description", "metadata", "refund_application_fee")
    return connect.reverse(
        call.store,
        call.store.get("transfer", call.ids[0]),
        amount=whole(params, "amount", least=1) if "amount" in params else None,
        metadata=metadata(params),
        description=params.get("description"),
    )


@route("GET", "/v1/transfers/*/reversals")
def list_reversals(call: Call) -> Object:
    """What was taken back of one transfer."""
    reversals: Object = call.store.get("transfer", call.ids[0])["reversals"]
    return reversals


# ------------------------------------------------------------------------------------------------------- money
@route("GET", "/v1/balance")
def get_balance(call: Call) -> Object:
    """What is available and what is pending, of the platform or of `Stripe-Account`."""
    call.only()
    return money.balance(call.store, account=call.account)


@route("GET", "/v1/balance_transactions")
def list_entries(call: Call) -> Object:
    """Every movement of the balance, newest first."""
    money.mature(call.store)
    url = "/v1/balance_transactions"
    return call.listed("balance_transaction", url, "source", "type", "currency", _account=call.account)


@route("GET", "/v1/balance_transactions/*")
def get_entry(call: Call) -> Object:
    """One movement of the balance."""
    call.only()
    money.mature(call.store)
    return call.store.get("balance_transaction", call.ids[0])


@route("POST", "/v1/topups")
def create_topup(call: Call) -> Object:
    """Add the platform's own money to the balance."""
    params = call.only("amount", "currency", "description", "metadata", "statement_descriptor", "transfer_group")
    topup_id, amount, code = call.store.new_id("tu"), whole(params, "amount", least=1), currency(params)
    entry = money.move(call.store, kind="topup", source=topup_id, amount=amount, currency=code)
    topup: Object = {
        "id": topup_id,
        "object": "topup",
        "amount": amount,
        "balance_transaction": entry["id"],
        "created": call.store.now(),
        "currency": code,
        "description": params.get("description"),
        "expected_availability_date": call.store.now(),
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": metadata(params),
        "source": None,
        "statement_descriptor": None,
        "status": "succeeded",
        "transfer_group": params.get("transfer_group"),
    }
    emit(call.store, "topup.succeeded", call.store.put(topup))
    return topup


# ----------------------------------------------------------------------------------------------------- billing
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


# ---------------------------------------------------------------------------------------------- events, webhooks
@route("GET", "/v1/events")
def list_events(call: Call) -> Object:
    """What happened, newest first: the net under the webhooks."""
    return call.listed("event", "/v1/events", "type")


@route("GET", "/v1/events/*")
def get_event(call: Call) -> Object:
    """One event."""
    call.only()
    return call.store.get("event", call.ids[0])


@route("POST", "/v1/webhook_endpoints")
def create_endpoint(call: Call) -> Object:
    """Ask for events at an address; the answer holds the signing secret, this once."""
    params = call.only("url", "enabled_events", "description", "metadata", "api_version", "connect")
    kinds = params.get("enabled_events")
    if not isinstance(kinds, list) or not kinds:
        raise invalid("Missing required param: enabled_events.", "enabled_events", code="parameter_missing")
    secret = "whsec_" + secrets.token_urlsafe(24)
    endpoint = endpoint_of(call, web_address(params, "url"), kinds, secret)
    return {**endpoint, "secret": secret}


def endpoint_of(call: Call, url: str, kinds: list[str], secret: str, endpoint_id: str | None = None) -> Object:
    """Write an endpoint down."""
    return call.store.put(
        {
            "id": endpoint_id or call.store.new_id("we"),
            "object": "webhook_endpoint",
            "api_version": API_VERSION,
            "application": None,
            "created": call.store.now(),
            "description": None,
            "enabled_events": kinds,
            "livemode": False,
            "metadata": {},
            "status": "enabled",
            "url": url,
            "_secret": secret,
        }
    )


@route("GET", "/v1/webhook_endpoints")
def list_endpoints(call: Call) -> Object:
    """Addresses that are told."""
    return call.listed("webhook_endpoint", "/v1/webhook_endpoints")


@route("DELETE", "/v1/webhook_endpoints/*")
def delete_endpoint(call: Call) -> Object:
    """Stop telling an address."""
    endpoint = call.store.get("webhook_endpoint", call.ids[0])
    call.store.sql("delete from object where id = ?", endpoint["id"])
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}
