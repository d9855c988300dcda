"""Refunds: money back to a buyer, which may itself come back."""

from __future__ import annotations

from marketplace.checkout.sandbox import money
from marketplace.checkout.sandbox.errors import Refusal
from marketplace.checkout.sandbox.events import emit
from marketplace.checkout.sandbox.payments import CARDS
from marketplace.checkout.sandbox.store import Object, Store


def refund(store: Store, charge: Object, *, amount: int | None, reason: str | None, metadata: dict[str, str]) -> Object:
    """Give money back: never more than is left, never while the buyer's bank already took it."""
    left = charge["amount_captured"] - charge["amount_refunded"]
    if charge["disputed"] and not _refundable(store, charge):
        raise Refusal(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed", kept=True
        )
    if left == 0:
        raise Refusal(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded", kept=True)
    wanted = left if amount is None else amount
    if wanted > left:
        raise Refusal(
            f"Refund amount ({wanted}) is greater than unrefunded amount on charge ({left})", param="amount", kept=True
        )
    money.need(store, wanted, charge["currency"])
    refund_id = store.new_id("re")
    entry = money.move(store, kind="refund", source=refund_id, amount=-wanted, currency=charge["currency"])
    made = store.put(
        {
            "id": refund_id,
            "object": "refund",
            "amount": wanted,
            "balance_transaction": entry["id"],
            "charge": charge["id"],
            "created": store.now(),
            "currency": charge["currency"],
            "destination_details": {"card": {"type": "refund"}, "type": "card"},
            "metadata": metadata,
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": "succeeded",
            "transfer_reversal": None,
        }
    )
    charge["amount_refunded"] += wanted
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    store.put(charge)
    emit(store, "refund.created", made)
    emit(store, "charge.refunded", charge)
    if CARDS[charge["_number"]].refund_fails:
        return fail_refund(store, made)
    return made


def _refundable(store: Store, charge: Object) -> bool:
    """Money that a bank gave back to us may be refunded again; money that it holds or kept may not."""
    return all(dispute["status"] == "won" for dispute in store.every("dispute", charge=charge["id"]))


def fail_refund(store: Store, made: Object) -> Object:
    """The buyer's bank sent the refund back: the money returns to the balance, and may be refunded again."""
    if made["status"] != "succeeded":
        raise Refusal(f"Refund {made['id']} is {made['status']}.", kept=True)
    entry = money.move(
        store, kind="refund_failure", source=made["id"], amount=made["amount"], currency=made["currency"]
    )
    made.update(status="failed", failure_reason="lost_or_stolen_card", failure_balance_transaction=entry["id"])
    store.put(made)
    charge = store.get("charge", made["charge"])
    charge["amount_refunded"] -= made["amount"]
    charge["refunded"] = False
    store.put(charge)
    emit(store, "refund.failed", made)
    emit(store, "refund.updated", made)
    return made
