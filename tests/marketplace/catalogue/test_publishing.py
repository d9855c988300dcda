"""From an element to an offer: splits, answers, prices, parents."""

from __future__ import annotations

import pytest

from ledger import selectors as ledger
from ledger.domain.errors import NotAllowedError, RightsError
from ledger.services import rights
from marketplace.accounts import services as accounts
from marketplace.catalogue import services, tasks
from marketplace.catalogue.errors import CannotPublishError, NotForSaleError
from marketplace.catalogue.models import Entry, Listing
from marketplace.catalogue.selectors import Filters, search
from production.errors import NoLicenceError
from tests.helpers.sandbox import Running
from tests.helpers.shop import Shop, upstream

pytestmark = pytest.mark.django_db


def kinds_of(element_id) -> list[str]:
    return [record.event.kind for record in ledger.events_about(element_id, limit=50)]


def test_what_one_made_alone_is_on_sale_at_once(shop: Shop) -> None:
    mira = shop.creator("Mira")

    listing = shop.on_sale(mira)

    assert listing.status == Listing.Status.ON_SALE
    assert ledger.listing(listing.id).price_minor == 1200
    assert [row.title for row in search(Filters()).rows] == ["Night ferry"]


def test_an_offer_waits_until_every_party_with_an_account_has_said_yes(shop: Shop) -> None:
    mira, tomas, uma = (shop.creator(name) for name in ("Mira", "Tomas", "Uma"))
    listing = shop.on_sale(mira, shares=[(mira, 500_000), (tomas, 300_000), (uma, 200_000)])
    proposal = ledger.open_proposal(listing.entry_id)
    assert proposal is not None

    steps = []
    for party in (tomas, uma):
        services.answer_split(proposal_id=proposal.proposal_id, party_id=party.party_id, accept=True)
        listing.refresh_from_db()
        steps.append(listing.status)

    assert steps == [Listing.Status.WAITING, Listing.Status.ON_SALE]
    assert len(ledger.splits_in_force(listing.entry_id)) == 3


def test_someone_without_an_account_holds_nothing_up(shop: Shop) -> None:
    mira = shop.creator("Mira")
    invited = accounts.party_for(email="tomas@example.org", invited_by=mira.party_id)

    listing = shop.on_sale(mira, shares=[(mira, 600_000), (invited, 400_000)])

    assert listing.status == Listing.Status.ON_SALE


def test_one_no_ends_a_proposal_and_keeps_the_split_in_force(shop: Shop) -> None:
    mira, tomas = shop.creator("Mira"), shop.creator("Tomas")
    listing = shop.on_sale(mira)
    before = ledger.splits_in_force(listing.entry_id)
    shop.offer(mira, listing.entry_id, shares=[(mira, 100_000), (tomas, 900_000)])
    proposal = ledger.open_proposal(listing.entry_id)
    assert proposal is not None

    services.answer_split(proposal_id=proposal.proposal_id, party_id=tomas.party_id, accept=False)

    listing.refresh_from_db()
    assert ledger.splits_in_force(listing.entry_id) == before
    assert listing.status == Listing.Status.ON_SALE
    assert ledger.open_proposal(listing.entry_id) is None


def test_nobody_answers_for_another(shop: Shop) -> None:
    mira, tomas = shop.creator("Mira"), shop.creator("Tomas")
    shop.on_sale(mira, shares=[(mira, 500_000), (tomas, 500_000)])
    (proposal,) = ledger.proposals_naming(tomas.party_id)

    with pytest.raises(NotAllowedError):
        services.answer_split(proposal_id=proposal.proposal_id, party_id=shop.person("Eve").party_id, accept=True)


def test_a_split_accepted_elsewhere_puts_the_offer_on_sale_through_the_feed(shop: Shop) -> None:
    mira, tomas = shop.creator("Mira"), shop.creator("Tomas")
    listing = shop.on_sale(mira, shares=[(mira, 500_000), (tomas, 500_000)])
    (proposal,) = ledger.proposals_naming(tomas.party_id)
    rights.accept_split(proposal.proposal_id, party_id=tomas.party_id)

    tasks.follow_ledger()
    tasks.follow_ledger()

    listing.refresh_from_db()
    assert listing.status == Listing.Status.ON_SALE
    assert kinds_of(listing.entry_id).count("listing.published.v1") == 1


def test_a_new_price_holds_for_later_orders_and_an_end_is_final(shop: Shop, linked: Running) -> None:
    mira, ben, cleo = shop.creator("Mira"), shop.person("Ben"), shop.person("Cleo")
    listing = shop.on_sale(mira)
    order = shop.place(ben, listing)

    services.reprice(listing_id=listing.id, price_minor=900, actor_id=mira.party_id)
    later = shop.place(cleo, listing)
    services.withdraw(listing_id=listing.id, actor_id=mira.party_id)

    assert [one.lines.get().gross_minor for one in (order, later)] == [1200, 900]
    assert ledger.listing(listing.id).state == "withdrawn"
    assert search(Filters()).total == 0
    with pytest.raises(NotForSaleError):
        services.withdraw(listing_id=listing.id, actor_id=mira.party_id)


def test_only_the_maker_sells_reprices_and_withdraws(shop: Shop) -> None:
    mira, eve = shop.creator("Mira"), shop.creator("Eve")
    listing = shop.on_sale(mira)

    with pytest.raises(CannotPublishError):
        shop.offer(eve, listing.entry_id)
    with pytest.raises(NotForSaleError):
        services.reprice(listing_id=listing.id, price_minor=1, actor_id=eve.party_id)
    with pytest.raises(NotForSaleError):
        services.withdraw(listing_id=listing.id, actor_id=eve.party_id)


@pytest.mark.parametrize(("licence", "price"), [("free", 100), ("standard", 0), ("standard", 49), ("remix", 10**9)])
def test_prices_that_make_no_sense_are_refused(shop: Shop, licence: str, price: int) -> None:
    with pytest.raises(CannotPublishError):
        shop.on_sale(shop.creator("Mira"), price_minor=price, licence=licence)

    assert not Listing.objects.exists()


def test_shares_that_are_not_the_whole_are_refused_and_nothing_is_offered(shop: Shop) -> None:
    mira = shop.creator("Mira")

    with pytest.raises(RightsError, match="sum"):
        shop.on_sale(mira, shares=[(mira, 999_999)])

    assert not Entry.objects.exists()


def test_deriving_takes_a_licence_and_sends_back_what_the_parent_asks(shop: Shop, linked: Running) -> None:
    mira, ben = shop.creator("Mira"), shop.creator("Ben")
    parent = shop.on_sale(mira, upstream_ppm=250_000, licence="remix")
    own_music = shop.offer(mira, parent.entry_id, upstream_ppm=250_000)
    child = shop.element(ben, "After Mira")

    with pytest.raises(CannotPublishError, match="no licence for “Night ferry”"):
        services.declare_parents(element_id=child, parent_ids=[parent.entry_id], actor_id=ben.party_id)
    shop.buy(linked, ben, own_music)
    with pytest.raises(CannotPublishError, match="own music only"):
        services.declare_parents(element_id=child, parent_ids=[parent.entry_id], actor_id=ben.party_id)
    shop.buy(linked, ben, parent)
    services.declare_parents(element_id=child, parent_ids=[parent.entry_id], actor_id=ben.party_id)
    services.declare_parents(element_id=child, parent_ids=[parent.entry_id], actor_id=ben.party_id)

    (edge,) = ledger.parents_of(child)
    assert (edge.parent_id, edge.upstream_ppm) == (parent.entry_id, 250_000)


def test_an_upload_that_names_a_parent_without_a_licence_is_refused(shop: Shop) -> None:
    mira, ben = shop.creator("Mira"), shop.creator("Ben")
    parent = shop.element(mira)

    with pytest.raises(NoLicenceError):
        shop.element(ben, "After Mira", parents=[upstream(parent, 100_000)])


def test_upstream_shares_over_the_whole_are_refused(shop: Shop) -> None:
    mira = shop.creator("Mira")
    parents = [shop.on_sale(mira, f"Part {n}", upstream_ppm=400_000).entry_id for n in range(3)]
    child = shop.element(mira, "All of it")

    with pytest.raises(CannotPublishError, match=r"“Part 0” 40\xa0%.*together 120\xa0%"):
        services.declare_parents(element_id=child, parent_ids=parents, actor_id=mira.party_id)

    assert ledger.parents_of(child) == []


def test_nothing_is_made_from_itself(shop: Shop) -> None:
    mira = shop.creator("Mira")
    first, second = shop.on_sale(mira, "First").entry_id, shop.on_sale(mira, "Second").entry_id
    services.declare_parents(element_id=second, parent_ids=[first], actor_id=mira.party_id)

    with pytest.raises(RightsError, match="itself"):
        services.declare_parents(element_id=first, parent_ids=[second], actor_id=mira.party_id)


def test_the_publish_page_names_every_problem_and_keeps_nothing(shop: Shop) -> None:
    mira = shop.creator("Mira")
    element_id = shop.element(mira)
    form = {
        "currency": "EUR", "standard": "12.00", "upstream": "10",
        "party": ["mira@example.org", "no address"], "role": ["producer", "singer"], "percent": ["60", "many"],
    }  # fmt: skip

    answer = shop.client(mira).post(f"/elements/{element_id}/publish/", form)

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "many" in text
    assert "no address" in text
    assert ledger.split_proposals(element_id) == []


def test_the_publish_page_offers_and_invites(shop: Shop) -> None:
    mira = shop.creator("Mira")
    element_id = shop.element(mira)
    form = {
        "currency": "EUR", "standard": "12.00", "exclusive": "300", "upstream": "10",
        "party": ["mira@example.org", "tomas@example.org"], "role": ["producer", "singer"], "percent": ["60", "40"],
    }  # fmt: skip

    answer = shop.client(mira).post(f"/elements/{element_id}/publish/", form)

    assert answer.headers["Location"] == f"/elements/{element_id}/"
    assert sorted(Listing.objects.values_list("licence_kind", "price_minor", "status")) == [
        ("exclusive", 30000, "on_sale"),
        ("standard", 1200, "on_sale"),
    ]
    assert shop.work("send_mail") == 1


def test_other_people_s_elements_have_no_publish_page(shop: Shop) -> None:
    element_id = shop.element(shop.creator("Mira"))

    assert shop.client(shop.creator("Eve")).get(f"/elements/{element_id}/publish/").status_code == 404
    assert shop.client(shop.creator("Eva")).get(f"/elements/{element_id}/").status_code == 404
