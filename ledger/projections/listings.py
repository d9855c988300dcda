"""What is on sale."""

from __future__ import annotations

from collections.abc import Sequence

from ledger import sql
from ledger.domain.events import ListingPublished, ListingRepriced, ListingWithdrawn
from ledger.domain.records import EventRecord
from ledger.models import Listing
from ledger.projections.base import Projection, folds


class Listings(Projection):
    """Offers with their price of today."""

    name = "listings"
    tables = (Listing,)
    subject = "listing_id"

    @folds(ListingPublished)
    def published(self, records: Sequence[EventRecord[ListingPublished]]) -> None:
        """An offer."""
        sql.insert(
            Listing,
            (
                {
                    "listing_id": r.event.listing_id,
                    "element_id": r.event.element_id,
                    "seller_id": r.actor_id,
                    "content_hash": r.event.content_hash,
                    "licence_kind": r.event.licence_kind,
                    "terms_hash": r.event.terms_hash,
                    "currency": r.event.currency,
                    "price_minor": r.event.price_minor,
                    "state": "published",
                    "position": r.position,
                    "changed_position": r.position,
                }
                for r in records
            ),
        )

    @folds(ListingRepriced)
    def repriced(self, records: Sequence[EventRecord[ListingRepriced]]) -> None:
        """Another price for later orders."""
        sql.update(
            Listing,
            (
                {
                    "listing_id": r.event.listing_id,
                    "currency": r.event.currency,
                    "price_minor": r.event.price_minor,
                    "changed_position": r.position,
                }
                for r in records
            ),
            by="listing_id",
        )

    @folds(ListingWithdrawn)
    def withdrawn(self, records: Sequence[EventRecord[ListingWithdrawn]]) -> None:
        """Off sale."""
        sql.update(
            Listing,
            ({"listing_id": r.event.listing_id, "state": "withdrawn", "changed_position": r.position} for r in records),
            by="listing_id",
        )
