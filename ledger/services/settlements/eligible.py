"""Which money a run takes: what is mature before its end, no run before it took, and nothing keeps back.

A sale is mature once its charge is settled and its refund window is over; what reverses a sale is mature with it at the
earliest. Three things make mature money wait, each as it stood when a run was calculated (`Run.position`), so that the
same run always takes the same lines:

- a hold on the element: all its lines enter the first run after the hold is lifted;
- a deferral of a line or an order: it enters the first run that ends later than `until`;
- an open claim: only the disputed share waits; it enters the first run after the decision, for the element that the
  decision names.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.conf import settings

from ledger.domain.settlement import allocate
from ledger.models import Claim, Deferral, EventRow, Hold, RevenueLine, SettlementRun
from ledger.services.settlements import credits, periods
from ledger.services.settlements.lines import Line
from ledger.services.settlements.periods import Period

PPM = 1_000_000
TAKEN_STATES = ("calculated", "reviewed", "approved", "released", "closed")
NOT_YET = 2**62
"""A position after every event: that of a run which is not calculated yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run as far as this question goes: its period's end, and the position at which it was calculated."""

    end: dt.datetime
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A mature line, or its disputed part, that the run leaves alone, and what keeps it back."""

    line: Line
    cause: str  # hold | deferral | claim | maturity | fee
    cause_id: UUID | None
    until: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keepers:
    """Everything that ever kept money back."""

    holds: Mapping[UUID, list[Hold]] = field(default_factory=dict)
    deferrals: Mapping[str, list[Deferral]] = field(default_factory=dict)
    claims: Mapping[UUID, list[Claim]] = field(default_factory=dict)

    def keeper(self, line: Line, order_id: UUID | None, run: Run) -> tuple[str, Hold | Deferral] | None:
        """What keeps a whole line out of this run; None if nothing does."""
        for hold in self.holds.get(line.element_id, ()):
            if _stands(hold.position, hold.lifted_position, run):
                return "hold", hold
        for name in (line.line_id, str(order_id)):
            for deferral in self.deferrals.get(name, ()):
                if _stands(deferral.position, deferral.resumed_position, run) and run.end <= deferral.until:
                    return "deferral", deferral
        return None

    def claim(self, element_id: UUID, run: Run) -> Claim | None:
        """The claim that holds the disputed share of an element's lines in this run: the first that was opened."""
        claims = self.claims.get(element_id, ())
        return next((one for one in claims if _stands(one.position, one.decided_position, run)), None)


def _stands(position: int, over_position: int | None, run: Run) -> bool:
    return position < run.position and (over_position is None or over_position > run.position)


def lines(
    period: Period,
    *,
    earlier_ends: Sequence[dt.datetime],
    window: dt.timedelta,
    element_ids: Collection[UUID] | None = None,
) -> list[Line]:
    """The lines of the run that ends with `period`, after runs that ended at `earlier_ends` (ascending).

    element_ids : only lines of these, and none of used credits: a subscriber's money is divided over all that it used
    """
    taken: list[Line] = []
    _walk(
        period,
        earlier_ends=earlier_ends,
        window=window,
        take=taken.append,
        wait=lambda _: None,
        element_ids=element_ids,
    )
    return sorted(taken, key=lambda line: (line.sale_position, line.line_id))


def waiting(period: Period, *, earlier_ends: Sequence[dt.datetime], window: dt.timedelta) -> list[Waiting]:
    """Money from before the period's end that its run does not take, and why: kept back, or not mature yet."""
    found: list[Waiting] = []
    _walk(period, earlier_ends=earlier_ends, window=window, take=lambda _: None, wait=found.append)
    found += _immature(period.end, window)
    return sorted(found, key=lambda one: (one.line.sale_position, one.line.line_id))


def _walk(
    period: Period,
    *,
    earlier_ends: Sequence[dt.datetime],
    window: dt.timedelta,
    take: Callable[[Line], None],
    wait: Callable[[Waiting], None],
    element_ids: Collection[UUID] | None = None,
) -> None:
    """Give every line that the run takes to `take`, and what waits in it to `wait`."""
    runs, keepers = _runs([*earlier_ends, period.end]), _keepers()
    mature = ((_line(row), row.order_id, at) for row, at in _mature_rows(period.end, window, element_ids))
    if element_ids is not None:
        for line, order_id, mature_at in mature:
            _place(line, order_id, mature_at, runs, keepers, take, wait)
        return
    # Only where something was ever kept back can a use of credits from before the last run matter now.
    kept_back = bool(keepers.holds or keepers.deferrals or keepers.claims)
    uses = credits.lines_of_uses(end=period.end, earlier_ends=earlier_ends, every_run=kept_back)
    for line, order_id, mature_at in (*mature, *((line, None, line.at) for line in uses)):
        _place(line, order_id, mature_at, runs, keepers, take, wait)


def _place(
    line: Line,
    order_id: UUID | None,
    mature_at: dt.datetime,
    runs: Sequence[Run],
    keepers: Keepers,
    take: Callable[[Line], None],
    wait: Callable[[Waiting], None],
) -> None:
    """Walk a line through the runs from the first in which it is mature, until one takes it."""
    last = len(runs) - 1
    first = min(bisect_right(runs, mature_at, key=lambda run: run.end), last)
    disputed: Line | None = None
    holding: Claim | None = None
    for place in range(first, len(runs)):
        run = runs[place]
        if kept := keepers.keeper(line, order_id, run):
            if place == last:
                until = kept[1].until if isinstance(kept[1], Deferral) else None
                wait(Waiting(line=disputed or line, cause=kept[0], cause_id=_id(kept[1]), until=until))
            continue
        if disputed is None:
            holding = keepers.claim(line.element_id, run)
            if holding is None:
                if place == last:
                    take(line)
                return
            free, disputed = _divided(line, min(holding.disputed_ppm, PPM))
            if place == last:
                take(free)
        if holding is not None and _stands(holding.position, holding.decided_position, run):
            if place == last:
                wait(Waiting(line=disputed, cause="claim", cause_id=holding.claim_id))
            continue
        if place == last and holding is not None:
            owner = holding.resembles_id if holding.state == "upheld" else line.element_id
            take(replace(disputed, element_id=owner))
        return


def _id(kept: Hold | Deferral) -> UUID:
    return kept.hold_id if isinstance(kept, Hold) else kept.deferral_id


def _runs(ends: Sequence[dt.datetime]) -> list[Run]:
    """The runs with these ends; the last one may not be calculated yet."""
    known = SettlementRun.objects.filter(state__in=TAKEN_STATES).values_list("period", "position")
    positions = {periods.parse(name).end: position for name, position in known}
    return [Run(end=end, position=positions.get(end, NOT_YET)) for end in ends]


def _keepers() -> Keepers:
    holds: defaultdict[UUID, list[Hold]] = defaultdict(list)
    for hold in Hold.objects.order_by("position"):
        if hold.element_id is not None:
            holds[hold.element_id].append(hold)
    deferrals: defaultdict[str, list[Deferral]] = defaultdict(list)
    for deferral in Deferral.objects.order_by("position"):
        deferrals[deferral.line_id or str(deferral.order_id)].append(deferral)
    claims: defaultdict[UUID, list[Claim]] = defaultdict(list)
    for claim in Claim.objects.order_by("position"):
        claims[claim.element_id].append(claim)
    return Keepers(holds=holds, deferrals=deferrals, claims=claims)


def _mature_rows(
    end: dt.datetime, window: dt.timedelta, element_ids: Collection[UUID] | None = None
) -> Iterator[tuple[RevenueLine, dt.datetime]]:
    """Rows that are mature before `end` with this refund window, and when they are so with the published one.

    The two differ in estimates, which wait for no window: what an earlier run took is decided by the published one.
    """
    published = max(window, dt.timedelta(days=settings.REFUND_WINDOW_DAYS))
    only = {} if element_ids is None else {"element_id__in": list(element_ids)}
    rows = list(RevenueLine.objects.filter(at__lt=end, settled_position__isnull=False, **only))
    times = _times([position for row in rows for position in (row.settled_position, row.sale_position)])
    settled_at = {row.position: times[row.settled_position] for row in rows if row.kind == "sale"}
    for row in rows:
        if row.order_id is None:  # a correction, or sold by others: nobody can send it back
            mature_at = published_at = row.at
        else:
            # A reversal waits for the sale it reverses, and that for its fee: the two are never counted apart.
            sale_settled = settled_at.get(row.sale_position)
            if sale_settled is None:
                continue
            mature_at = max(row.at, times[row.sale_position] + window, sale_settled)
            published_at = max(mature_at, times[row.sale_position] + published)
        if mature_at < end:
            yield row, published_at


def _immature(end: dt.datetime, window: dt.timedelta) -> Iterator[Waiting]:
    """Rows from before `end` whose fee is not known or whose refund window is not over by then."""
    mature = {row.revenue_id for row, _ in _mature_rows(end, window)}
    for row in RevenueLine.objects.filter(at__lt=end).exclude(kind="adjustment"):
        if row.revenue_id not in mature:
            no_fee = row.settled_position is None
            until = None if no_fee else row.at + window
            yield Waiting(line=_line(row), cause="fee" if no_fee else "maturity", cause_id=None, until=until)


def _times(positions: Iterable[int | None]) -> dict[int | None, dt.datetime]:
    found = EventRow.objects.filter(position__in={position for position in positions if position is not None})
    return dict(found.values_list("position", "at"))


def _line(row: RevenueLine) -> Line:
    return Line(
        line_id=row.revenue_id,
        element_id=row.element_id,
        kind=row.kind,
        currency=row.currency,
        gross_minor=row.gross_minor,
        tax_minor=row.tax_minor,
        fee_minor=row.fee_minor or 0,
        at=row.at,
        sale_position=row.sale_position,
    )


def _divided(line: Line, disputed_ppm: int) -> tuple[Line, Line]:
    weights = [PPM - disputed_ppm, disputed_ppm]
    gross, tax, fee = (allocate(v, weights) for v in (line.gross_minor, line.tax_minor, line.fee_minor))
    first, second = (
        replace(line, gross_minor=gross[i], tax_minor=tax[i], fee_minor=fee[i], line_id=f"{line.line_id}{mark}")
        for i, mark in ((0, ""), (1, "/disputed"))
    )
    return first, second
