"""What is offered, and at what price."""

from __future__ import annotations

import dataclasses
from uuid import UUID

from ledger.domain.events.codec import Event, event
from ledger.domain.events.values import LicenceKind


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ListingPublished(Event):
    """An element went on sale."""

    kind = "listing.published.v1"
    listing_id: UUID
    element_id: UUID
    content_hash: str
    licence_kind: LicenceKind
    terms_hash: str
    currency: str
    price_minor: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ListingRepriced(Event):
    """The price of a listing changed for later orders."""

    kind = "listing.repriced.v1"
    listing_id: UUID
    currency: str
    price_minor: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ListingWithdrawn(Event):
    """A listing went off sale; licences granted before stay."""

    kind = "listing.withdrawn.v1"
    listing_id: UUID
    reason: str
