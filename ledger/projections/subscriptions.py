"""Plans and credits."""

from __future__ import annotations

from collections.abc import Sequence

from ledger import sql
from ledger.domain.events import (
    CreditsExpired,
    CreditsGranted,
    CreditsSpent,
    SubscriptionEnded,
    SubscriptionRenewed,
    SubscriptionStarted,
)
from ledger.domain.records import EventRecord
from ledger.models import CreditLot, CreditUse, Subscription
from ledger.projections.base import Projection, folds


class Subscriptions(Projection):
    """Subscriptions, credit lots, and each use of credits."""

    name = "subscriptions"
    tables = (Subscription, CreditLot, CreditUse)
    subject = {
        **dict.fromkeys((SubscriptionStarted, SubscriptionRenewed, SubscriptionEnded), "subscription_id"),
        **dict.fromkeys((CreditsGranted, CreditsSpent, CreditsExpired), "lot_id"),
    }

    @folds(SubscriptionStarted)
    def started(self, records: Sequence[EventRecord[SubscriptionStarted]]) -> None:
        """A plan began."""
        sql.insert(
            Subscription,
            (
                {
                    "subscription_id": r.event.subscription_id,
                    "subscriber_id": r.event.subscriber_id,
                    "plan": r.event.plan,
                    "policy": r.event.policy,
                    "state": "active",
                    "periods": 1,
                    "started_at": r.at,
                    "position": r.position,
                    "changed_position": r.position,
                }
                for r in records
            ),
        )

    @folds(SubscriptionRenewed)
    def renewed(self, records: Sequence[EventRecord[SubscriptionRenewed]]) -> None:
        """One more period."""
        sql.update(
            Subscription,
            (
                {"subscription_id": r.event.subscription_id, "periods": 1, "changed_position": r.position}
                for r in records
            ),
            by="subscription_id",
            add=("periods",),
        )

    @folds(SubscriptionEnded)
    def ended(self, records: Sequence[EventRecord[SubscriptionEnded]]) -> None:
        """No further period."""
        sql.update(
            Subscription,
            (
                {"subscription_id": r.event.subscription_id, "state": "ended", "changed_position": r.position}
                for r in records
            ),
            by="subscription_id",
        )

    @folds(CreditsGranted)
    def granted(self, records: Sequence[EventRecord[CreditsGranted]]) -> None:
        """A lot."""
        sql.insert(
            CreditLot,
            (
                {
                    "lot_id": r.event.lot_id,
                    "subscription_id": r.event.subscription_id,
                    "subscriber_id": r.event.subscriber_id,
                    "credits": r.event.credits,
                    "spent": 0,
                    "expired": 0,
                    "currency": r.event.currency,
                    "net_minor": r.event.gross_minor - r.event.tax_minor - r.event.fee_minor,
                    "released_minor": 0,
                    "expires_at": r.event.expires_at,
                    "position": r.position,
                    "changed_position": r.position,
                }
                for r in records
            ),
        )

    @folds(CreditsSpent, CreditsExpired)
    def used(self, records: Sequence[EventRecord[CreditsSpent | CreditsExpired]]) -> None:
        """Credits left a lot, and money with them."""
        sql.update(
            CreditLot,
            (
                {
                    "lot_id": r.event.lot_id,
                    "spent": r.event.credits if isinstance(r.event, CreditsSpent) else 0,
                    "expired": 0 if isinstance(r.event, CreditsSpent) else r.event.credits,
                    "released_minor": r.event.released_minor,
                    "changed_position": r.position,
                }
                for r in records
            ),
            by="lot_id",
            add=("spent", "expired", "released_minor"),
        )
        sql.insert(
            CreditUse,
            (
                {
                    "position": r.position,
                    "lot_id": r.event.lot_id,
                    "subscriber_id": r.event.subscriber_id,
                    "element_id": r.event.element_id if isinstance(r.event, CreditsSpent) else None,
                    "credits": r.event.credits,
                    "currency": r.event.currency,
                    "released_minor": r.event.released_minor,
                    "at": r.at,
                }
                for r in records
            ),
        )
