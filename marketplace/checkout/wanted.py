"""What an order is made of: single offers, and packs taken apart into one piece for each element."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.catalogue.models import Listing
from marketplace.checkout.errors import AlreadyLicensedError, EmptyCartError, OfferGoneError
from marketplace.checkout.orders import Order
from marketplace.packs import pricing
from marketplace.packs import selectors as packs_of_shop
from marketplace.packs.models import Pack

TOTAL_MINOR_MIN = 50
"""The processor takes no less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One licence to buy: by itself at its offer's price, or in a pack at its part of the pack's."""

    listing: Listing
    gross_minor: int
    tax_minor: int
    pack_id: UUID | None = None
    pack_title: str = ""


def lock_pieces(*, buyer_id: UUID, listing_ids: Sequence[UUID], packs: Sequence[tuple[UUID, str]]) -> list[Piece]:
    """The pieces of an order, their rows locked: packs before offers, both by id, and the log's lock last.

    Raises
    ------
    OfferGoneError
        If something is not on sale (any more), or a pack cannot be sold; the message says why.
    AlreadyLicensedError
        If the buyer has all of a pack already.
    """
    views = _lock_packs(buyer_id, packs)
    inside = {member.listing_id for view in views for member in view.wanted}
    ids = sorted({*listing_ids, *(one for one in inside if one)})
    found = Listing.objects.select_for_update().select_related("entry").filter(pk__in=ids).order_by("id")
    listings = {listing.id: listing for listing in found}
    if len(listings) != len(ids):
        raise OfferGoneError("One of the offers in your cart does not exist any more.")
    # The packs are looked at again under the lock: prices and states are now what they will be when this commits.
    views = _views(buyer_id, [(view.pack_id, view.currency) for view in views])
    pieces = [
        Piece(
            listing=listings[one],
            gross_minor=listings[one].price_minor,
            tax_minor=pricing.tax_within(listings[one].price_minor),
        )
        for one in sorted(set(listing_ids))
    ]
    for view in views:
        pieces += _pieces_of(view, listings)
    return pieces


def _lock_packs(buyer_id: UUID, packs: Sequence[tuple[UUID, str]]) -> tuple[packs_of_shop.PackView, ...]:
    ids = sorted({pack_id for pack_id, _currency in packs})
    if len(list(Pack.objects.select_for_update().filter(pk__in=ids).order_by("id"))) != len(packs):
        raise OfferGoneError("One of the packs in your cart does not exist any more.")
    views = _views(buyer_id, packs)
    for view in views:
        if view.status != Pack.Status.ON_SALE:
            raise OfferGoneError(f"The pack “{view.title}” is not on sale any more.")
        if view.faults:
            raise OfferGoneError(f"The pack “{view.title}” cannot be sold at the moment. {view.faults[0].words}")
        if not view.wanted:
            raise AlreadyLicensedError(f"You have everything in the pack “{view.title}” already.")
    return views


def _views(buyer_id: UUID, packs: Sequence[tuple[UUID, str]]) -> tuple[packs_of_shop.PackView, ...]:
    found = Pack.objects.prefetch_related("prices").in_bulk([pack_id for pack_id, _currency in packs])
    return packs_of_shop.views(
        [found[pack_id] for pack_id, _currency in packs],
        currencies=[currency for _pack_id, currency in packs],
        buyer_id=buyer_id,
    )


def _pieces_of(view: packs_of_shop.PackView, listings: dict[UUID, Listing]) -> list[Piece]:
    pieces = []
    for member in view.wanted:
        listing = listings.get(member.listing_id) if member.listing_id else None
        if listing is None or view.faults:
            raise OfferGoneError(f"The pack “{view.title}” changed while you were buying. Please look at it again.")
        pieces.append(
            Piece(
                listing=listing,
                gross_minor=member.part_minor,
                tax_minor=member.tax_minor,
                pack_id=view.pack_id,
                pack_title=view.title,
            )
        )
    return pieces


def check_together(pieces: Sequence[Piece]) -> None:
    """Refuse what cannot be one order.

    Raises
    ------
    OfferGoneError, AlreadyLicensedError, EmptyCartError
        Currencies differ; a licence is in it twice; it costs less than the processor takes.
    """
    if len({piece.listing.currency for piece in pieces}) > 1:
        raise OfferGoneError("Offers in different currencies need an order each.")
    seen: dict[tuple[UUID, str], Piece] = {}
    for piece in pieces:
        other = seen.setdefault((piece.listing.entry_id, piece.listing.licence_kind), piece)
        if other is not piece:
            packs = " and ".join(f"“{one.pack_title}”" for one in (other, piece) if one.pack_id)
            raise AlreadyLicensedError(
                f"“{piece.listing.entry.title}” is in your cart twice: it is part of {packs}. Take one of them out."
            )
    if sum(piece.gross_minor for piece in pieces) < TOTAL_MINOR_MIN:
        raise EmptyCartError("An order must cost at least 0.50. Put something else into your cart, too.")


def named_on_the_page(order: Order) -> list[tuple[str, int]]:
    """(name, amount) for the payment page: a pack is one thing there."""
    names: dict[object, str] = {}
    sums: dict[object, list[int]] = {}
    for line in order.lines.all():
        key = line.pack_id or line.id
        sums.setdefault(key, []).append(line.gross_minor)
        names[key] = line.pack_title if line.pack_id else f"{line.title} ({line.licence_kind} licence)"
        if line.pack_id:
            names[key] += f" (pack, {len(sums[key])} licences)"
    return [(names[key], sum(amounts)) for key, amounts in sums.items()]
