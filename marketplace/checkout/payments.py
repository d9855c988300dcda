"""What the payment processor tells of a payment: a checkout session, a charge, a refund, a dispute, a paid period.

Amounts are whole minor units, currencies upper-case codes, ids of ours UUIDs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """One line of an order as the payment page shows it; `amount_minor` is for one piece, tax included."""

    name: str
    amount_minor: int
    quantity: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutSession:
    """A payment page and what became of it. `payment_intent_id` is empty until someone tried to pay."""

    session_id: str
    url: str
    status: str
    payment_status: str
    payment_intent_id: str
    stripe_subscription_id: str
    metadata: Mapping[str, str]

    @property
    def paid(self) -> bool:
        """The money is there: a page that is complete may still wait for it."""
        return self.status == "complete" and self.payment_status != "unpaid"

    @property
    def expired(self) -> bool:
        """It was not paid, and cannot be any more."""
        return self.status == "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A payment, and what it cost: `fee_minor` is None until the processor has booked it."""

    charge_id: str
    payment_intent_id: str
    currency: str
    amount_minor: int
    refunded_minor: int
    fee_minor: int | None
    net_minor: int | None
    disputed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money on its way back to a buyer. It can fail days later: then it is ours again."""

    stripe_id: str
    charge_id: str
    currency: str
    amount_minor: int
    status: str

    @property
    def failed(self) -> bool:
        """The money did not reach the buyer."""
        return self.status in ("failed", "canceled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """What a buyer's bank took back, with its fee, and how much of both came back to us."""

    dispute_id: str
    charge_id: str
    payment_intent_id: str
    currency: str
    amount_minor: int
    fee_minor: int
    fee_returned_minor: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidInvoice:
    """One period of a plan, paid: `subscription_id` is ours."""

    invoice_id: str
    subscription_id: UUID
    stripe_subscription_id: str
    currency: str
    gross_minor: int
    fee_minor: int
    trial_ends_at: dt.datetime | None
    """Of an invoice of nothing: until when the trial that it begins is free."""
