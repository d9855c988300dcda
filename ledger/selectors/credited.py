"""Questions about who is credited and who is named: the other way round from elements and proposals."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from ledger import models
from ledger.domain.events import AdjustmentPosted, Contribution
from ledger.domain.records import event_of_leaf
from ledger.selectors.rights import SplitProposal, split_proposals_where

__all__ = [
    "RevenueFact",
    "RoleProposal",
    "adjustment_reasons",
    "contributors",
    "contributors_of",
    "elements_credited",
    "elements_shared",
    "open_proposal",
    "people_credited",
    "proposals_naming",
    "revenue_by_ids",
    "role_proposal",
    "role_proposals",
    "role_proposals_for",
]


def contributors(element_id: UUID) -> list[Contribution]:
    """Who took part in an element and as what: everyone whom a version names, as corrected, by first appearance."""
    return contributors_of([element_id]).get(element_id, [])


def contributors_of(element_ids: Iterable[UUID]) -> dict[UUID, list[Contribution]]:
    """The credits of many elements, in one query."""
    rows = models.Credit.objects.filter(element_id__in=list(element_ids), standing=True)
    found: dict[UUID, list[Contribution]] = {}
    for row in rows.order_by("position", "place", "party_id", "role"):
        named = Contribution(party_id=row.party_id, role=row.role)  # type: ignore[arg-type]  # a role when it was written
        found.setdefault(row.element_id, []).append(named)
    return found


def elements_credited(party_id: UUID, *, limit: int = 500) -> list[UUID]:
    """Elements that credit this party, newest first."""
    rows = models.Credit.objects.filter(party_id=party_id, standing=True).order_by("-position", "element_id")
    return list(dict.fromkeys(rows.values_list("element_id", flat=True)[:limit]))


def people_credited(*, name: str = "", role: str = "", limit: int = 200) -> dict[UUID, list[tuple[UUID, str]]]:
    """Party -> (element, role) of every credit, of parties whose name holds `name` and who were ever this `role`."""
    credited = models.Credit.objects.filter(standing=True)
    if name:
        named = models.PartyIdentity.objects.filter(display_name__icontains=name).values("party_id")
        credited = credited.filter(party_id__in=named)
    if role:
        credited = credited.filter(role=role)
    parties = list(credited.order_by("party_id").values_list("party_id", flat=True).distinct()[:limit])
    found: dict[UUID, list[tuple[UUID, str]]] = {party_id: [] for party_id in parties}
    for row in models.Credit.objects.filter(standing=True, party_id__in=parties).order_by("-position"):
        found[row.party_id].append((row.element_id, row.role))
    return found


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RoleProposal:
    """A correction of an element's credits: open, refused or effective."""

    proposal_id: UUID
    element_id: UUID
    proposer_id: UUID
    added: tuple[Contribution, ...]
    removed: tuple[Contribution, ...]
    needs: tuple[UUID, ...]
    accepted: tuple[UUID, ...]
    state: str
    position: int

    @property
    def waiting_for(self) -> frozenset[UUID]:
        """Whose answer is missing."""
        return frozenset(self.needs) - frozenset(self.accepted) if self.state == "open" else frozenset()


def role_proposals(element_id: UUID) -> list[RoleProposal]:
    """Every correction that was proposed for an element, newest first."""
    rows = models.RoleProposal.objects.filter(element_id=element_id).order_by("-position")
    return [_role_proposal(row) for row in rows]


def role_proposal(proposal_id: UUID) -> RoleProposal | None:
    """The proposal with this id."""
    row = models.RoleProposal.objects.filter(proposal_id=proposal_id).first()
    return _role_proposal(row) if row else None


def role_proposals_for(party_id: UUID) -> list[RoleProposal]:
    """Open corrections that wait for this party's answer."""
    rows = models.RoleProposal.objects.filter(state="open", needs__contains=[str(party_id)]).order_by("-position")
    return [found for row in rows if party_id in (found := _role_proposal(row)).waiting_for]


def _role_proposal(row: models.RoleProposal) -> RoleProposal:
    def named(rows: list[dict[str, str]]) -> tuple[Contribution, ...]:
        return tuple(
            Contribution(party_id=UUID(one["party_id"]), role=one["role"])  # type: ignore[arg-type]
            for one in rows
        )

    return RoleProposal(
        proposal_id=row.proposal_id,
        element_id=row.element_id,
        proposer_id=row.proposer_id,
        added=named(row.added),
        removed=named(row.removed),
        needs=tuple(UUID(one) for one in row.needs),
        accepted=tuple(UUID(one) for one in row.accepted),
        state=row.state,
        position=row.position,
    )


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


def adjustment_reasons(event_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Event -> the hash of the reason of the adjustment that it posted; other events are left out."""
    rows = models.EventRow.objects.filter(id__in=set(event_ids)).values_list("id", "leaf")
    found = {event_id: event_of_leaf(bytes(leaf)) for event_id, leaf in rows}
    return {key: one.reason_hash for key, one in found.items() if isinstance(one, AdjustmentPosted)}


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
