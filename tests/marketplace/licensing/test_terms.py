"""Licence kinds: texts that never change once published, what each allows, and the exclusive one."""

from __future__ import annotations

import pytest

from ledger import selectors as ledger
from ledger.domain.events import Share
from ledger.services.rights import TermsWanted
from marketplace.catalogue import services
from marketplace.checkout import services as checkout
from marketplace.licensing import grants, terms
from tests.helpers.sandbox import Running
from tests.helpers.shop import Shop

pytestmark = pytest.mark.django_db

PUBLISHED = {
    "exclusive-1": "02203372f8831c78a1538544c5abd2860a6c200092b0c39a5b4255cbacc58ad8",
    "exclusive-2": "555a50aa9aecda213583de1abc703f86ecd0f351cff91c3e81026891e002e993",
    "free-1": "97ca7edba962c0f20647d711782ca9a4b4108e1ff9ca6e3abc1756f0564edb05",
    "free-2": "e786d74424d8e5466bca6a855fdad9a971c003789e1b7ee9808f626dbd2f3c19",
    "remix-1": "f988be738bab22fcfce72b48d2da061073b1da5e258467a8e861db2bdca56345",
    "remix-2": "9602729a64c657ba6c37bd253f39e55bf7a5208bb6a5f5fc605f97c9da23f52a",
    "standard-1": "dfd5d8899a0480a94c15c784acc1bd8a328c887838061ad69e038b3f4b4ecf68",
    "standard-2": "24be763c8822058872c9cdd8dd55071ad521a99ea3d19ad10e9d180299e4af71",
}
"""Certificates name these hashes. A new wording is a new file with the next number, and a new line here."""


def test_a_published_text_never_changes() -> None:
    assert {f"{one.kind}-{one.version}": one.terms_hash for one in terms.all_terms().values()} == PUBLISHED


@pytest.mark.parametrize(
    ("kind", "allows"),
    [
        ("standard", {"own_music", "sync"}),
        ("remix", {"derive", "sell_derivative"}),
        ("free", {"own_music", "derive", "sell_derivative"}),
        ("exclusive", {"own_music", "derive", "sell_derivative", "sync"}),
    ],
)
def test_what_a_grant_allows_is_its_text_s_and_the_terms_of_building_on_it(shop: Shop, kind: str, allows: set) -> None:
    mira, ben = shop.creator("Mira"), shop.creator("Ben")
    price = 0 if kind == "free" else 1200
    listing = shop.on_sale(mira, licence=kind, price_minor=price)
    of = {"element_id": listing.entry_id, "content_hash": "0" * 64, "holder_id": ben.party_id}
    named = {**of, "licence_id": ben.party_id, "licence_kind": kind, "terms_hash": listing.terms_hash}

    open_to_all = grants.granted(**named)
    if kind != "remix":
        services.publish(
            element_id=listing.entry_id,
            actor_id=mira.party_id,
            offers=[services.Offer(licence_kind=kind, currency="EUR", price_minor=price)],  # type: ignore[arg-type]
            shares=ledger_shares(listing.entry_id),
            deriving=TermsWanted.fixed(100_000, allowed_uses=("own_music", "sync")),
        )
        assert set(grants.granted(**named).allows) == allows - {"derive", "sell_derivative"}

    assert set(open_to_all.allows) == allows
    assert (open_to_all.derivation_terms_id is None) == (kind == "standard")


def ledger_shares(element_id):
    in_force = ledger.splits_in_force(element_id)
    return [Share(party_id=one.party_id, role="producer", share_ppm=one.share_ppm) for one in in_force]


def test_an_exclusive_sale_ends_every_offer_and_older_licences_stay(shop: Shop, linked: Running) -> None:
    mira, ben, cleo = shop.creator("Mira"), shop.person("Ben"), shop.person("Cleo")
    free = shop.on_sale(mira, licence="free", price_minor=0)
    checkout.claim_free(buyer_id=ben.party_id, listing_id=free.id)
    exclusive = shop.offer(mira, free.entry_id, 30_000, licence="exclusive")

    shop.buy(linked, cleo, exclusive)

    assert [offer.state for offer in ledger.listings_of(free.entry_id)] == ["withdrawn", "withdrawn"]
    assert [(one.licence_kind, one.standing) for one in ledger.licences_for(free.entry_id)] == [
        ("free", True),
        ("exclusive", True),
    ]
