"""Plans and their credits."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Literal
from uuid import UUID

from ledger.domain.events.codec import Event, event


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionStarted(Event):
    """Someone subscribed to a plan."""

    kind = "subscription.started.v1"
    subscription_id: UUID
    subscriber_id: UUID
    plan: str
    policy: Literal["user_centric", "pro_rata"]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRenewed(Event):
    """A further period was paid; its money is in `credits.granted`."""

    kind = "subscription.renewed.v1"
    subscription_id: UUID


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionEnded(Event):
    """No further period will be paid; unspent credits and licences stay."""

    kind = "subscription.ended.v1"
    subscription_id: UUID


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TrialStarted(Event):
    """Someone tries a plan before the first fee: for each credit spent the platform pays `credit_pays_minor`."""

    kind = "trial.started.v1"
    subscription_id: UUID
    subscriber_id: UUID
    plan: str
    currency: str
    credit_pays_minor: int
    ends_at: dt.datetime


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TrialEnded(Event):
    """The trial is over: its first fee was paid, or it was cancelled. What was licensed in it stays."""

    kind = "trial.ended.v1"
    subscription_id: UUID
    outcome: Literal["paid", "cancelled"]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CreditsGranted(Event):
    """A paid fee bought a lot of credits: gross, tax and processor fee are those of the payment."""

    kind = "credits.granted.v1"
    lot_id: UUID
    subscription_id: UUID
    subscriber_id: UUID
    credits: int
    currency: str
    gross_minor: int
    tax_minor: int
    fee_minor: int
    expires_at: dt.datetime


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CreditsSpent(Event):
    """Credits of one lot bought a licence; `released_minor` of the lot's money leaves with them."""

    kind = "credits.spent.v1"
    lot_id: UUID
    subscriber_id: UUID
    element_id: UUID
    credits: int
    currency: str
    released_minor: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CreditsExpired(Event):
    """Credits passed their published expiry."""

    kind = "credits.expired.v1"
    lot_id: UUID
    subscriber_id: UUID
    credits: int
    currency: str
    released_minor: int
