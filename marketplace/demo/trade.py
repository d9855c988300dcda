"""Three months at the counter: sales, orders that lapse, refunds, disputes, plans. Every verb is the site's own."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from marketplace.checkout import gateway, purchases, reversals
from marketplace.checkout import services as checkout
from marketplace.checkout.orders import Order, Refund
from marketplace.demo.shelves import Offered, Shelves
from marketplace.demo.till import Till
from marketplace.subscriptions import services as plans
from marketplace.subscriptions import trials
from marketplace.subscriptions.models import Subscription

CARD = "4242424242424242"


@dataclass(slots=True)
class Trade:
    """What was sold so far, and to whom."""

    till: Till
    shelves: Shelves
    rng: random.Random
    held: set[tuple[UUID, UUID, str]] = field(default_factory=set)
    gone: set[UUID] = field(default_factory=set)

    # ------------------------------------------------------------------------------------------------- buying
    def buy(self, buyer_id: UUID, offers: Sequence[Offered], *, at: dt.datetime) -> UUID:
        """Order, pay and receive; returns the order."""
        order = self._placed(buyer_id, offers, at)
        session = self.till.pull("pay", session=order.session_id, card=CARD, at=at)
        purchases.fulfil(order_id=order.id, payment_intent_id=session["payment_intent"])
        purchases.settle_charge(order_id=order.id)
        Order.objects.filter(pk=order.id).update(paid_at=at + dt.timedelta(minutes=2))
        for one in offers:
            self.held.add((buyer_id, one.element_id, one.licence_kind))
            if one.licence_kind == "exclusive":
                self.gone.add(one.element_id)
        return order.id

    def _placed(self, buyer_id: UUID, offers: Sequence[Offered], at: dt.datetime) -> Order:
        order = checkout.place(buyer_id=buyer_id, listing_ids=[one.listing_id for one in offers])
        Order.objects.filter(pk=order.id).update(created_at=at)
        return order

    def let_lapse(self, buyer_id: UUID, *, at: dt.datetime) -> None:
        """Someone goes to checkout and closes the page."""
        chosen = self._wanted(buyer_id, 1)
        if chosen:
            order = self._placed(buyer_id, chosen, at)
            self.till.pull("expire", session=order.session_id)
            purchases.lapse(order_id=order.id, reason="expired")

    def shop(self, buyer_id: UUID, *, at: dt.datetime) -> None:
        """Buy what is wanted now: one to three licences in one currency."""
        chosen = self._wanted(buyer_id, self.rng.choices((1, 2, 3), (6, 3, 1))[0])
        if chosen:
            self.buy(buyer_id, chosen, at=at)

    def licence_for_making(self, maker_id: UUID, slug: str, *, at: dt.datetime) -> None:
        """A creator gets what they need to make something of another's element."""
        offer = self.shelves.offer(slug, "free", "remix")
        if offer.seller_id == maker_id or (maker_id, offer.element_id, offer.licence_kind) in self.held:
            return
        if offer.licence_kind == "free":
            checkout.claim_free(buyer_id=maker_id, listing_id=offer.listing_id)
            self.held.add((maker_id, offer.element_id, "free"))
        else:
            self.buy(maker_id, [offer], at=at)

    def take_free(self, buyer_id: UUID, slug: str) -> None:
        """A free licence: no money, the same certificate."""
        offer = self.shelves.offer(slug, "free")
        if (buyer_id, offer.element_id, "free") not in self.held:
            checkout.claim_free(buyer_id=buyer_id, listing_id=offer.listing_id)
            self.held.add((buyer_id, offer.element_id, "free"))

    def _wanted(self, buyer_id: UUID, count: int) -> list[Offered]:
        """Offers this buyer does not hold, the first ones of the catalogue wanted more than the last."""
        kinds = {"standard": 10, "remix": 1}
        open_to = [one for one in self.shelves.offers if self._may_want(buyer_id, one, kinds)]
        if not open_to:
            return []
        popularity = [kinds[one.licence_kind] / (1 + hash_place(one.slug)) for one in open_to]
        first = self.rng.choices(open_to, popularity)[0]
        found = {first.element_id: first}
        while len(found) < count:
            one = self.rng.choices(open_to, popularity)[0]
            if one.currency != first.currency:
                count -= 1
                continue
            found.setdefault(one.element_id, one)
        return list(found.values())

    def _may_want(self, buyer_id: UUID, one: Offered, kinds: dict[str, int]) -> bool:
        return (
            one.licence_kind in kinds
            and one.element_id not in self.gone
            and one.seller_id != buyer_id
            and not any((buyer_id, one.element_id, kind) in self.held for kind in kinds)
        )

    # ----------------------------------------------------------------------------------------------- reversing
    def refund(self, order_id: UUID, *, staff_id: UUID, at: dt.datetime) -> None:
        """Staff pay an order back."""
        row = reversals.refund(order_id=order_id, actor_id=staff_id, reason="bought twice by mistake")
        Refund.objects.filter(pk=row.pk).update(created_at=at)

    def dispute(self, order_id: UUID, *, at: dt.datetime) -> str:
        """The buyer's bank takes the money back; returns the processor's id."""
        charge_id = Order.objects.get(pk=order_id).charge_id
        made = self.till.pull("dispute", charge=charge_id, reason="fraudulent", at=at)
        found = gateway.retrieve_dispute(made["id"])
        reversals.open_dispute(
            order_id=order_id, stripe_id=found.dispute_id, amount_minor=found.amount_minor, fee_minor=found.fee_minor
        )
        return found.dispute_id

    def decide_dispute(self, order_id: UUID, stripe_id: str, *, won: bool, at: dt.datetime) -> None:
        """The bank decides."""
        self.till.pull("close_dispute", dispute=stripe_id, outcome="won" if won else "lost", at=at)
        found = gateway.retrieve_dispute(stripe_id)
        reversals.close_dispute(
            order_id=order_id,
            stripe_id=stripe_id,
            won=won,
            amount_minor=found.amount_minor,
            fee_minor=found.fee_returned_minor,
        )

    # --------------------------------------------------------------------------------------------------- plans
    def subscribe(self, buyer_id: UUID, plan: str, *, at: dt.datetime) -> UUID:
        """A plan's first period is paid."""
        row = plans.subscribe(subscriber_id=buyer_id, plan_name=plan)
        Subscription.objects.filter(pk=row.pk).update(created_at=at)
        session = self.till.pull("pay", session=row.session_id, card=CARD, at=at)
        self._period(session["invoice"])
        return row.pk

    def try_plan(self, buyer_id: UUID, plan: str, *, at: dt.datetime) -> UUID:
        """A trial begins: a card is given, and nothing is charged."""
        row = plans.subscribe(subscriber_id=buyer_id, plan_name=plan, with_trial=True)
        Subscription.objects.filter(pk=row.pk).update(created_at=at)
        session = self.till.pull("pay", session=row.session_id, card=CARD, at=at)
        invoice = gateway.retrieve_paid_invoice(session["invoice"])
        assert invoice.trial_ends_at is not None, invoice
        trials.began(
            subscription_id=invoice.subscription_id,
            stripe_id=invoice.stripe_subscription_id,
            invoice_id=invoice.invoice_id,
            ends_at=invoice.trial_ends_at,
        )
        return row.pk

    def renew(self, subscription_id: UUID, *, at: dt.datetime) -> None:
        """The next period is paid."""
        stripe_id = Subscription.objects.get(pk=subscription_id).stripe_id
        self._period(self.till.pull("renew", subscription=stripe_id, at=at)["latest_invoice"])

    def _period(self, invoice_id: str) -> None:
        invoice = gateway.retrieve_paid_invoice(invoice_id)
        plans.period_paid(
            subscription_id=invoice.subscription_id,
            stripe_id=invoice.stripe_subscription_id,
            invoice_id=invoice.invoice_id,
            gross_minor=invoice.gross_minor,
            fee_minor=invoice.fee_minor,
        )

    def spend(self, buyer_id: UUID, *, credits_max: int = 1_000) -> None:
        """Credits buy a standard licence."""
        left = min(credits_max, sum(plans.left_of(lot) for lot in plans.usable_lots(buyer_id)))
        open_to = [
            one
            for one in self.shelves.offers
            if one.licence_kind == "standard"
            and one.currency == "EUR"
            and one.price_minor <= left * 100
            and self._may_want(buyer_id, one, {"standard": 1})
        ]
        if not open_to:
            return
        one = self.rng.choice(open_to)
        plans.spend(subscriber_id=buyer_id, listing_id=one.listing_id)
        self.held.add((buyer_id, one.element_id, "standard"))

    def end_plan(self, buyer_id: UUID) -> None:
        """No further period."""
        plans.end(subscriber_id=buyer_id)

    def last_order(self, buyer_id: UUID | None = None) -> UUID:
        """The newest order that can be taken back: paid, and of standard licences only (nothing hangs on those)."""
        paid = Order.objects.filter(status=Order.Status.PAID).exclude(lines__licence_kind__in=("remix", "exclusive"))
        if buyer_id is not None:
            paid = paid.filter(buyer_id=buyer_id)
        return paid.latest("created_at", "id").id


def hash_place(slug: str) -> int:
    """A fixed popularity of each element, 0 the highest: a few sell well, most now and then."""
    return random.Random(f"popularity:{slug}").randrange(12)  # noqa: S311
