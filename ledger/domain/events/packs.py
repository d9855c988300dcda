"""Packs: elements of one seller, or of several who agreed, at one price."""

from __future__ import annotations

import dataclasses
from uuid import UUID

from ledger.domain.events.codec import Event, event
from ledger.domain.events.values import LicenceKind


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PackMember:
    """An element of a pack, and the listing whose price is its weight in one of the pack's currencies."""

    element_id: UUID
    listing_id: UUID


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A price in one currency."""

    currency: str
    price_minor: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PackProposed(Event):
    """Somebody asks the owners of elements (`needs`) to sell them together; `words_hash` binds name and text."""

    kind = "pack.proposed.v1"
    pack_id: UUID
    revision: int
    licence_kind: LicenceKind
    members: tuple[PackMember, ...]
    prices: tuple[Price, ...]
    words_hash: str
    needs: tuple[UUID, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PackAgreed(Event):
    """An owner said yes to a revision of a pack."""

    kind = "pack.agreed.v1"
    pack_id: UUID
    revision: int
    party_id: UUID


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PackRefused(Event):
    """An owner said no: the revision is over, and what was on sale stays as it was."""

    kind = "pack.refused.v1"
    pack_id: UUID
    revision: int
    party_id: UUID


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PackPublished(Event):
    """Every owner had agreed: from here on the pack holds these elements at these prices."""

    kind = "pack.published.v1"
    pack_id: UUID
    revision: int
    licence_kind: LicenceKind
    members: tuple[PackMember, ...]
    prices: tuple[Price, ...]
    words_hash: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PackRepriced(Event):
    """The pack's price in one currency changed for later orders."""

    kind = "pack.repriced.v1"
    pack_id: UUID
    currency: str
    price_minor: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PackWithdrawn(Event):
    """One of its owners took the pack off sale; licences that were bought with it stay."""

    kind = "pack.withdrawn.v1"
    pack_id: UUID
    party_id: UUID
