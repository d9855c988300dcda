"""Work that plans leave to a worker."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from ledger.services import outbox
from marketplace.checkout import gateway
from marketplace.subscriptions import services, trials


@shared_task(name="marketplace.grant_credits")  # type: ignore[untyped-decorator]
def grant_credits(outbox_id: str) -> None:
    """Grant the credits of a paid invoice; raises while its fee is not known, so that the relay asks again."""
    with outbox.running(UUID(outbox_id)) as payload:
        if payload is not None:
            invoice = gateway.retrieve_paid_invoice(payload["invoice_id"])
            if invoice.trial_ends_at is not None:
                began = trials.began(
                    subscription_id=invoice.subscription_id,
                    stripe_id=invoice.stripe_subscription_id,
                    invoice_id=invoice.invoice_id,
                    ends_at=invoice.trial_ends_at,
                )
                if not began:
                    gateway.cancel_subscription(invoice.stripe_subscription_id)
                return
            services.period_paid(
                subscription_id=invoice.subscription_id,
                stripe_id=invoice.stripe_subscription_id,
                invoice_id=invoice.invoice_id,
                gross_minor=invoice.gross_minor,
                fee_minor=invoice.fee_minor,
            )


@shared_task(name="marketplace.expire_credits")  # type: ignore[untyped-decorator]
def expire_credits() -> int:
    """Let credits past their expiry go."""
    return services.expire_credits()


@shared_task(name="marketplace.remind_of_trials")  # type: ignore[untyped-decorator]
def remind_of_trials() -> int:
    """Write to those whose first fee is near."""
    return trials.remind()
