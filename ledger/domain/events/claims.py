"""Resemblances and holds: why money waits."""

from __future__ import annotations

import dataclasses
from uuid import UUID

from ledger.domain.events.codec import Event, event


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ClaimOpened(Event):
    """An element may contain another's: only `disputed_ppm` of its income is held."""

    kind = "claim.opened.v1"
    claim_id: UUID
    element_id: UUID
    resembles_id: UUID
    disputed_ppm: int
    reason: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ClaimDecided(Event):
    """Staff decided a claim; the hold is lifted."""

    kind = "claim.decided.v1"
    claim_id: UUID
    element_id: UUID
    upheld: bool


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HoldPlaced(Event):
    """Nothing is paid to this party (in this currency, or in any) until the hold is lifted."""

    kind = "hold.placed.v1"
    hold_id: UUID
    party_id: UUID
    currency: str | None
    reason_hash: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HoldLifted(Event):
    """The hold is over."""

    kind = "hold.lifted.v1"
    hold_id: UUID
    party_id: UUID
