"""Which money a run takes: what is mature before its end and was not before the end of the run before it.

A sale is mature once its charge is settled and its refund window is over; what reverses a sale is mature with it at the
earliest. While a claim on an element is open, only the disputed share of its lines is held: it enters the first run
after the decision, for the element that the decision names.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from ledger.domain.settlement import allocate
from ledger.models import Claim, EventRow, RevenueLine
from ledger.services.settlements import credits
from ledger.services.settlements.lines import Line
from ledger.services.settlements.periods import Period

PPM = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claimed:
    """A claim with its times: open from `opened_at` until `decided_at` (None: still open)."""

    claim: Claim
    opened_at: dt.datetime
    decided_at: dt.datetime | None


def lines(period: Period, *, earlier_ends: Sequence[dt.datetime], window: dt.timedelta) -> list[Line]:
    """The lines of the run that ends with `period`, after runs that ended at `earlier_ends` (ascending)."""
    ends = [*earlier_ends, period.end]
    claims = _claims()
    found = []
    for row, mature_at in _mature_rows(period.end, window):
        found += _parts(row, mature_at, ends, claims.get(row.element_id, []))
    found += credits.lines_of_uses(end=period.end, earlier_ends=earlier_ends)
    return sorted(found, key=lambda line: (line.sale_position, line.line_id))


def _mature_rows(end: dt.datetime, window: dt.timedelta) -> Iterator[tuple[RevenueLine, dt.datetime]]:
    """Rows that are mature before `end`, with the moment they became so."""
    rows = list(RevenueLine.objects.filter(at__lt=end, settled_position__isnull=False))
    times = _times([position for row in rows for position in (row.settled_position, row.sale_position)])
    settled_at = {row.position: times[row.settled_position] for row in rows if row.kind == "sale"}
    for row in rows:
        if row.kind == "adjustment":
            mature_at = row.at
        else:
            # A reversal waits for the sale it reverses, and that for its fee: the two are never counted apart.
            sale_settled = settled_at.get(row.sale_position)
            if sale_settled is None:
                continue
            mature_at = max(row.at, times[row.sale_position] + window, sale_settled)
        if mature_at < end:
            yield row, mature_at


def _times(positions: Iterable[int | None]) -> dict[int | None, dt.datetime]:
    found = EventRow.objects.filter(position__in={position for position in positions if position is not None})
    return dict(found.values_list("position", "at"))


def _claims() -> Mapping[UUID, list[_Claimed]]:
    claims = list(Claim.objects.order_by("position"))
    times = _times([position for claim in claims for position in (claim.position, claim.decided_position)])
    found: dict[UUID, list[_Claimed]] = {}
    for claim in claims:
        decided_at = times.get(claim.decided_position) if claim.decided_position is not None else None
        one = _Claimed(claim=claim, opened_at=times[claim.position], decided_at=decided_at)
        found.setdefault(claim.element_id, []).append(one)
    return found


def _parts(
    row: RevenueLine, mature_at: dt.datetime, ends: Sequence[dt.datetime], claims: Sequence[_Claimed]
) -> list[Line]:
    """What of a row enters the last of the runs that end at `ends`: the undisputed part in the first run after it is
    mature, a disputed part in the first run after its claim was decided."""
    run = len(ends) - 1
    first_run = bisect_right(ends, mature_at)
    line = _line(row)
    holding = [
        one
        for one in claims
        if one.opened_at < ends[first_run] and (one.decided_at is None or one.decided_at >= ends[first_run])
    ]
    if not holding:
        return [line] if first_run == run else []
    held = holding[0]  # one claim at a time holds an element's share: the first that was opened
    free, disputed = _divided(line, min(held.claim.disputed_ppm, PPM))
    parts = [free] if first_run == run else []
    if held.decided_at is not None and bisect_right(ends, held.decided_at) == run:
        owner = held.claim.resembles_id if held.claim.state == "upheld" else line.element_id
        parts.append(replace(disputed, element_id=owner))
    return parts


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
