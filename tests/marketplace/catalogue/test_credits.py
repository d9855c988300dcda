"""Credits on pages and in files: who did what, with the public share and numbers, found by name and role."""

from __future__ import annotations

import csv
import io
import json

import pytest

from ledger import selectors as ledger
from ledger.domain.events import Contribution
from ledger.services import identifiers, roles
from marketplace.accounts.models import User
from marketplace.catalogue.models import Listing
from tests.helpers.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def sung(shop: Shop) -> tuple[User, User, Listing]:
    """An element of Mira's on which Rosa sings, with a share of a quarter."""
    mira, rosa = shop.creator("Mira"), shop.creator("Rosa")
    listing = shop.on_sale(mira, "Night ferry")
    named = [Contribution(party_id=rosa.party_id, role="singer")]
    proposal_id = roles.propose(element_id=listing.entry_id, added=named, actor_id=mira.party_id)
    roles.accept(proposal_id, party_id=rosa.party_id)
    identifiers.identify_party(
        party_id=rosa.party_id, isni="0000 0001 2103 2683", ipi="00014107338", actor_id=rosa.party_id
    )
    return mira, rosa, listing


def test_the_credits_of_an_element_show_role_share_and_numbers_to_everybody(shop, sung):
    _mira, rosa, listing = sung

    page = shop.client(None).get(f"/elements/{listing.entry_id}/credits/").content.decode()

    assert "Rosa" in page
    assert "Singer" in page
    assert "100" in page
    assert "0000000121032683" in page
    assert "role.corrected.v1" in page
    assert f"/creators/{rosa.party_id}/" in page


def test_a_persons_page_lists_their_credits_and_picks_a_role(shop, sung):
    mira, rosa, listing = sung
    visitor = shop.client(None)

    hers = visitor.get(f"/creators/{rosa.party_id}/").content.decode()
    as_songwriter = visitor.get(f"/creators/{mira.party_id}/?role=songwriter").content.decode()

    assert listing.entry.title in hers
    assert "Singer" in hers
    assert listing.entry.title in as_songwriter


def test_people_are_found_by_letters_of_their_name_and_by_role(shop, sung):
    visitor = shop.client(None)

    def names(query: str) -> list[str]:
        page = visitor.get(f"/credits/?{query}").content.decode()
        return [name for name in ("Mira", "Rosa") if f">{name}</a>" in page]

    assert names("") == ["Mira", "Rosa"]
    assert names("q=ros") == names("role=singer") == ["Rosa"]
    assert names("role=songwriter") == ["Mira"]
    assert names("q=ros&role=songwriter") == names("q=%25") == []
    assert names("q=%00ros") == ["Rosa"]


def test_the_files_hold_who_did_what_with_numbers_and_share(shop, sung):
    mira, rosa, listing = sung
    visitor = shop.client(None)

    document = json.loads(visitor.get(f"/elements/{listing.entry_id}/credits.json").content)
    rows = list(csv.DictReader(io.StringIO(visitor.get(f"/creators/{rosa.party_id}/credits.csv").content.decode())))

    (element,) = document["elements"]
    by_name = {one["name"]: one for one in element["contributors"]}
    assert by_name["Rosa"]["roles"] == ["singer"]
    assert by_name["Rosa"]["identifiers"] == {"isni": "0000000121032683", "ipi": "00014107338"}
    assert (by_name["Mira"]["share_ppm"], by_name["Rosa"]["share_ppm"]) == (1_000_000, 0)
    assert [(row["title"], row["name"], row["role"]) for row in rows] == [("Night ferry", "Rosa", "singer")]
    assert visitor.get(f"/elements/{listing.entry_id}/credits.xml").status_code == 404
    assert mira.party_id != rosa.party_id


def test_a_correction_is_proposed_and_answered_on_the_page(shop, sung):
    mira, rosa, listing = sung
    address = f"/elements/{listing.entry_id}/credits/"

    shop.client(mira).post(f"{address}correct/", {"party": str(rosa.party_id), "role": ["singer", "musician"]})
    (proposal, *_) = ledger.role_proposals(listing.entry_id)
    asked = shop.client(rosa).get(address).content.decode()
    shop.client(rosa).post(f"/credits/corrections/{proposal.proposal_id}/", {"answer": "yes"})

    assert "I agree" in asked
    assert "I agree" not in shop.client(mira).get(address).content.decode()
    assert Contribution(party_id=rosa.party_id, role="musician") in ledger.contributors(listing.entry_id)


def test_a_stranger_sees_no_form_and_cannot_propose(shop, sung):
    _mira, rosa, listing = sung
    ben = shop.client(shop.person("Ben"))

    page = ben.get(f"/elements/{listing.entry_id}/credits/").content.decode()
    ben.post(f"/elements/{listing.entry_id}/credits/correct/", {"party": str(rosa.party_id), "role": "editor"})

    assert "Correct a credit" not in page
    assert len(ledger.role_proposals(listing.entry_id)) == 1


def test_an_element_that_was_never_listed_has_no_public_credits(shop):
    mira = shop.creator("Mira")
    element_id = shop.element(mira)

    assert shop.client(None).get(f"/elements/{element_id}/credits/").status_code == 404
