"""Late revenue that a correction told: what of it is still waited for, and which money of the log it turned out to be.

Nothing in a line of another shop's report says that a correction told it before, so staff say it, of each such line,
when they book it: the run that takes the line counts the two once (`told`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from ledger.domain import corrections as domain
from ledger.domain import events
from ledger.domain.corrections.told import Told
from ledger.domain.errors import WrongStateError
from ledger.domain.ids import uuid7
from ledger.models import ArrivedCorrection, Correction, RevenueLine, SettlementRun
from ledger.services import log
from ledger.services.append import append
from ledger.services.settlements import folder, runs, told


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """Money that posted corrections gave to payees and that has not come in: `left` of it."""

    told_id: str
    run_id: UUID
    element_id: UUID
    currency: str
    left: Told
    occurred_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A line of the log from outside, and what staff said that it is (None: nothing yet)."""

    line_id: UUID
    gross_minor: int
    at: dt.datetime
    told_id: str | None


def standing(element_ids: Iterable[UUID] | None = None) -> list[Late]:
    """What is waited for (of these elements), the oldest first."""
    left = {sale: rest for sale, rest in told.standing().items() if rest.gross_minor > 0}
    only = None if element_ids is None else set(element_ids)
    found = [one for one in _told(left) if only is None or one.element_id in only]
    return sorted(found, key=lambda one: (one.occurred_at, one.told_id))


def _told(left: told.Amounts) -> Iterator[Late]:
    if not left:
        return
    corrected = Correction.objects.filter(state="posted").order_by("run_id", "-changed_position").distinct("run_id")
    for one in corrected:
        _columns, rows = domain.read_rows(folder.file(one.inputs_hash, "revenue.csv"))
        for row in rows:
            if rest := left.get(row["line_id"]):
                yield Late(
                    told_id=row["line_id"],
                    run_id=one.run_id,
                    element_id=UUID(domain.true_id(row["element_id"])),
                    currency=rest.currency,
                    left=rest,
                    occurred_at=row["occurred_at"],
                )


def arrivals(late: Late) -> list[Arrival]:
    """Money from outside that no run has taken and that may be it, newest first."""
    rows = _from_outside().filter(element_id=late.element_id, currency=late.currency).order_by("-position")[:100]
    said = dict(ArrivedCorrection.objects.values_list("line_id", "told_id"))
    return [
        Arrival(line_id=UUID(row.revenue_id), gross_minor=row.gross_minor, at=row.at, told_id=said.get(row.revenue_id))
        for row in rows
        if not _is_taken(row)
    ]


def _from_outside() -> QuerySet[RevenueLine]:
    """Sales without an order that were not taken back."""
    mirrored = RevenueLine.objects.filter(order_id__isnull=True, kind="adjustment").exclude(position=F("sale_position"))
    return RevenueLine.objects.filter(order_id__isnull=True, kind="sale", gross_minor__gt=0).exclude(
        position__in=mirrored.values("sale_position")
    )


def _is_taken(row: RevenueLine) -> bool:
    """Whether a run that was not discarded has the line, or a part of it."""
    later = SettlementRun.objects.filter(state__in=(*runs.OPEN_STATES, "closed"), cutoff_position__gte=row.position)
    names = (f"\n{row.revenue_id},".encode(), f"\n{row.revenue_id}/".encode())
    files = (folder.file(run.inputs_hash, "revenue.csv") for run in later)
    return any(name in content for content in files for name in names)


@transaction.atomic
def say(*, line_id: UUID, told_id: str, actor_id: UUID) -> None:
    """This money is the late revenue that a correction told, or (empty) it is other money. The last word holds.

    Raises
    ------
    WrongStateError
        If no correction waits for that, the money is another element's, or a run has taken it already.
    """
    log.lock_head()
    row = RevenueLine.objects.filter(revenue_id=str(line_id), order_id__isnull=True).first()
    if row is not None and _is_taken(row):
        raise WrongStateError("a run has taken it: what it counted stays")
    if row is None:
        raise WrongStateError("there is no such money from outside")
    announce(line_id=line_id, told_id=told_id, element_id=row.element_id, currency=row.currency, actor_id=actor_id)


@transaction.atomic
def announce(*, line_id: UUID, told_id: str, element_id: UUID, currency: str, actor_id: UUID) -> None:
    """The same of money that is about to be booked under this id.

    Raises
    ------
    WrongStateError
        If no correction waits for that, or it told another element's money.
    """
    _check(told_id, element_id=element_id, currency=currency)
    append(
        events.CorrectionArrived(line_id=line_id, told_id=told_id),
        actor_id=actor_id,
        key=f"correction.arrived:{line_id}:{uuid7()}",
    )


def _check(told_id: str, *, element_id: UUID, currency: str) -> None:
    if not told_id:
        return
    waited = {one.told_id: one for one in standing()}
    if told_id not in waited:
        raise WrongStateError("no correction waits for that money")
    if (waited[told_id].element_id, waited[told_id].currency) != (element_id, currency):
        raise WrongStateError("what the correction told is another element’s money, or in another currency")
