"""The scene in which a model helps: a licensed melody is harmonised, kept, offered and bought."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from ledger.domain.events import Share
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.models import Listing
from marketplace.demo import shelves
from marketplace.demo.shelves import Offered, Shelves
from marketplace.demo.trade import Trade
from production.services import generation, own

MELODY_SLUG = "liverpool-jacks"
SLUG = "liverpool-jacks-harmonised"
TITLE = "Liverpool Jacks, in four voices"
SEED = 5
PRICE_MINOR = 699


def harmonise(*, maker_id: UUID, buyer_id: UUID, trade: Trade, shop: Shelves, at: dt.datetime) -> UUID:
    """Buy the melody, ask for harmonies, keep the first, offer it, sell it; the new element's id."""
    trade.licence_for_making(maker_id, MELODY_SLUG, at=at)
    job_id = generation.recommend_harmonisations(
        element_id=shop.element[MELODY_SLUG], actor_id=maker_id, seed=SEED, variants=1
    )
    generation.run(job_id)
    made = generation.keep(job_id=job_id, variant=0, title=TITLE, actor_id=maker_id)
    own.render(made.version_id)
    catalogue.publish(
        element_id=made.element_id,
        actor_id=maker_id,
        offers=[catalogue.Offer(licence_kind="standard", currency="EUR", price_minor=PRICE_MINOR)],
        shares=(Share(party_id=maker_id, role="arranger", share_ppm=1_000_000),),
    )
    shelves.dated(made.element_id, at)
    listing = Listing.objects.get(entry_id=made.element_id)
    offer = Offered(
        listing_id=listing.id,
        slug=SLUG,
        element_id=made.element_id,
        seller_id=maker_id,
        licence_kind=listing.licence_kind,
        currency=listing.currency,
        price_minor=listing.price_minor,
    )
    shop.element[SLUG] = made.element_id
    shop.offers.append(offer)
    trade.buy(buyer_id, [offer], at=at)
    return made.element_id
