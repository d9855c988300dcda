"""Refunds and disputes over HTTP: money that goes back."""

from __future__ import annotations

from marketplace.checkout.sandbox import disputes, refunds
from marketplace.checkout.sandbox.calls import Call, route
from marketplace.checkout.sandbox.errors import invalid
from marketplace.checkout.sandbox.events import emit
from marketplace.checkout.sandbox.forms import choice, group, metadata, whole, words
from marketplace.checkout.sandbox.store import Object

REASONS = ("duplicate", "fraudulent", "requested_by_customer")


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
    return refunds.refund(call.store, charge, amount=amount, reason=reason, metadata=metadata(params))


@route("GET", "/v1/refunds")
def list_refunds(call: Call) -> Object:
    """Refunds, newest first."""
    return call.listed("refund", "/v1/refunds", "charge", "payment_intent")


@route("GET", "/v1/refunds/*")
def get_refund(call: Call) -> Object:
    """One refund."""
    call.only()
    return call.store.get("refund", call.ids[0])


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
