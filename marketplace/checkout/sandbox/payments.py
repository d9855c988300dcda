"""Payment intents and charges: a buyer's money in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marketplace.checkout.sandbox import disputes, money
from marketplace.checkout.sandbox.errors import Refusal, declined, invalid
from marketplace.checkout.sandbox.events import emit
from marketplace.checkout.sandbox.store import Object, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A test card and what it does; `wrong` is (code, decline code, message)."""

    words: str
    wrong: tuple[str, str, str] | None = None
    disputes: bool = False
    refund_fails: bool = False
    renewal_fails: bool = False
    at_once: bool = False


_NO = "Your card was declined."
CARDS = {
    "4242424242424242": Card(words="pays"),
    "4000000000000077": Card(words="pays, and the money is available at once", at_once=True),
    "4000000000000002": Card(words="is declined", wrong=("card_declined", "generic_decline", _NO)),
    "4000000000009995": Card(
        words="has insufficient funds",
        wrong=("card_declined", "insufficient_funds", "Your card has insufficient funds."),
    ),
    "4000000000000069": Card(words="has expired", wrong=("expired_card", "expired_card", "Your card has expired.")),
    "4000000000000127": Card(
        words="has a wrong security code",
        wrong=("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."),
    ),
    "4000000000000259": Card(words="pays, then the buyer disputes it", disputes=True),
    "4000000000005126": Card(words="pays, and a refund to it fails", refund_fails=True),
    "4000000000000341": Card(words="pays once, and fails at renewal", renewal_fails=True),
}
PAYMENT_METHODS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_bypassPending": "4000000000000077",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_chargeCustomerFail": "4000000000000341",
}


def new_intent(
    store: Store,
    *,
    amount: int,
    currency: str,
    customer: str | None = None,
    description: str | None = None,
    metadata: dict[str, str] | None = None,
    transfer_group: str | None = None,
) -> Object:
    """A payment that waits for a card."""
    if not money.CHARGE_MINOR_MIN <= amount <= money.CHARGE_MINOR_MAX:
        code = "amount_too_small" if amount < money.CHARGE_MINOR_MIN else "amount_too_large"
        raise invalid(
            f"Amount must be between {money.CHARGE_MINOR_MIN} and {money.CHARGE_MINOR_MAX}.", "amount", code=code
        )
    intent_id = store.new_id("pi")
    return store.put(
        {
            "id": intent_id,
            "object": "payment_intent",
            "amount": amount,
            "amount_capturable": 0,
            "amount_received": 0,
            "application": None,
            "application_fee_amount": None,
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": "automatic",
            "client_secret": f"{intent_id}_secret_{store.new_id('s')}",
            "confirmation_method": "automatic",
            "created": store.now(),
            "currency": currency,
            "customer": customer,
            "description": description,
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "metadata": metadata or {},
            "next_action": None,
            "on_behalf_of": None,
            "payment_method": None,
            "payment_method_options": {},
            "payment_method_types": ["card"],
            "receipt_email": None,
            "review": None,
            "setup_future_usage": None,
            "source": None,
            "statement_descriptor": None,
            "status": "requires_payment_method",
            "transfer_data": None,
            "transfer_group": transfer_group,
        }
    )


def pay(store: Store, intent: Object, *, number: str) -> Object:
    """Charge the card; returns the charge, whose `status` says whether it went through."""
    if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
        raise Refusal(
            f"This PaymentIntent's status is {intent['status']}; it cannot be paid.",
            code="payment_intent_unexpected_state",
            kept=True,
        )
    card = CARDS.get(number)
    if card is None:
        raise declined("Your card number is incorrect.", code="incorrect_number", decline_code="incorrect_number")
    charge = _charge(store, intent, number)
    if card.wrong is not None:
        return _fail(store, intent, charge, card.wrong)
    _succeed(store, intent, charge, card)
    if card.disputes:
        disputes.open_dispute(store, charge["id"])
    return store.get("charge", charge["id"])


def _charge(store: Store, intent: Object, number: str) -> Object:
    return {
        "id": store.new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        "calculated_statement_descriptor": "LEDGERLINE SANDBOX",
        "captured": False,
        "created": store.now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": store.new_id("pm"),
        "payment_method_details": {
            "card": {
                "brand": "visa",
                "country": "US",
                "exp_month": 12,
                "exp_year": 2040,
                "funding": "credit",
                "last4": number[-4:],
                "network": "visa",
            },
            "type": "card",
        },
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "failed",
        "transfer_data": None,
        "transfer_group": intent["transfer_group"],
        "_number": number,
    }


def _fail(store: Store, intent: Object, charge: Object, wrong: tuple[str, str, str]) -> Object:
    code, decline_code, message = wrong
    charge.update(failure_code=code, failure_message=message)
    charge["outcome"] = _outcome("declined_by_network", decline_code, message, "issuer_declined")
    store.put(charge)
    intent["latest_charge"] = charge["id"]
    intent["last_payment_error"] = {
        "charge": charge["id"],
        "code": code,
        "decline_code": decline_code,
        "message": message,
        "type": "card_error",
    }
    store.put(intent)
    emit(store, "charge.failed", charge)
    emit(store, "payment_intent.payment_failed", intent)
    return charge


def _succeed(store: Store, intent: Object, charge: Object, card: Card) -> None:
    amount, currency = charge["amount"], charge["currency"]
    wait_s = 0 if card.at_once else int(store.setting("pending_s", 0))
    entry = money.move(
        store,
        kind="charge",
        source=charge["id"],
        amount=amount,
        currency=currency,
        fee=money.processing_fee_minor(amount),
        available_on=store.now() + wait_s,
    )
    charge.update(amount_captured=amount, balance_transaction=entry["id"], captured=True, paid=True, status="succeeded")
    charge["outcome"] = _outcome("approved_by_network", None, "Payment complete.", "authorized")
    store.put(charge)
    intent.update(
        amount_received=amount,
        last_payment_error=None,
        latest_charge=charge["id"],
        payment_method=charge["payment_method"],
        status="succeeded",
    )
    store.put(intent)
    emit(store, "charge.succeeded", charge)
    emit(store, "payment_intent.succeeded", intent)


def _outcome(network_status: str, reason: str | None, words: str, kind: str) -> dict[str, Any]:
    return {"network_status": network_status, "reason": reason, "seller_message": words, "type": kind}
