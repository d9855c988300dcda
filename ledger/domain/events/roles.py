"""Who is credited as what, where that was written down wrong: corrected by those whom it concerns."""

from __future__ import annotations

import dataclasses
from uuid import UUID

from ledger.domain.events.codec import Event, event
from ledger.domain.events.values import Contribution


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RoleProposed(Event):
    """Somebody of an element says that its credits are wrong; it counts once all of `needs` have said yes."""

    kind = "role.proposed.v1"
    proposal_id: UUID
    element_id: UUID
    added: tuple[Contribution, ...]
    removed: tuple[Contribution, ...]
    needs: tuple[UUID, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RoleAccepted(Event):
    """Somebody whom it concerns said yes."""

    kind = "role.accepted.v1"
    proposal_id: UUID
    element_id: UUID
    party_id: UUID


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RoleRefused(Event):
    """Somebody whom it concerns said no, or who proposed it took it back: the credits stay as they are."""

    kind = "role.refused.v1"
    proposal_id: UUID
    element_id: UUID
    party_id: UUID


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RoleCorrected(Event):
    """The credits of an element are these, whatever its versions say: `added` stand, `removed` do not."""

    kind = "role.corrected.v1"
    proposal_id: UUID
    element_id: UUID
    added: tuple[Contribution, ...]
    removed: tuple[Contribution, ...]
