"""Questions about what keeps money waiting: both sides of a claim, reasons of holds, lines left for the next run."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterable
from uuid import UUID

from ledger import models
from ledger.selectors.rights import Claim, Hold
from ledger.selectors.rows import as_value

__all__ = [
    "ClaimStatement",
    "Deferral",
    "Reason",
    "claim_statements",
    "claims",
    "claims_of",
    "deferral",
    "deferrals",
    "elements_claimed",
    "holds_on_elements",
    "reasons",
]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ClaimStatement:
    """How one side of a claim sees it."""

    claim_id: UUID
    party_id: UUID
    statement_hash: str
    at: dt.datetime
    position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Deferral:
    """A line (or an order's lines) that enters no run ending at `until` or earlier."""

    deferral_id: UUID
    line_id: str
    order_id: UUID | None
    until: dt.datetime
    reason_hash: str
    position: int
    resumed_position: int | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why something waits: in words for staff, and in plain words for whom it concerns."""

    staff: str
    payee: str


def reasons(hashes: Iterable[str]) -> dict[str, Reason]:
    """Hash -> the reason that it binds; a hash without a document (older holds) has empty words."""
    wanted = set(hashes)
    kept = {row.hash: bytes(row.content) for row in models.Document.objects.filter(hash__in=wanted)}
    return {one: _reason(kept.get(one, b"")) for one in wanted}


def _reason(content: bytes) -> Reason:
    try:
        words = json.loads(content)
        return Reason(staff=str(words["staff"]), payee=str(words["payee"]))
    except (ValueError, KeyError, TypeError):
        text = content.decode(errors="replace")
        return Reason(staff=text, payee=text)


def claims_of(party_id: UUID) -> list[Claim]:
    """Claims in which a party made one of the two elements, newest first."""
    made = models.Element.objects.filter(creator_id=party_id).values("element_id")
    rows = models.Claim.objects.filter(element_id__in=made) | models.Claim.objects.filter(resembles_id__in=made)
    return [as_value(Claim, row) for row in rows.order_by("-position")]


def claims(*, decided: bool) -> list[Claim]:
    """Claims that were decided (newest first), or that are open (oldest first)."""
    rows = models.Claim.objects.exclude(state="open") if decided else models.Claim.objects.filter(state="open")
    return [as_value(Claim, row) for row in rows.order_by("-position" if decided else "position")]


def claim_statements(claim_id: UUID) -> list[ClaimStatement]:
    """What both sides said, in order."""
    rows = models.ClaimStatement.objects.filter(claim_id=claim_id).order_by("position")
    return [as_value(ClaimStatement, row) for row in rows]


def elements_claimed(element_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these elements on which a claim is open."""
    rows = models.Claim.objects.filter(state="open", element_id__in=list(element_ids))
    return set(rows.values_list("element_id", flat=True))


def holds_on_elements(element_ids: Iterable[UUID]) -> list[Hold]:
    """Standing holds on any of these elements."""
    rows = models.Hold.objects.filter(standing=True, element_id__in=list(element_ids)).order_by("position")
    return [as_value(Hold, row) for row in rows]


def deferrals() -> list[Deferral]:
    """Every deferral that was not taken back, newest first."""
    rows = models.Deferral.objects.filter(resumed_position=None).order_by("-position")
    return [as_value(Deferral, row) for row in rows]


def deferral(deferral_id: UUID) -> Deferral | None:
    """The deferral with this id."""
    row = models.Deferral.objects.filter(deferral_id=deferral_id).first()
    return as_value(Deferral, row) if row else None
