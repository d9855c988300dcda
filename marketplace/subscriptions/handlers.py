"""Webhooks of plans."""

from __future__ import annotations

from typing import Any

from ledger.services import outbox
from marketplace.checkout.webhooks import handles
from marketplace.subscriptions import services, trials


@handles("invoice.paid")
def invoice_paid(event: dict[str, Any]) -> None:
    """A period was paid; a worker asks for its fee, then grants the credits."""
    invoice = event["data"]["object"]
    outbox.put(task="marketplace.grant_credits", payload={"invoice_id": str(invoice["id"])})


@handles("customer.subscription.trial_will_end")
def trial_will_end(event: dict[str, Any]) -> None:
    """Three days before the first fee; who was reminded by the daily look is not reminded twice."""
    trials.remind()


@handles("customer.subscription.deleted")
def subscription_deleted(event: dict[str, Any]) -> None:
    """No further period will be paid."""
    services.ended(stripe_id=str(event["data"]["object"]["id"]))
