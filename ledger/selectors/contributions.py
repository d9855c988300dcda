"""Questions about measured contribution: what was found, who contests it, what keeps an element off sale."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from ledger import models
from ledger.selectors.elements import element, elements, versions_of
from ledger.selectors.rights import splits_in_force
from ledger.selectors.rows import as_value

__all__ = [
    "Contest",
    "Contribution",
    "contest",
    "contests_of",
    "contribution",
    "contribution_of",
    "departs_from_settled",
    "elements_contested",
    "elements_measured",
    "open_contest",
    "open_contests",
    "parties_to_contribution",
]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """Somebody says the figures are wrong; `state` is open, agreed, decided or withdrawn.

    Offered and settled figures are lists of {element_id, upstream_ppm} and of {party_id, role, share_ppm}.
    """

    contest_id: UUID
    contribution_id: UUID
    element_id: UUID
    party_id: UUID
    words_hash: str
    state: str
    offered_parents: list[dict[str, Any]] | None
    offered_contributors: list[dict[str, Any]] | None
    settled_parents: list[dict[str, Any]] | None
    settled_contributors: list[dict[str, Any]] | None
    reason_hash: str | None
    at: dt.datetime
    position: int
    settled_position: int | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What was measured of one version.

    parents : {element_id, content_hash, units, measured_ppm, proposed_upstream_ppm}
    contributors : {party_id, role, units_milli, proposed_share_ppm}
    settled : the contest whose end put other figures in the place of these, if one did
    """

    contribution_id: UUID
    element_id: UUID
    actor_id: UUID
    version: int
    content_hash: str
    unit: str
    units_total: int
    parents: list[dict[str, Any]]
    contributors: list[dict[str, Any]]
    detail_hash: str
    at: dt.datetime
    position: int
    settled: Contest | None

    @property
    def shares(self) -> list[dict[str, Any]]:
        """The split that follows from it, {party_id, role, share_ppm}: as settled, else as proposed."""
        if self.settled is not None and self.settled.settled_contributors is not None:
            return self.settled.settled_contributors
        return [
            {"party_id": one["party_id"], "role": one["role"], "share_ppm": one["proposed_share_ppm"]}
            for one in self.contributors
            if one["proposed_share_ppm"]
        ]

    @property
    def upstream(self) -> dict[UUID, int]:
        """Parent -> the ppm that flow back, as settled, else as proposed."""
        if self.settled is not None and self.settled.settled_parents is not None:
            return {UUID(one["element_id"]): one["upstream_ppm"] for one in self.settled.settled_parents}
        return {UUID(one["element_id"]): one["proposed_upstream_ppm"] for one in self.parents}


def contribution_of(element_id: UUID) -> Contribution | None:
    """The newest measurement of an element."""
    row = models.Contribution.objects.filter(element_id=element_id).order_by("-position").first()
    return _of(row) if row else None


def elements_measured(*, before: dt.datetime, days: int = 7) -> list[UUID]:
    """Elements measured in the `days` before this moment."""
    rows = models.Contribution.objects.filter(at__lte=before, at__gt=before - dt.timedelta(days=days))
    return list(rows.order_by("element_id").values_list("element_id", flat=True).distinct())


def contribution(contribution_id: UUID) -> Contribution | None:
    """The measurement with this id."""
    row = models.Contribution.objects.filter(contribution_id=contribution_id).first()
    return _of(row) if row else None


def contests_of(element_id: UUID) -> list[Contest]:
    """Every contest of an element's figures, newest first."""
    rows = models.ContributionContest.objects.filter(element_id=element_id).order_by("-position")
    return [as_value(Contest, row) for row in rows]


def contest(contest_id: UUID) -> Contest | None:
    """The contest with this id."""
    row = models.ContributionContest.objects.filter(contest_id=contest_id).first()
    return as_value(Contest, row) if row else None


def open_contest(element_id: UUID) -> Contest | None:
    """The oldest contest of an element that is not settled; while there is one the element stays off sale."""
    row = models.ContributionContest.objects.filter(element_id=element_id, state="open").order_by("position").first()
    return as_value(Contest, row) if row else None


def open_contests() -> list[Contest]:
    """Every contest that is not settled, oldest first."""
    rows = models.ContributionContest.objects.filter(state="open").order_by("position")
    return [as_value(Contest, row) for row in rows]


def elements_contested(element_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these elements with an open contest."""
    rows = models.ContributionContest.objects.filter(element_id__in=element_ids, state="open")
    return set(rows.values_list("element_id", flat=True))


def departs_from_settled(element_id: UUID) -> bool:
    """Whether a contest was settled and the split in force is another than was settled."""
    found = contribution_of(element_id)
    if found is None or found.settled is None:
        return False
    settled, in_force = Counter[UUID](), Counter[UUID]()
    for share in found.shares:
        settled[UUID(share["party_id"])] += share["share_ppm"]
    for one in splits_in_force(element_id):
        in_force[one.party_id] += one.share_ppm
    return settled != in_force


def parties_to_contribution(found: Contribution) -> set[UUID]:
    """Whoever may contest it: who took part in any version, and who made or owns a share of a parent."""
    parties = {UUID(one["party_id"]) for version in versions_of(found.element_id) for one in version.contributors}
    parties |= {UUID(one["party_id"]) for one in found.contributors}
    parent_ids = [UUID(one["element_id"]) for one in found.parents]
    parties |= {parent.creator_id for parent in elements(parent_ids).values()}
    parties |= {share.party_id for parent_id in parent_ids for share in splits_in_force(parent_id)}
    made = element(found.element_id)
    return parties | ({made.creator_id} if made else set())


def _of(row: models.Contribution) -> Contribution:
    ended = (
        models.ContributionContest.objects.filter(contribution_id=row.contribution_id, state__in=("agreed", "decided"))
        .order_by("-settled_position")
        .first()
    )
    return as_value(Contribution, row, settled=as_value(Contest, ended) if ended else None)
