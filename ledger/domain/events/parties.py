"""Who takes part."""

from __future__ import annotations

import dataclasses
from uuid import UUID

from ledger.domain.events.codec import Event, event
from ledger.domain.events.values import Amount, PartyKind


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PartyRegistered(Event):
    """A person or company came to be known; `claimed` is false for someone invited who has no account yet."""

    kind = "party.registered.v1"
    party_id: UUID
    party_kind: PartyKind
    claimed: bool


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PartyClaimed(Event):
    """An invited party opened an account; what waited in `escrow` becomes payable."""

    kind = "party.claimed.v1"
    party_id: UUID
    escrow: tuple[Amount, ...]
