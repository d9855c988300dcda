"""Used credits as revenue lines: money leaves a subscriber's lot as its credits are used, month by month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import groupby
from uuid import UUID

from ledger.domain.settlement import subscriptions
from ledger.domain.settlement.period import RevenueRow
from ledger.models import CreditLot, CreditUse, Subscription
from ledger.services.settlements.lines import Line


def lines_of_uses(*, end: dt.datetime, earlier_ends: Sequence[dt.datetime], every_run: bool = False) -> list[Line]:
    """The lines of all credits used after the last of `earlier_ends` (with `every_run`: of all time) and before `end`.

    The whole history is walked, because money of expired credits may have waited for a month in which any were spent.
    """
    start = earlier_ends[-1] if earlier_ends and not every_run else None
    lots = lots_known()
    waiting: dict[str, int] = {}
    found: list[Line] = []
    uses = CreditUse.objects.filter(at__lt=end).order_by("position")
    for (run, month), group in groupby(uses, key=lambda use: _span(use.at, earlier_ends)):
        of_month = list(group)
        revenue = subscriptions.month_revenue(
            f"{month}/{run}",
            list(releases(of_month, lots)),
            waiting_minor=waiting,
            occurred_at=of_month[-1].at.isoformat(),
        )
        waiting = revenue.waiting_minor
        if start is None or of_month[-1].at >= start:
            found += [line_of(row, of_month) for row in revenue.lines]
    return found


def _span(at: dt.datetime, ends: Sequence[dt.datetime]) -> tuple[int, str]:
    """A calendar month, cut where a run ended within it."""
    return sum(end <= at for end in ends), f"{at:%Y-%m}"


def lots_known() -> dict[UUID, subscriptions.Lot]:
    """Every lot by its id, with its plan's policy."""
    policies = dict(Subscription.objects.values_list("subscription_id", "policy"))
    return {
        row.lot_id: subscriptions.Lot(
            lot_id=str(row.lot_id),
            subscriber_id=str(row.subscriber_id),
            currency=row.currency,
            credits=row.credits,
            net_minor=row.net_minor,
            policy="pro_rata" if policies.get(row.subscription_id) == "pro_rata" else "user_centric",
        )
        for row in CreditLot.objects.all()
    }


def releases(uses: Sequence[CreditUse], lots: dict[UUID, subscriptions.Lot]) -> Iterator[subscriptions.Release]:
    """The money that each use let go. Credits without money behind them (of a trial) take no part of others' money."""
    for use in uses:
        if not lots[use.lot_id].net_minor:
            continue
        element = str(use.element_id) if use.element_id else ""
        yield subscriptions.Release(lots[use.lot_id], element, use.credits, use.released_minor)


def line_of(row: RevenueRow, uses: Sequence[CreditUse]) -> Line:
    """A row of the month's revenue as a line of a run, dated by the element's newest use."""
    newest = max(use.position for use in uses if str(use.element_id) == row.element_id)
    return Line(
        line_id=row.line_id,
        element_id=UUID(row.element_id),
        kind="subscription",
        currency=row.currency,
        gross_minor=row.gross_minor,
        tax_minor=row.tax_minor,
        fee_minor=row.fee_minor,
        at=uses[-1].at,
        sale_position=newest,
    )
