"""Questions about who is entitled to what."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from ledger import models
from ledger.selectors.rows import as_value

__all__ = [
    "Claim",
    "Hold",
    "SplitProposal",
    "SplitShare",
    "all_splits",
    "claim",
    "claims_on",
    "open_claims",
    "proposals_waiting_for",
    "split_proposal",
    "split_proposals",
    "splits_in_force",
    "standing_holds",
]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SplitShare:
    """One party's part of an element's own portion, in force from `from_position` on."""

    element_id: UUID
    from_position: int
    place: int
    party_id: UUID
    role: str
    share_ppm: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SplitProposal:
    """A proposal with its answers; `waiting_for` are parties with an account that have not answered."""

    proposal_id: UUID
    element_id: UUID
    proposer_id: UUID
    shares: list[dict[str, Any]]
    state: str
    position: int
    ended_position: int | None
    accepted: frozenset[UUID]
    refused: frozenset[UUID]
    waiting_for: frozenset[UUID]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An element may contain another's; `disputed_ppm` of its income is held while it is open."""

    claim_id: UUID
    element_id: UUID
    resembles_id: UUID
    disputed_ppm: int
    reason: str
    state: str
    position: int
    decided_position: int | None
    reason_hash: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """While it stands, nothing is paid to the party, or no line of the element is settled."""

    hold_id: UUID
    party_id: UUID | None
    element_id: UUID | None
    currency: str | None
    reason_hash: str
    standing: bool
    position: int
    lifted_position: int | None


def splits_in_force(element_id: UUID, *, position: int | None = None) -> tuple[SplitShare, ...]:
    """The split that divides a sale at `position` (None: now); empty if none had taken effect."""
    rows = models.SplitShare.objects.filter(element_id=element_id)
    if position is not None:
        rows = rows.filter(from_position__lte=position)
    newest = rows.order_by("-from_position").values_list("from_position", flat=True).first()
    if newest is None:
        return ()
    return tuple(as_value(SplitShare, row) for row in rows.filter(from_position=newest).order_by("place"))


def all_splits(element_ids: Iterable[UUID]) -> list[SplitShare]:
    """Every split that ever was in force for these elements, oldest first."""
    rows = models.SplitShare.objects.filter(element_id__in=list(element_ids))
    return [as_value(SplitShare, row) for row in rows.order_by("from_position", "place")]


def split_proposal(proposal_id: UUID) -> SplitProposal | None:
    """The proposal with this id."""
    return next(iter(_proposals(models.SplitProposal.objects.filter(proposal_id=proposal_id))), None)


def split_proposals(element_id: UUID) -> list[SplitProposal]:
    """Every proposal for an element, newest first."""
    return _proposals(models.SplitProposal.objects.filter(element_id=element_id))


def proposals_waiting_for(party_id: UUID) -> list[SplitProposal]:
    """Open proposals that this party has to answer, newest first."""
    rows = models.SplitProposal.objects.filter(state="open", shares__contains=[{"party_id": str(party_id)}])
    return [proposal for proposal in _proposals(rows) if party_id in proposal.waiting_for]


def split_proposals_where(**conditions: Any) -> list[SplitProposal]:
    """Proposals whose row meets these conditions, newest first."""
    return _proposals(models.SplitProposal.objects.filter(**conditions))


def _proposals(rows: Any) -> list[SplitProposal]:
    found = list(rows.order_by("-position"))
    answers: dict[tuple[UUID, bool], set[UUID]] = {}
    for answer in models.SplitAnswer.objects.filter(proposal_id__in=[row.proposal_id for row in found]):
        answers.setdefault((answer.proposal_id, answer.accepted), set()).add(answer.party_id)
    named = {row.proposal_id: {UUID(share["party_id"]) for share in row.shares} for row in found}
    everyone = set().union(*named.values()) if named else set()
    claimed = set(models.Party.objects.filter(party_id__in=everyone, claimed=True).values_list("party_id", flat=True))
    proposals = []
    for row in found:
        accepted = answers.get((row.proposal_id, True), set())
        refused = answers.get((row.proposal_id, False), set())
        waiting = (named[row.proposal_id] & claimed) - accepted - refused if row.state == "open" else set()
        proposals.append(
            as_value(
                SplitProposal,
                row,
                accepted=frozenset(accepted),
                refused=frozenset(refused),
                waiting_for=frozenset(waiting),
            )
        )
    return proposals


def claims_on(element_id: UUID) -> list[Claim]:
    """Claims on an element, newest first."""
    return [as_value(Claim, r) for r in models.Claim.objects.filter(element_id=element_id).order_by("-position")]


def open_claims() -> list[Claim]:
    """Claims that nobody has decided, oldest first."""
    return [as_value(Claim, row) for row in models.Claim.objects.filter(state="open").order_by("position")]


def claim(claim_id: UUID) -> Claim | None:
    """The claim with this id."""
    row = models.Claim.objects.filter(claim_id=claim_id).first()
    return as_value(Claim, row) if row else None


def standing_holds(party_id: UUID | None = None) -> list[Hold]:
    """Holds that stand, of one party or of all."""
    rows = models.Hold.objects.filter(standing=True)
    if party_id is not None:
        rows = rows.filter(party_id=party_id)
    return [as_value(Hold, row) for row in rows.order_by("position")]
