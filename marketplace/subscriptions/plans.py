"""The plans on offer. A plan that was sold is never changed: new words or prices are a new name."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Free credits before the first fee, once a person. What each of them pays the makers is published with it."""

    days: int
    credits: int
    credit_pays_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Credits for a monthly fee; `policy` says how used credits pay the makers (settlement.md, subscriptions)."""

    name: str
    title: str
    currency: str
    price_minor: int
    credits: int
    credits_last: dt.timedelta
    policy: Literal["user_centric", "pro_rata"]
    trial: Trial | None = None


PLANS = {
    plan.name: plan
    for plan in (
        Plan(
            name="stave-1",
            title="Stave",
            currency="EUR",
            price_minor=999,
            credits=20,
            credits_last=dt.timedelta(days=365),
            policy="user_centric",
            # A paid credit of this plan is worth 0.50, and about 0.38 once tax and the card's fee are off.
            trial=Trial(days=14, credits=5, credit_pays_minor=40),
        ),
        Plan(
            name="score-1",
            title="Score",
            currency="EUR",
            price_minor=1999,
            credits=50,
            credits_last=dt.timedelta(days=365),
            policy="user_centric",
        ),
    )
}

CREDIT_VALUE_MINOR = 100
"""A standard licence costs one credit for each begun 1.00 of its price."""


def credits_for(price_minor: int) -> int:
    """The credits that a standard licence of this price costs."""
    return max(1, -(-price_minor // CREDIT_VALUE_MINOR))
