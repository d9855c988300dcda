"""Disputes: the buyer's bank takes the money and a fee, and perhaps gives the money back."""

from __future__ import annotations

from typing import Literal

from marketplace.checkout.sandbox import money
from marketplace.checkout.sandbox.errors import Refusal
from marketplace.checkout.sandbox.events import emit
from marketplace.checkout.sandbox.store import Object, Store

OPEN = ("needs_response", "under_review")
DAYS_TO_ANSWER = 7


def open_dispute(store: Store, charge_id: str, *, reason: str = "fraudulent") -> Object:
    """Take back what is left of a charge, and a fee."""
    charge = store.get("charge", charge_id)
    amount = charge["amount_captured"] - charge["amount_refunded"]
    if charge["disputed"] or amount <= 0:
        raise Refusal(f"Charge {charge_id} cannot be disputed.", kept=True)
    dispute_id = store.new_id("dp")
    entry = money.move(
        store,
        kind="adjustment",
        category="dispute",
        source=dispute_id,
        amount=-amount,
        currency=charge["currency"],
        fee=money.DISPUTE_FEE_MINOR,
        fee_words="Dispute fee",
    )
    dispute: Object = {
        "id": dispute_id,
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [_bare(entry)],
        "charge": charge_id,
        "created": store.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": {
            "due_by": store.now() + DAYS_TO_ANSWER * 86_400,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "needs_response",
    }
    store.put(dispute)
    store.put({**charge, "disputed": True})
    emit(store, "charge.dispute.created", dispute)
    emit(store, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def close_dispute(store: Store, dispute: Object, outcome: Literal["won", "lost"]) -> Object:
    """The bank decided; when it is won the amount comes back and the fee stays."""
    if dispute["status"] not in OPEN:
        raise Refusal(f"Dispute {dispute['id']} is already {dispute['status']}.", kept=True)
    dispute["status"] = outcome
    if outcome == "won":
        entry = money.move(
            store,
            kind="adjustment",
            category="dispute_reversal",
            source=dispute["id"],
            amount=dispute["amount"],
            currency=dispute["currency"],
        )
        dispute["balance_transactions"].append(_bare(entry))
    store.put(dispute)
    emit(store, "charge.dispute.closed", dispute)
    if outcome == "won":
        emit(store, "charge.dispute.funds_reinstated", dispute)
    return dispute


def _bare(entry: Object) -> Object:
    return {name: value for name, value in entry.items() if not name.startswith("_")}
