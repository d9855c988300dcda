"""Money in: checkout sessions, charges, refunds, disputes and plans at the payment processor.

Amounts are whole minor units, currencies upper-case codes, ids of ours UUIDs; the processor's objects stay inside. A
call that creates something asks under a key made of our id, so that asking again is asking once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from ledger.gateways.errors import (
    DeclinedError,
    GatewayError,
    InsufficientFundsError,
    NotConfiguredError,
    NotFoundError,
    OutcomeUnknownError,
    RefusedError,
    TryLaterError,
)
from ledger.gateways.processor import client, plain, request_key, translated
from marketplace.checkout.payments import Charge, CheckoutSession, Dispute, PaidInvoice, Refund, SessionLine

if TYPE_CHECKING:
    import stripe

__all__ = [
    "Charge",
    "CheckoutSession",
    "DeclinedError",
    "Dispute",
    "GatewayError",
    "InsufficientFundsError",
    "NotConfiguredError",
    "NotFoundError",
    "OutcomeUnknownError",
    "PaidInvoice",
    "Refund",
    "RefusedError",
    "SessionLine",
    "TryLaterError",
    "cancel_subscription",
    "charge_of",
    "create_checkout_session",
    "create_subscription_session",
    "expire_checkout_session",
    "refund",
    "retrieve_charge",
    "retrieve_checkout_session",
    "retrieve_dispute",
    "retrieve_paid_invoice",
    "retrieve_refund",
]


# ---------------------------------------------------------------------------------------------------- checkout
def create_checkout_session(
    *,
    order_id: UUID,
    currency: str,
    lines: Sequence[SessionLine],
    success_url: str,
    cancel_url: str,
    expires_at: dt.datetime | None = None,
    buyer_email: str | None = None,
    attempt: int = 1,
) -> CheckoutSession:
    """Open a payment page for an order; the same attempt gives the same page.

    `expires_at` lies between 30 minutes and 24 hours ahead. `success_url` may hold `{CHECKOUT_SESSION_ID}`.
    """
    reference = {"order_id": str(order_id)}
    params: dict[str, Any] = {
        "mode": "payment",
        "line_items": [_line(line.name, line.amount_minor, currency, line.quantity) for line in lines],
        "success_url": success_url,
        "cancel_url": cancel_url,
        "client_reference_id": str(order_id),
        "metadata": reference,
        "payment_intent_data": {"metadata": reference, "transfer_group": f"order:{order_id}"},
    }
    return _create(params, request_key(order_id, "checkout", attempt), expires_at, buyer_email)


def create_subscription_session(
    *,
    subscription_id: UUID,
    name: str,
    currency: str,
    amount_minor: int,
    success_url: str,
    cancel_url: str,
    interval: Literal["day", "week", "month", "year"] = "month",
    trial_days: int = 0,
    expires_at: dt.datetime | None = None,
    buyer_email: str | None = None,
    attempt: int = 1,
) -> CheckoutSession:
    """Open a payment page for a plan that renews each `interval`, the first `trial_days` free: its card is kept."""
    reference = {"subscription_id": str(subscription_id)}
    line = _line(name, amount_minor, currency, 1)
    line["price_data"]["recurring"] = {"interval": interval}
    params: dict[str, Any] = {
        "mode": "subscription",
        "line_items": [line],
        "success_url": success_url,
        "cancel_url": cancel_url,
        "client_reference_id": str(subscription_id),
        "metadata": reference,
        "subscription_data": {"metadata": reference},
    }
    if trial_days:
        params["subscription_data"]["trial_period_days"] = trial_days
    return _create(params, request_key(subscription_id, "subscription", attempt), expires_at, buyer_email)


def _line(name: str, amount_minor: int, currency: str, quantity: int) -> dict[str, Any]:
    return {
        "price_data": {
            "currency": currency.lower(),
            "unit_amount": amount_minor,
            "product_data": {"name": name},
        },
        "quantity": quantity,
    }


def _create(
    params: dict[str, Any], key: str, expires_at: dt.datetime | None, buyer_email: str | None
) -> CheckoutSession:
    if expires_at is not None:
        params["expires_at"] = int(expires_at.timestamp())
    if buyer_email is not None:
        params["customer_email"] = buyer_email
    with translated():
        session = client().v1.checkout.sessions.create(params, {"idempotency_key": key})  # type: ignore[arg-type]
    return _session(session)


def retrieve_checkout_session(session_id: str) -> CheckoutSession:
    """The page as it stands now."""
    with translated():
        session = client().v1.checkout.sessions.retrieve(session_id)
    return _session(session)


def expire_checkout_session(session_id: str) -> CheckoutSession:
    """Close a page. If the buyer was faster, it is returned as it is: paid, and `expired` is false."""
    try:
        with translated():
            session = client().v1.checkout.sessions.expire(session_id)
    except RefusedError:
        return retrieve_checkout_session(session_id)
    return _session(session)


def _session(session: stripe.checkout.Session) -> CheckoutSession:
    return CheckoutSession(
        session_id=session.id,
        url=session.url or "",
        status=session.status or "",
        payment_status=session.payment_status,
        payment_intent_id=_id(session.payment_intent),
        stripe_subscription_id=_id(session.subscription),
        metadata=plain(session.metadata),
    )


# ----------------------------------------------------------------------------------------------------- charges
def charge_of(payment_intent_id: str) -> Charge | None:
    """The charge that paid, with its fee; None while nothing was charged."""
    with translated():
        intent = client().v1.payment_intents.retrieve(
            payment_intent_id, {"expand": ["latest_charge.balance_transaction"]}
        )
    charge: Any = intent.latest_charge
    return None if charge is None or charge.status != "succeeded" else _charge(charge)


def retrieve_charge(charge_id: str) -> Charge:
    """One charge with its fee."""
    with translated():
        charge = client().v1.charges.retrieve(charge_id, {"expand": ["balance_transaction"]})
    return _charge(charge)


def _charge(charge: Any) -> Charge:
    entry = charge.balance_transaction
    return Charge(
        charge_id=charge.id,
        payment_intent_id=_id(charge.payment_intent),
        currency=charge.currency.upper(),
        amount_minor=charge.amount,
        refunded_minor=charge.amount_refunded,
        fee_minor=None if entry is None else entry.fee,
        net_minor=None if entry is None else entry.net,
        disputed=charge.disputed,
    )


# ----------------------------------------------------------------------------------------------------- refunds
def refund(*, refund_id: UUID, payment_intent_id: str, amount_minor: int | None = None, attempt: int = 1) -> Refund:
    """Pay a buyer back, whole or in part; the same attempt pays back once. After a failed one, a new attempt.

    Raises
    ------
    RefusedError
        More than is left, or disputed (`reason` "charge_disputed": the bank has the money already).
    OutcomeUnknownError
        It may have been paid back: repeat the same attempt.
    """
    params: dict[str, Any] = {"payment_intent": payment_intent_id, "metadata": {"refund_id": str(refund_id)}}
    if amount_minor is not None:
        params["amount"] = amount_minor
    with translated():
        made = client().v1.refunds.create(
            params,  # type: ignore[arg-type]
            {"idempotency_key": request_key(refund_id, "refund", attempt)},
        )
    return _refund(made)


def retrieve_refund(stripe_id: str) -> Refund:
    """The refund as it stands now."""
    with translated():
        made = client().v1.refunds.retrieve(stripe_id)
    return _refund(made)


def _refund(made: stripe.Refund) -> Refund:
    return Refund(
        stripe_id=made.id,
        charge_id=_id(made.charge),
        currency=made.currency.upper(),
        amount_minor=made.amount,
        status=made.status or "",
    )


# ---------------------------------------------------------------------------------------------------- disputes
def retrieve_dispute(dispute_id: str) -> Dispute:
    """The dispute as it stands now; its own balance entries say what it cost and what came back."""
    with translated():
        dispute = client().v1.disputes.retrieve(dispute_id)
    entries = dispute.balance_transactions
    return Dispute(
        dispute_id=dispute.id,
        charge_id=_id(dispute.charge),
        payment_intent_id=_id(dispute.payment_intent),
        currency=dispute.currency.upper(),
        amount_minor=dispute.amount,
        fee_minor=sum(entry.fee for entry in entries if entry.amount < 0),
        fee_returned_minor=-sum(entry.fee for entry in entries if entry.amount >= 0),
        status=dispute.status,
    )


# ------------------------------------------------------------------------------------------------------- plans
def retrieve_paid_invoice(invoice_id: str) -> PaidInvoice:
    """One paid period with its fee, read through the payments of the invoice.

    Raises
    ------
    TryLaterError
        It is not paid, or its fee is not booked yet.
    """
    with translated():
        invoice = client().v1.invoices.retrieve(invoice_id, {"expand": ["payments"]})
    payments: Any = invoice.payments
    paid = [one.payment for one in (payments.data if payments else []) if one.status == "paid"]
    charges = [charge_of(_id(payment.payment_intent)) for payment in paid]
    fees = [charge.fee_minor for charge in charges if charge is not None]
    free = invoice.status == "paid" and invoice.amount_paid == 0
    if not free and (invoice.status != "paid" or not fees or any(fee is None for fee in fees)):
        raise TryLaterError(f"invoice {invoice_id} is {invoice.status}, its fee is not known yet")
    parent: Any = invoice.parent
    details = parent.subscription_details
    return PaidInvoice(
        invoice_id=invoice.id,
        subscription_id=UUID(details.metadata["subscription_id"]),
        stripe_subscription_id=_id(details.subscription),
        currency=invoice.currency.upper(),
        gross_minor=invoice.amount_paid,
        fee_minor=sum(fee for fee in fees if fee is not None),
        trial_ends_at=_trial_end(_id(details.subscription)) if free else None,
    )


def _trial_end(stripe_subscription_id: str) -> dt.datetime | None:
    with translated():
        found = client().v1.subscriptions.retrieve(stripe_subscription_id)
    return None if found.trial_end is None else dt.datetime.fromtimestamp(found.trial_end, dt.UTC)


def cancel_subscription(stripe_subscription_id: str) -> None:
    """Stop renewing, now; ended already is ended."""
    with translated():
        found = client().v1.subscriptions.retrieve(stripe_subscription_id)
        if found.status != "canceled":
            client().v1.subscriptions.cancel(stripe_subscription_id)


def _id(reference: Any) -> str:
    """The id of something that the processor names, shows whole, or leaves out."""
    if reference is None:
        return ""
    return reference if isinstance(reference, str) else str(reference.id)
