"""Plans: subscribe, receive credits for each paid period, spend them on licences, end. What was licensed stays."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings
from django.db import transaction

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain.ids import uuid7
from ledger.services import append, clock, log
from marketplace.catalogue.models import Listing
from marketplace.checkout import gateway
from marketplace.checkout.errors import AlreadyLicensedError, OfferGoneError, OrderStateError
from marketplace.checkout.services import has_licence
from marketplace.licensing import grants
from marketplace.subscriptions import trials
from marketplace.subscriptions.models import Subscription
from marketplace.subscriptions.plans import PLANS, credits_for

STANDING = ("active", "trial")


def standing(subscriber_id: UUID) -> Subscription | None:
    """One's plan, in its trial or paid."""
    return Subscription.objects.filter(subscriber_id=subscriber_id, state__in=STANDING).first()


def subscribe(*, subscriber_id: UUID, plan_name: str, with_trial: bool = False) -> Subscription:
    """Open the payment page of a plan; with a trial nothing is charged before it ends.

    Raises
    ------
    OrderStateError
        If there is a plan already, the plan has no trial, or the person had one.
    """
    if standing(subscriber_id) is not None:
        raise OrderStateError("You have a plan already. End it before you choose another; your credits stay.")
    plan = PLANS[plan_name]
    if with_trial and (plan.trial is None or not trials.may_try(subscriber_id)):
        raise OrderStateError("A trial is for whoever never had a plan or a trial. You were not charged.")
    days = plan.trial.days if with_trial and plan.trial else 0
    row = Subscription.objects.create(subscriber_id=subscriber_id, plan=plan.name, trial_days=days)
    session = gateway.create_subscription_session(
        subscription_id=row.id,
        name=f"Ledgerline {plan.title}",
        currency=plan.currency,
        amount_minor=plan.price_minor,
        trial_days=days,
        success_url=f"{settings.SITE_URL}/plans/return/?session={{CHECKOUT_SESSION_ID}}",
        cancel_url=f"{settings.SITE_URL}/plans/",
    )
    row.session_id, row.session_url = session.session_id, session.url
    row.save(update_fields=["session_id", "session_url"])
    return row


@transaction.atomic
def period_paid(
    *,
    subscription_id: UUID,
    stripe_id: str,
    invoice_id: str,
    gross_minor: int,
    fee_minor: int,
) -> None:
    """A period's fee arrived: start or renew, and grant its credits. One invoice counts once."""
    row = Subscription.objects.select_for_update().get(pk=subscription_id)
    plan = PLANS[row.plan]
    facts: list[events.Event] = []
    if row.state == "trial":
        facts.append(events.TrialEnded(subscription_id=row.id, outcome="paid"))
    if row.state in ("placed", "trial"):
        facts.append(
            events.SubscriptionStarted(
                subscription_id=row.id, subscriber_id=row.subscriber_id, plan=plan.name, policy=plan.policy
            )
        )
        row.state, row.stripe_id = "active", stripe_id
        row.save(update_fields=["state", "stripe_id"])
    else:
        facts.append(events.SubscriptionRenewed(subscription_id=row.id))
    lot_id = uuid5(NAMESPACE_URL, f"stripe:invoice:{invoice_id}")
    facts.append(
        events.CreditsGranted(
            lot_id=lot_id,
            subscription_id=row.id,
            subscriber_id=row.subscriber_id,
            credits=plan.credits,
            currency=plan.currency,
            gross_minor=gross_minor,
            tax_minor=gross_minor * settings.TAX_PPM // (1_000_000 + settings.TAX_PPM),
            fee_minor=fee_minor,
            expires_at=clock.now() + plan.credits_last,
        )
    )
    append(*facts, actor_id=row.subscriber_id, key=f"invoice.paid:{invoice_id}")


def left_of(lot: ledger.CreditLot) -> int:
    """Credits of a lot that were neither spent nor expired."""
    return lot.credits - lot.spent - lot.expired


def usable_lots(subscriber_id: UUID) -> list[ledger.CreditLot]:
    """Lots with credits left, those that expire first first."""
    now = clock.now()
    return [lot for lot in ledger.credit_lots(subscriber_id) if lot.expires_at > now and left_of(lot)]


@transaction.atomic
def spend(*, subscriber_id: UUID, listing_id: UUID) -> UUID:
    """Buy a standard licence with credits, oldest lots first. Returns the licence's id."""
    listing = Listing.objects.select_for_update().select_related("entry").get(pk=listing_id)
    title = listing.entry.title
    if listing.status != Listing.Status.ON_SALE or listing.licence_kind != "standard":
        raise OfferGoneError(f"“{title}” is not to be had for credits.")
    if listing.entry.seller_id == subscriber_id:
        raise AlreadyLicensedError(f"“{title}” is yours: you need no licence.")
    if has_licence(holder_id=subscriber_id, element_id=listing.entry_id, licence_kind="standard"):
        raise AlreadyLicensedError(f"You have this licence of “{title}” already; it is in your library.")
    log.lock_head()  # first, for once: lots must not move between reading and writing
    licence_id = uuid7()
    needed = credits_for(listing.price_minor)
    facts: list[events.Event] = []
    for lot in usable_lots(subscriber_id):
        used = min(needed, left_of(lot))
        if used:
            facts.append(_spent(lot, used, listing.entry_id))
            facts += _paid_for(lot, used, listing.entry_id, licence_id)
            needed -= used
    if needed:
        raise OrderStateError(f"You are {needed} credits short.")
    facts.append(
        grants.granted(
            licence_id=licence_id,
            element_id=listing.entry_id,
            content_hash=listing.entry.content_hash,
            holder_id=subscriber_id,
            licence_kind="standard",
            terms_hash=listing.terms_hash,
        )
    )
    append(*facts, actor_id=subscriber_id, key=f"credits.spent:{licence_id}")
    return licence_id


def _spent(lot: ledger.CreditLot, used: int, element_id: UUID) -> events.CreditsSpent:
    """After n of C credits, floor(F × n / C) has left the lot; this use releases the difference."""
    before = lot.credits - left_of(lot)
    released = lot.net_minor * (before + used) // lot.credits - lot.net_minor * before // lot.credits
    return events.CreditsSpent(
        lot_id=lot.lot_id,
        subscriber_id=lot.subscriber_id,
        element_id=element_id,
        credits=used,
        currency=lot.currency,
        released_minor=released,
    )


def _paid_for(lot: ledger.CreditLot, used: int, element_id: UUID, licence_id: UUID) -> list[events.Event]:
    """Of a trial's credits: what the platform pays the makers for them, at the rate of the day the trial began."""
    rate = trials.rate_minor(lot.subscription_id) if lot.net_minor == 0 else None
    if not rate:
        return []
    return trials.paid_by_platform(
        element_id=element_id, currency=lot.currency, amount_minor=used * rate, cause_id=licence_id
    )


@transaction.atomic
def expire_credits(*, limit: int = 500) -> int:
    """Let credits past their published expiry go; their money is paid to whoever was used that month."""
    log.lock_head()
    now = clock.now()
    expired = [lot for lot in ledger.credit_lots() if lot.expires_at <= now and left_of(lot)][:limit]
    for lot in expired:
        before = lot.credits - left_of(lot)
        append(
            events.CreditsExpired(
                lot_id=lot.lot_id,
                subscriber_id=lot.subscriber_id,
                credits=left_of(lot),
                currency=lot.currency,
                released_minor=lot.net_minor - lot.net_minor * before // lot.credits,
            ),
            actor_id=settings.PLATFORM_PARTY_ID,
            key=f"credits.expired:{lot.lot_id}",
        )
    return len(expired)


def end(*, subscriber_id: UUID) -> None:
    """Stop renewing. Credits stay until they expire, licences for good."""
    row = standing(subscriber_id)
    if row is None:
        raise OrderStateError("You have no plan to end.")
    gateway.cancel_subscription(row.stripe_id)
    ended(stripe_id=row.stripe_id)


@transaction.atomic
def ended(*, stripe_id: str) -> None:
    """The processor will not renew any more."""
    row = Subscription.objects.select_for_update().filter(stripe_id=stripe_id, state__in=STANDING).first()
    if row is None:
        return
    fact = (
        events.SubscriptionEnded(subscription_id=row.id)
        if row.state == "active"
        else events.TrialEnded(subscription_id=row.id, outcome="cancelled")
    )
    row.state = "ended"
    row.save(update_fields=["state"])
    append(
        fact,
        actor_id=row.subscriber_id,
        key=f"subscription.ended:{row.id}",
    )
