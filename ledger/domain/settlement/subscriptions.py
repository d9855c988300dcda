"""Subscriptions: money leaves a lot as its credits are used, and becomes revenue lines before the run.

A paid fee (net of tax and processor fee) of F minor buys a lot of C credits. After n of C credits are spent or expired,
floor(F × n / C) has left the lot, so the differences sum to F exactly.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from ledger.domain.settlement.allocate import allocate
from ledger.domain.settlement.period import RevenueRow

Policy = Literal["user_centric", "pro_rata"]


class Lot(NamedTuple):
    """Credits bought by one paid fee; `net_minor` is the fee without tax and processor fee."""

    lot_id: str
    subscriber_id: str
    currency: str
    credits: int
    net_minor: int
    policy: Policy = "user_centric"


class Use(NamedTuple):
    """Credits of a lot that were spent on an element or (empty element_id) expired."""

    lot_id: str
    element_id: str
    credits: int


class Release(NamedTuple):
    """Money that left a lot with one use."""

    lot: Lot
    element_id: str
    credits: int
    released_minor: int


@dataclasses.dataclass(frozen=True, slots=True)
class MonthRevenue:
    """What a month's credits become."""

    lines: list[RevenueRow]
    waiting_minor: dict[str, int]
    """Per currency: money of expired credits that waits for a month in which any are spent."""


def left_minor(net_minor: int, credits: int, used: int) -> int:
    """What has left a lot after `used` of its credits.

    Raises
    ------
    ValueError
        If more credits are used than the lot has.
    """
    if not 0 <= used <= credits or credits <= 0:
        raise ValueError(f"{used} of {credits} credits cannot be used")
    return net_minor * used // credits


def releases(lots: Iterable[Lot], uses: Iterable[Use], used_before: Mapping[str, int]) -> list[Release]:
    """The money that each use of a period releases, in their order.

    Parameters
    ----------
    used_before : lot_id -> credits used before the period, 0 where absent
    """
    by_id = {lot.lot_id: lot for lot in lots}
    used = Counter(used_before)
    found = []
    for use in uses:
        lot = by_id[use.lot_id]
        before = left_minor(lot.net_minor, lot.credits, used[lot.lot_id])
        used[lot.lot_id] += use.credits
        after = left_minor(lot.net_minor, lot.credits, used[lot.lot_id])
        found.append(Release(lot, use.element_id, use.credits, after - before))
    return found


def month_revenue(
    month: str,
    released: Iterable[Release],
    *,
    waiting_minor: Mapping[str, int],
    occurred_at: str,
    policy: Policy | None = None,
) -> MonthRevenue:
    """Revenue lines of one month's releases.

    Parameters
    ----------
    month : stands in the line ids, as 2026-10
    waiting_minor : per currency, what earlier months' expired credits left waiting
    policy : in place of each plan's own, for the question "what if"
    """
    pools: dict[tuple[str, str], int] = defaultdict(int)
    credits: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    everyone: dict[str, Counter[str]] = defaultdict(Counter)
    expired: Counter[str] = Counter(waiting_minor)
    for release in released:
        lot = release.lot
        if not release.element_id:
            expired[lot.currency] += release.released_minor
            continue
        # A pool of money is one subscriber's, or ("") that of all whose plan shares pro rata.
        pool = (lot.currency, lot.subscriber_id if (policy or lot.policy) == "user_centric" else "")
        pools[pool] += release.released_minor
        credits[pool][release.element_id] += release.credits
        everyone[lot.currency][release.element_id] += release.credits
    lines = []
    for currency, subscriber in sorted(pools):
        name = f"{month}:{'user_centric:' + subscriber if subscriber else 'pro_rata'}:{currency}"
        lines += _lines(name, currency, pools[currency, subscriber], credits[currency, subscriber], occurred_at)
    waiting = {}
    for currency in sorted(expired):
        if everyone[currency]:
            lines += _lines(f"{month}:expired:{currency}", currency, expired[currency], everyone[currency], occurred_at)
        elif expired[currency]:
            waiting[currency] = expired[currency]
    return MonthRevenue(lines, waiting)


def _lines(name: str, currency: str, amount_minor: int, credits: Counter[str], occurred_at: str) -> list[RevenueRow]:
    elements = sorted(credits)
    parts = allocate(amount_minor, [credits[element] for element in elements])
    return [
        RevenueRow(f"{name}:{element}", element, "subscription", currency, part, 0, 0, occurred_at)
        for element, part in zip(elements, parts, strict=True)
        if part
    ]
