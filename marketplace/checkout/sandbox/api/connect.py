"""Connected accounts and transfers over HTTP."""

from __future__ import annotations

from typing import Any

from marketplace.checkout.sandbox import connect
from marketplace.checkout.sandbox.calls import Call, route
from marketplace.checkout.sandbox.events import emit
from marketplace.checkout.sandbox.forms import boolean, choice, currency, group, metadata, web_address, whole, words
from marketplace.checkout.sandbox.store import Object


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
