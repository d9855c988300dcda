"""What the catalogue offers beside proposals: one's own records, what one has bought, and what is on sale."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ledger import selectors as ledger
from marketplace.catalogue import deriving, selectors
from marketplace.catalogue.models import Listing
from marketplace.create.showing import keeps_ppm
from marketplace.licensing import terms
from production import selectors as production


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """Known music as the list shows it.

    state : "yours" (one's own), "licensed" (one may build on it) or "on_sale"
    offer : the least offer whose licence lets one build on it, where it is on sale
    keeps_ppm : what is left of a sale for whoever builds on it
    fit_milli : 1000 ln P of one event under the model; words : why it fits
    notes_url : its exact notes, for those who may have them; picture_url : their drawing, for anyone
    """

    row: selectors.Row
    state: str
    offer: selectors.OfferView | None
    keeps_ppm: int
    fit_milli: int
    words: tuple[str, ...]
    notes_url: str
    picture_url: str


def recommendable(element_ids: Sequence[UUID], party_id: UUID) -> Collection[UUID]:
    """Those that may be offered to a party to build on; `settings.RECOMMENDABLE` names this function."""
    return set(_states(element_ids, party_id))


def offered(known: Sequence[Mapping[str, Any]], party_id: UUID) -> list[Offered]:
    """What a job found beside its proposals, as far as it may still be offered, in its order."""
    ids = [UUID(str(one["element_id"])) for one in known]
    states = _states(ids, party_id)
    rows, offers = selectors.rows_for(list(states)), selectors.offers_of(list(states))
    upstream = {one.element_id: one.upstream_ppm for one in deriving.sources(list(states), party_id=party_id)}
    versions = {one.id: one.version for one in production.elements(list(states))}
    found = []
    for said, element_id in zip(known, ids, strict=True):
        if element_id not in rows or element_id not in versions:
            continue
        state, version = states[element_id], versions[element_id]
        open_offers = [
            one for one in offers.get(element_id, ()) if _derives(one.terms_hash) and one.status == "on_sale"
        ]
        found.append(
            Offered(
                row=rows[element_id],
                state=state,
                offer=open_offers[0] if open_offers and state == "on_sale" else None,
                keeps_ppm=keeps_ppm(0 if state == "yours" else upstream.get(element_id, 0)),
                fit_milli=int(said["fit_milli"]),
                words=tuple(said["words"]),
                notes_url="" if state == "on_sale" else f"/versions/{version.id}/roll/",
                picture_url=version.picture_url or "",
            )
        )
    return found


def _states(element_ids: Sequence[UUID], party_id: UUID) -> dict[UUID, str]:
    """Why each may be offered; those that may not are left out."""
    made = ledger.elements(element_ids)
    licensed = {one.element_id for one in ledger.licences_of(party_id) if one.standing and "derive" in one.allows}
    open_listings = Listing.objects.filter(entry_id__in=element_ids, status=Listing.Status.ON_SALE)
    on_sale = {
        entry_id for entry_id, terms_hash in open_listings.values_list("entry_id", "terms_hash") if _derives(terms_hash)
    }
    in_force = ledger.derivation_terms_in_force(on_sale)
    found: dict[UUID, str] = {}
    for element_id in element_ids:
        if element_id in made and made[element_id].creator_id == party_id:
            found[element_id] = "yours"
        elif element_id in licensed:
            found[element_id] = "licensed"
        elif element_id in on_sale and _may_derive(in_force.get(element_id)):
            found[element_id] = "on_sale"
    return found


def _derives(terms_hash: str) -> bool:
    return "derive" in terms.by_hash(terms_hash).allows


def _may_derive(found: ledger.DerivationTerms | None) -> bool:
    """Terms of derivation that are in force permit it; without any, the licence's text decides."""
    return found is None or "derive" in found.allowed_uses
