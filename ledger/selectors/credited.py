"""Questions about who is credited and who is named: the other way round from elements and proposals."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from ledger import models
from ledger.domain.events import Contribution
from ledger.selectors.rights import SplitProposal, split_proposals_where


def contributors(element_id: UUID) -> list[Contribution]:
    """Everyone who took part in any version of an element, each (party, role) once, in order of first appearance."""
    versions = models.ElementVersion.objects.filter(element_id=element_id).order_by("version")
    found: dict[tuple[str, str], Contribution] = {}
    for named in versions.values_list("contributors", flat=True):
        for one in named:
            found.setdefault(
                (one["party_id"], one["role"]), Contribution(party_id=UUID(one["party_id"]), role=one["role"])
            )
    return list(found.values())


def elements_credited(party_id: UUID, *, limit: int = 500) -> list[UUID]:
    """Elements that name this party as a contributor, newest first."""
    versions = models.ElementVersion.objects.filter(contributors__contains=[{"party_id": str(party_id)}])
    return list(dict.fromkeys(versions.order_by("-position").values_list("element_id", flat=True)[:limit]))


def elements_shared(party_id: UUID) -> list[UUID]:
    """Elements of which this party ever had a share."""
    shares = models.SplitShare.objects.filter(party_id=party_id)
    return list(shares.order_by("element_id").values_list("element_id", flat=True).distinct())


def proposals_naming(party_id: UUID, *, limit: int = 200) -> list[SplitProposal]:
    """Every split proposal that names this party, newest first, whatever became of it."""
    return split_proposals_where(shares__contains=[{"party_id": str(party_id)}])[:limit]


def open_proposal(element_id: UUID) -> SplitProposal | None:
    """The proposal for an element that still waits for answers."""
    return next(iter(split_proposals_where(element_id=element_id, state="open")), None)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RevenueFact:
    """The event behind one revenue line of a run."""

    revenue_id: str
    kind: str
    element_id: UUID
    order_id: UUID | None
    line_id: UUID | None
    at: dt.datetime
    event_id: UUID


def revenue_by_ids(revenue_ids: Iterable[str]) -> dict[str, RevenueFact]:
    """Revenue lines by id, each with the event whose receipt proves it; those of subscriptions are not among them."""
    rows = list(models.RevenueLine.objects.filter(revenue_id__in=set(revenue_ids)))
    events = dict(models.EventRow.objects.filter(position__in=[r.position for r in rows]).values_list("position", "id"))
    return {
        row.revenue_id: RevenueFact(
            revenue_id=row.revenue_id,
            kind=row.kind,
            element_id=row.element_id,
            order_id=row.order_id,
            line_id=row.line_id,
            at=row.at,
            event_id=events[row.position],
        )
        for row in rows
    }
