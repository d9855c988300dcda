"""Credits of a trial have no fee behind them: for each one spent the platform pays the makers a published amount.

It pays out of what it is owed itself: its balance goes down by the amount, and the element has a line of revenue of
the same amount, mature at once, which the next run shares like any sale. Credits that nobody spends cost nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from uuid import NAMESPACE_OID, NAMESPACE_URL, UUID, uuid5

from django.conf import settings
from django.db import transaction

from ledger import selectors as ledger
from ledger.domain import events
from ledger.services import append, clock, documents
from marketplace.accounts import mail
from marketplace.accounts.models import User
from marketplace.subscriptions.models import Subscription
from marketplace.subscriptions.plans import PLANS, Plan
from marketplace.templatetags.ledgerline import minor_digits, write_amount

MICRO = 1_000_000
REASON = b"Credits of a trial were spent on this element; the platform pays for them at its published rate."
REASON_HASH = hashlib.sha256(REASON).hexdigest()


def may_try(subscriber_id: UUID) -> bool:
    """Whether a person may have a trial: who never had one, nor a plan."""
    had = Subscription.objects.filter(subscriber_id=subscriber_id).exclude(state="placed")
    return not had.exists()


@transaction.atomic
def began(*, subscription_id: UUID, stripe_id: str, invoice_id: str, ends_at: dt.datetime) -> bool:
    """A card was given for a trial: grant its credits, which last as long as it does. One invoice counts once.

    False if this person had a trial before, by two payment pages open at once: then it must be cancelled.
    """
    row = Subscription.objects.select_for_update().get(pk=subscription_id)
    plan = PLANS[row.plan]
    assert plan.trial is not None, plan
    if row.state != "placed":
        return row.stripe_id == stripe_id
    row.stripe_id = stripe_id
    if not may_try(row.subscriber_id):
        row.state = "ended"
        row.save(update_fields=["state", "stripe_id"])
        return False
    row.state, row.trial_ends_at = "trial", ends_at
    row.save(update_fields=["state", "stripe_id", "trial_ends_at"])
    started = events.TrialStarted(
        subscription_id=row.id,
        subscriber_id=row.subscriber_id,
        plan=plan.name,
        currency=plan.currency,
        credit_pays_minor=plan.trial.credit_pays_minor,
        ends_at=ends_at,
    )
    granted = events.CreditsGranted(
        lot_id=uuid5(NAMESPACE_URL, f"stripe:invoice:{invoice_id}"),
        subscription_id=row.id,
        subscriber_id=row.subscriber_id,
        credits=plan.trial.credits,
        currency=plan.currency,
        gross_minor=0,
        tax_minor=0,
        fee_minor=0,
        expires_at=ends_at,
    )
    append(started, granted, actor_id=row.subscriber_id, key=f"invoice.paid:{invoice_id}")
    return True


@transaction.atomic
def remind() -> int:
    """Write, once each, to everyone whose trial ends within `TRIAL_REMINDER_DAYS`: the day, the amount, the way out."""
    now = clock.now()
    soon = Subscription.objects.select_for_update().filter(
        state="trial",
        reminded_at=None,
        trial_ends_at__gt=now,
        trial_ends_at__lte=now + dt.timedelta(days=settings.TRIAL_REMINDER_DAYS),
    )
    count = 0
    for row in soon:
        user, plan = User.objects.filter(party_id=row.subscriber_id).first(), PLANS[row.plan]
        if user is not None:
            mail.queue(
                recipient=user.email,
                subject="Your trial ends soon",
                template="trial_ends",
                context={"name": user.display_name, "plan": plan, "price": _price(plan), "ends_at": row.trial_ends_at},
            )
        row.reminded_at = now
        row.save(update_fields=["reminded_at"])
        count += 1
    return count


def _price(plan: Plan) -> str:
    return write_amount(plan.price_minor, digits=minor_digits(plan.currency))


def rate_minor(subscription_id: UUID) -> int | None:
    """What the platform pays for each credit spent in this plan's trial; None if it had none."""
    started = (record.event for record in ledger.events_about(subscription_id, limit=100))
    return next((event.credit_pays_minor for event in started if isinstance(event, events.TrialStarted)), None)


def paid_by_platform(*, element_id: UUID, currency: str, amount_minor: int, cause_id: UUID) -> list[events.Event]:
    """The facts that move the platform's own money to an element; `cause_id` is the licence that was granted."""
    documents.keep(REASON, media_type="text/plain")
    return [
        events.BalanceAdjusted(
            adjustment_id=uuid5(NAMESPACE_OID, f"trial/{cause_id}/platform"),
            party_id=settings.PLATFORM_PARTY_ID,
            currency=currency,
            amount_micro=-amount_minor * MICRO,
            basis="trial",
            cause_id=element_id,
            escrowed=False,
        ),
        events.AdjustmentPosted(
            adjustment_id=uuid5(NAMESPACE_OID, f"trial/{cause_id}/element"),
            element_id=element_id,
            currency=currency,
            gross_minor=amount_minor,
            reason_hash=REASON_HASH,
        ),
    ]
