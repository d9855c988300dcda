"""The balance over HTTP."""

from __future__ import annotations

from marketplace.checkout.sandbox import money
from marketplace.checkout.sandbox.calls import Call, route
from marketplace.checkout.sandbox.events import emit
from marketplace.checkout.sandbox.forms import currency, metadata, whole
from marketplace.checkout.sandbox.store import Object


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
