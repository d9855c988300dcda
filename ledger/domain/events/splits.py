"""How an element's own portion is divided, and who said yes."""

from __future__ import annotations

import dataclasses
from uuid import UUID

from ledger.domain.events.codec import Event, event
from ledger.domain.events.values import Share


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SplitProposed(Event):
    """Someone proposed how an element's own portion is divided; shares sum to 1,000,000 ppm."""

    kind = "split.proposed.v1"
    proposal_id: UUID
    element_id: UUID
    shares: tuple[Share, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SplitAccepted(Event):
    """A party said yes to a proposal."""

    kind = "split.accepted.v1"
    proposal_id: UUID
    element_id: UUID
    party_id: UUID


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SplitRefused(Event):
    """A party said no; the proposal is over and the split in force stays."""

    kind = "split.refused.v1"
    proposal_id: UUID
    element_id: UUID
    party_id: UUID


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SplitTookEffect(Event):
    """Every party with an account had accepted: from here on sales are divided so."""

    kind = "split.took_effect.v1"
    proposal_id: UUID
    element_id: UUID
    shares: tuple[Share, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SplitWithdrawn(Event):
    """Whoever proposed it took an open proposal back; the split in force stays."""

    kind = "split.withdrawn.v1"
    proposal_id: UUID
    element_id: UUID
