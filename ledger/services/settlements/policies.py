"""What a month's credits bring to whom under either policy, side by side; the month itself is not changed.

Only the division of the money among the elements differs. From there on both go the same way: commission, upstream
shares, splits and contracts as they were when the credits were used, through the kernel of every run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from ledger.domain.settlement import epochs
from ledger.domain.settlement import period as rows
from ledger.domain.settlement.run import settle
from ledger.domain.settlement.subscriptions import Policy, month_revenue
from ledger.models import CreditUse
from ledger.services.settlements import credits, folder, gather
from ledger.services.settlements.lines import Line

POLICIES: tuple[Policy, ...] = ("user_centric", "pro_rata")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRow:
    """What a party would get from the credits of a period, in micro, under each policy."""

    party_id: UUID
    currency: str
    user_centric_micro: int
    pro_rata_micro: int

    @property
    def difference_micro(self) -> int:
        """What pro rata would bring more (or, below zero, less)."""
        return self.pro_rata_micro - self.user_centric_micro


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One period under both policies. Money of expired credits is divided alike in both, by the published rule."""

    rows: tuple[PolicyRow, ...]
    credits_spent: int
    credits_expired: int
    subscribers: int
    waiting_minor: dict[str, int]


def compare(*, start: dt.datetime, end: dt.datetime) -> Comparison:
    """Both policies over the calendar months of a period."""
    uses = list(CreditUse.objects.filter(at__lt=end).order_by("position"))
    inside = [use for use in uses if use.at >= start]
    outcome = {policy: _lines(uses, start, policy) for policy in POLICIES}
    amounts = {policy: royalties(lines) for policy, (lines, _waiting) in outcome.items()}
    keys = sorted({*amounts["user_centric"], *amounts["pro_rata"]}, key=lambda key: (key[1], str(key[0])))
    return Comparison(
        rows=tuple(
            PolicyRow(
                party_id=party_id,
                currency=currency,
                user_centric_micro=amounts["user_centric"].get((party_id, currency), 0),
                pro_rata_micro=amounts["pro_rata"].get((party_id, currency), 0),
            )
            for party_id, currency in keys
        ),
        credits_spent=sum(use.credits for use in inside if use.element_id),
        credits_expired=sum(use.credits for use in inside if not use.element_id),
        subscribers=len({use.subscriber_id for use in inside if use.element_id}),
        waiting_minor=outcome["user_centric"][1],
    )


def _lines(uses: Sequence[CreditUse], start: dt.datetime, policy: Policy) -> tuple[list[Line], dict[str, int]]:
    """Lines of the months from `start` on. All months are walked: money of expired credits may have waited."""
    lots = credits.lots_known()
    waiting: dict[str, int] = {}
    found: list[Line] = []
    months: dict[str, list[CreditUse]] = {}
    for use in uses:
        months.setdefault(f"{use.at:%Y-%m}", []).append(use)
    for month, of_month in months.items():
        revenue = month_revenue(
            month,
            list(credits.releases(of_month, lots)),
            waiting_minor=waiting,
            occurred_at=of_month[-1].at.isoformat(),
            policy=policy,
        )
        waiting = revenue.waiting_minor
        if of_month[-1].at >= start:
            found += [credits.line_of(row, of_month) for row in revenue.lines]
    return found, waiting


def royalties(lines: Sequence[Line]) -> dict[tuple[UUID, str], int]:
    """(party, currency) -> what these lines bring by the rights in force at their positions; nothing else is taken."""
    if not lines:
        return {}
    base = rows.Period(
        commission_ppm=settings.COMMISSION_PPM,
        platform_party=str(settings.PLATFORM_PARTY_ID),
        splits=(),
        revenue=(),
    )
    cutoff = max(line.sale_position for line in lines)
    dated = epochs.in_epochs(base, [gather.dated_line(line) for line in lines], gather.rights(cutoff)).period
    result = settle(folder.read(rows.folder_files(dated)))
    return {(UUID(row.party_id), row.currency): row.royalty_micro for row in result.statement_rows()}
