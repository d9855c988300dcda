"""Connected accounts, their onboarding, and the money that goes to them."""

from __future__ import annotations

from typing import Any

from marketplace.checkout.sandbox import money
from marketplace.checkout.sandbox.errors import Refusal
from marketplace.checkout.sandbox.events import emit
from marketplace.checkout.sandbox.store import Object, Store

LINK_LIFE_S = 300
_WANTED = ["business_type", "external_account", "tos_acceptance.date", "tos_acceptance.ip"]


def new_account(
    store: Store,
    *,
    country: str,
    email: str | None,
    capabilities: list[str],
    kind: str,
    controller: dict[str, Any],
    metadata: dict[str, str],
    agreement: str,
    currency: str,
) -> Object:
    """An account that can be paid once its owner has been through the hosted pages."""
    if "transfers" in capabilities and "card_payments" not in capabilities and agreement != "recipient":
        raise Refusal(
            "You cannot request the transfers capability without card_payments under the full service agreement: set "
            "tos_acceptance[service_agreement] to recipient.",
            param="capabilities",
            kept=True,
        )
    account: Object = {
        "id": store.new_id("acct", 16),
        "object": "account",
        "business_profile": {"mcc": None, "name": None, "url": None},
        "business_type": None,
        "capabilities": dict.fromkeys(capabilities, "inactive"),
        "charges_enabled": False,
        "controller": controller,
        "country": country,
        "created": store.now(),
        "default_currency": currency,
        "details_submitted": False,
        "email": email,
        "future_requirements": _requirements([], None),
        "metadata": metadata,
        "payouts_enabled": False,
        "requirements": _requirements(_WANTED, "requirements.past_due"),
        "settings": {"payouts": {"debit_negative_balances": True, "schedule": {"delay_days": 2, "interval": "daily"}}},
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": kind,
    }
    account["external_accounts"] = _list(f"/v1/accounts/{account['id']}/external_accounts")
    return store.put(account)


def _requirements(due: list[str], reason: str | None) -> dict[str, Any]:
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": list(due),
        "disabled_reason": reason,
        "errors": [],
        "eventually_due": list(due),
        "past_due": list(due),
        "pending_verification": [],
    }


def _list(url: str) -> dict[str, Any]:
    return {"object": "list", "data": [], "has_more": False, "url": url}


def new_link(store: Store, account: Object, *, base_url: str, refresh_url: str, return_url: str) -> Object:
    """A link that works once and not for long; a spent one leads to `refresh_url`."""
    token = store.new_id("link", 32)
    expires_at = store.now() + LINK_LIFE_S
    store.set(
        f"link:{token}",
        {"account": account["id"], "refresh_url": refresh_url, "return_url": return_url, "expires_at": expires_at},
    )
    return {
        "object": "account_link",
        "created": store.now(),
        "expires_at": expires_at,
        "url": f"{base_url}/onboard/{token}",
    }


def set_capability(store: Store, account: Object, name: str, status: str) -> Object:
    """Turn one capability on or off, with the requirements that go with it."""
    account["capabilities"][name] = status
    on = status == "active"
    account["payouts_enabled"] = on
    account["requirements"] = _requirements(
        [] if on else ["individual.verification.document"], None if on else "rejected.other"
    )
    store.put(account)
    emit(store, "account.updated", account, account=account["id"])
    return account


def onboard(store: Store, account: Object) -> Object:
    """The owner filled in the hosted pages: everything that was asked for becomes active."""
    account.update(
        capabilities=dict.fromkeys(account["capabilities"], "active"),
        charges_enabled=True,
        payouts_enabled=True,
        details_submitted=True,
        business_type="individual",
        requirements=_requirements([], None),
        tos_acceptance={"date": store.now(), "ip": "127.0.0.1", "user_agent": None},
    )
    store.put(account)
    emit(store, "account.updated", account, account=account["id"])
    return account


# ---------------------------------------------------------------------------------------------------- transfers
def transfer(
    store: Store,
    *,
    amount: int,
    currency: str,
    destination: str,
    transfer_group: str | None,
    source_transaction: str | None,
    description: str | None,
    metadata: dict[str, str],
) -> Object:
    """Send money from the platform's balance to a connected account."""
    account = store.get("account", destination, param="destination")
    if account["capabilities"].get("transfers") != "active":
        raise Refusal(
            "Your destination account needs to have at least one of the following capabilities enabled: transfers, "
            "crypto_transfers, legacy_payments",
            code="insufficient_capabilities_for_transfer",
            kept=True,
        )
    if source_transaction is None:
        money.need(store, amount, currency)
    else:
        group = _bind(store, source_transaction, amount, currency)
        transfer_group = transfer_group or group
    transfer_id = store.new_id("tr")
    entry = money.move(store, kind="transfer", source=transfer_id, amount=-amount, currency=currency)
    payment_id = store.new_id("py")
    money.move(store, kind="payment", source=payment_id, amount=amount, currency=currency, account=destination)
    made = store.put(
        {
            "id": transfer_id,
            "object": "transfer",
            "amount": amount,
            "amount_reversed": 0,
            "balance_transaction": entry["id"],
            "created": store.now(),
            "currency": currency,
            "description": description,
            "destination": destination,
            "destination_payment": payment_id,
            "livemode": False,
            "metadata": metadata,
            "reversals": _list(f"/v1/transfers/{transfer_id}/reversals"),
            "reversed": False,
            "source_transaction": source_transaction,
            "source_type": "card",
            "transfer_group": transfer_group,
        }
    )
    emit(store, "transfer.created", made)
    return made


def _bind(store: Store, charge_id: str, amount: int, currency: str) -> str:
    """A transfer out of one charge: all such transfers together stay within it."""
    charge = store.get("charge", charge_id, param="source_transaction")
    sent = sum(one["amount"] for one in store.every("transfer", source_transaction=charge_id))
    if charge["status"] != "succeeded" or charge["currency"] != currency or sent + amount > charge["amount"]:
        raise Refusal(
            f"Transfers from this source_transaction exceed the source amount of {charge['amount']}.",
            param="source_transaction",
            kept=True,
        )
    return str(charge["transfer_group"] or f"group_{charge['payment_intent']}")


def reverse(
    store: Store, sent: Object, *, amount: int | None, metadata: dict[str, str], description: str | None
) -> Object:
    """Take a transfer back, in its own currency, as far as it is not yet reversed and the account still has it."""
    left = sent["amount"] - sent["amount_reversed"]
    wanted = left if amount is None else amount
    if left == 0 or wanted > left:
        raise Refusal(
            f"Reversal amount ({wanted}) is greater than unreversed amount on transfer ({left})",
            param="amount",
            kept=True,
        )
    money.need(store, wanted, sent["currency"], account=sent["destination"])
    reversal_id = store.new_id("trr")
    entry = money.move(
        store,
        kind="transfer_refund",
        category="transfer_reversal",
        source=reversal_id,
        amount=wanted,
        currency=sent["currency"],
    )
    money.move(
        store,
        kind="payment_refund",
        source=sent["destination_payment"],
        amount=-wanted,
        currency=sent["currency"],
        account=sent["destination"],
    )
    made = {
        "id": reversal_id,
        "object": "transfer_reversal",
        "amount": wanted,
        "balance_transaction": entry["id"],
        "created": store.now(),
        "currency": sent["currency"],
        "destination_payment_refund": store.new_id("pyr"),
        "metadata": metadata,
        "source_refund": None,
        "transfer": sent["id"],
    }
    store.put(made)
    sent["amount_reversed"] += wanted
    sent["reversed"] = sent["amount_reversed"] == sent["amount"]
    sent["reversals"]["data"].insert(0, made)
    store.put(sent)
    emit(store, "transfer.reversed", sent)
    return made
