"""Questions about who is credited and who is named: the other way round from elements and proposals."""

from __future__ import annotations

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


def proposals_naming(party_id: UUID, *, limit: int = 200) -> list[SplitProposal]:
    """Every split proposal that names this party, newest first, whatever became of it."""
    return split_proposals_where(shares__contains=[{"party_id": str(party_id)}])[:limit]


def open_proposal(element_id: UUID) -> SplitProposal | None:
    """The proposal for an element that still waits for answers."""
    return next(iter(split_proposals_where(element_id=element_id, state="open")), None)
