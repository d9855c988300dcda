"""What is sold: orders and what goes wrong with them, plans, trials, reports of others."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from ledger.domain import events as ev
from tests.ledger.stories.drawn import START, Drawn, amounts, hash_of


class Sales(Drawn):
    """Scenes of a story."""

    def sale(self):
        order, buyer, listing = self.id(), self.random.choice(self.parties), self.id()
        element = self.random.choice(self.elements)
        yield (
            ev.ListingPublished(
                listing_id=listing,
                element_id=element,
                content_hash=hash_of(element),
                licence_kind="standard",
                terms_hash=hash_of("terms"),
                currency=self.currency,
                price_minor=self.amount(),
            ),
        )
        if self.random.random() < 0.3:
            yield (ev.ListingRepriced(listing_id=listing, currency=self.currency, price_minor=self.amount()),)
            yield (ev.ListingWithdrawn(listing_id=listing, reason="sold"),)
        lines = tuple(
            ev.OrderLine(
                line_id=self.id(),
                listing_id=listing,
                element_id=element,
                licence_kind="standard",
                terms_hash=hash_of("terms"),
                gross_minor=gross,
                tax_minor=gross // 6,
                pack_id=pack,
            )
            for gross, pack in ((self.amount(), None), (self.amount(), self.pack))
        )
        yield (ev.OrderPlaced(order_id=order, buyer_id=buyer, currency=self.currency, lines=lines),)
        if self.random.random() < 0.2:
            yield (ev.OrderLapsed(order_id=order, reason="declined"),)
            return
        licence = self.id()
        yield (
            ev.OrderPaid(order_id=order, buyer_id=buyer, currency=self.currency, lines=lines),
            ev.LicenceGranted(
                licence_id=licence,
                element_id=element,
                content_hash=hash_of(element),
                holder_id=buyer,
                licence_kind="standard",
                terms_hash=hash_of("terms"),
                order_id=order,
                line_id=lines[0].line_id,
            ),
        )
        yield (
            ev.ChargeSettled(order_id=order, currency=self.currency, lines=tuple(amounts(lines, fee=30, money=False))),
        )
        yield from self.trouble(order, licence, lines)

    def trouble(self, order: UUID, licence: UUID, lines):
        self.troubles += 1  # in turn, so that every story has each of them
        match self.troubles % 4:
            case 0:
                yield (
                    ev.OrderRefunded(
                        refund_id=self.id(),
                        order_id=order,
                        currency=self.currency,
                        lines=tuple(amounts(lines[:1], fee=0)),
                        reason="changed mind",
                    ),
                    ev.LicenceRevoked(licence_id=licence, reason="refunded"),
                )
            case 1 | 2 as outcome:
                dispute = self.id()
                yield (
                    ev.DisputeOpened(
                        dispute_id=dispute,
                        order_id=order,
                        currency=self.currency,
                        lines=tuple(amounts(lines, fee=1500)),
                    ),
                )
                if outcome == 1:
                    yield (ev.DisputeLost(dispute_id=dispute, order_id=order),)
                else:
                    yield (
                        ev.DisputeWon(
                            dispute_id=dispute,
                            order_id=order,
                            currency=self.currency,
                            lines=tuple(amounts(lines, fee=0)),
                        ),
                    )

    def plan(self):
        subscription, subscriber, lot = self.id(), self.random.choice(self.parties), self.id()
        yield (
            ev.SubscriptionStarted(
                subscription_id=subscription, subscriber_id=subscriber, plan="basic", policy="user_centric"
            ),
            ev.CreditsGranted(
                lot_id=lot,
                subscription_id=subscription,
                subscriber_id=subscriber,
                credits=10,
                currency="EUR",
                gross_minor=999,
                tax_minor=159,
                fee_minor=40,
                expires_at=START + dt.timedelta(days=60),
            ),
        )
        yield (ev.SubscriptionRenewed(subscription_id=subscription),)
        spent = {"lot_id": lot, "subscriber_id": subscriber, "currency": "EUR"}
        yield (ev.CreditsSpent(element_id=self.elements[0], credits=3, released_minor=240, **spent),)
        yield (ev.CreditsExpired(credits=7, released_minor=560, **spent),)
        yield (ev.SubscriptionEnded(subscription_id=subscription),)

    def trial(self):
        subscription, subscriber, lot = self.id(), self.random.choice(self.parties), self.id()
        ends_at = START + dt.timedelta(days=14)
        yield (
            ev.TrialStarted(
                subscription_id=subscription,
                subscriber_id=subscriber,
                plan="basic",
                currency="EUR",
                credit_pays_minor=40,
                ends_at=ends_at,
            ),
            ev.CreditsGranted(
                lot_id=lot,
                subscription_id=subscription,
                subscriber_id=subscriber,
                credits=5,
                currency="EUR",
                gross_minor=0,
                tax_minor=0,
                fee_minor=0,
                expires_at=ends_at,
            ),
        )
        spent = {"lot_id": lot, "subscriber_id": subscriber, "currency": "EUR", "released_minor": 0}
        yield (ev.CreditsSpent(element_id=self.elements[1], credits=2, **spent),)
        yield (ev.CreditsExpired(credits=3, **spent),)
        yield (ev.TrialEnded(subscription_id=subscription, outcome=self.random.choice(("paid", "cancelled"))),)

    def sold_elsewhere(self):
        element = self.elements[0]
        names = {"element_id": element, "scheme": "isrc", "value": "DEA122400001"}
        yield (ev.ElementIdentified(**names),)
        yield (ev.ElementIdentifierWithdrawn(**names),)
        yield (ev.ElementIdentified(element_id=element, scheme="iswc", value="T0345246801"),)
        for is_mistake in (False, True):
            report, line, found, lost = (self.id() for _ in range(4))
            said = {"report_id": report, "currency": "EUR"}
            yield (
                ev.ReportBooked(
                    **said,
                    period="2026-02",
                    control_total_minor=1000,
                    reported_currency="EUR",
                    reported_micro=1_000_000_123,
                    difference="rounding",
                    document_hash=hash_of("a file"),
                    template_hash=hash_of("a mapping"),
                    lines=7,
                    sales=1,
                    waiting=2,
                ),
                ev.ExternalSaleRecorded(**said, line_id=line, element_id=element, gross_minor=600, reverses_id=None),
                ev.ExternalMoneyWaiting(**said, group_id=found, amount_minor=500),
                ev.ExternalMoneyWaiting(**said, group_id=lost, amount_minor=-100),
            )
            yield (ev.ExternalMoneyMatched(**said, group_id=found, element_id=element, amount_minor=500),)
            if is_mistake:
                mirrors = [(line, -600), (found, -500)]
                yield (
                    ev.ReportReversed(**said, control_total_minor=1000, reason_hash=hash_of("twice")),
                    *(
                        ev.ExternalSaleRecorded(
                            **said, line_id=self.id(), element_id=element, gross_minor=gross, reverses_id=mirrored
                        )
                        for mirrored, gross in mirrors
                    ),
                    ev.ExternalMoneyReturned(**said, group_id=lost, amount_minor=-100),
                )
