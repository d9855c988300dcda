"""Packs: one price over several elements; offered, agreed to, bought, divided, paid back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain.ids import uuid7
from ledger.gateways import payouts
from ledger.services import append, holds
from ledger.services.audit import verify
from marketplace.accounts.models import User
from marketplace.catalogue import selectors as catalogue_selectors
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.models import Listing
from marketplace.checkout import purchases, reversals, selectors, services
from marketplace.checkout.errors import AlreadyLicensedError, OfferGoneError
from marketplace.checkout.orders import Order
from marketplace.packs import pricing
from marketplace.packs import selectors as packs
from marketplace.packs import services as pack_services
from marketplace.packs.errors import CannotPackError, NotYoursError
from marketplace.packs.models import Pack
from tests.helpers.sandbox import Running
from tests.helpers.shop import GOOD_CARD, Shop

pytestmark = pytest.mark.django_db


def wanted(listings: Sequence[Listing], price_minor: int, title: str = "Rainy days", **more: object):
    return pack_services.Wanted(
        title=title,
        element_ids=tuple(one.entry_id for one in listings),
        prices={"EUR": price_minor},
        **more,  # type: ignore[arg-type]
    )


def packed(maker: User, listings: Sequence[Listing], price_minor: int = 2000, **more: object) -> Pack:
    pack = pack_services.offer(actor_id=maker.party_id, wanted=wanted(listings, price_minor, **more))
    pack.refresh_from_db()
    return pack


def bought(sandbox: Running, shop: Shop, buyer: User, pack: Pack, *listings: Listing) -> Order:
    order = services.place(buyer_id=buyer.party_id, listing_ids=[one.id for one in listings], packs=[(pack.id, "EUR")])
    sandbox.pay(order.session_id, GOOD_CARD)
    order = services.confirm_from_processor(order_id=order.id)
    shop.work("settle_charge")
    order.refresh_from_db()
    return order


def kinds_about(pack_id: UUID) -> list[str]:
    records = sorted(ledger.events_about(pack_id, limit=50), key=lambda record: record.position)
    return [record.event.kind for record in records if record.event.kind.startswith("pack.")]


@pytest.fixture
def trio(shop: Shop) -> tuple[User, list[Listing]]:
    """Three elements of one maker: 12.00, 7.00 and 5.01."""
    mira = shop.creator("Mira")
    prices = (("Night ferry", 1200), ("Fire fly", 700), ("Two lamps", 501))
    return mira, [shop.on_sale(mira, title, price) for title, price in prices]


@given(
    price_minor=st.integers(50, 10**6),
    singles=st.lists(st.integers(50, 10**6), min_size=2, max_size=40),
)
def test_parts_and_taxes_of_a_pack_sum_to_its_price_and_no_line_is_taxed_beyond_its_part(price_minor, singles):
    parts = pricing.parts_of(price_minor, singles)
    taxes = pricing.taxes_of(parts)

    assert sum(parts) == price_minor
    assert sum(taxes) == pricing.tax_within(price_minor)
    assert all(0 <= tax <= part for tax, part in zip(taxes, parts, strict=True))


def test_a_pack_of_ones_own_elements_is_on_sale_at_once_with_a_receipt(trio):
    mira, listings = trio

    pack = packed(mira, listings)

    assert pack.status == Pack.Status.ON_SALE
    assert kinds_about(pack.id) == ["pack.published.v1"]
    view = packs.view(pack)
    assert (view.singles_minor, view.saving_minor, view.sellable) == (2401, 401, True)
    assert pack.cover_svg.count("<svg") == 4


def test_a_bought_pack_is_one_line_and_one_licence_for_each_element_that_names_it(shop, linked, trio):
    mira, listings = trio
    pack, ben = packed(mira, listings), shop.person("Ben")

    order = bought(linked, shop, ben, pack)

    fact = ledger.order(order.id)
    by_element = {line.element_id: line for line in fact.lines}
    assert [by_element[one.entry_id].gross_minor for one in listings] == [1000, 583, 417]  # 2000 × 1200/2401, …
    assert {line.pack_id for line in fact.lines} == {pack.id}
    assert fact.gross_minor == 2000
    assert all(ledger.standing_licence(holder_id=ben.party_id, element_id=one.entry_id) for one in listings)
    session = linked.client.v1.checkout.sessions.line_items.list(order.session_id)
    assert [(one.description, one.amount_total) for one in session.data] == [("Rainy days (pack, 3 licences)", 2000)]
    (shelf,) = selectors.library(ben.party_id)
    assert (shelf.pack_id, shelf.title, len(shelf.items)) == (pack.id, "Rainy days", 3)
    verify()


def test_the_certificate_of_a_licence_names_the_pack_that_it_came_in(shop, linked, trio):
    mira, listings = trio
    pack, ben = packed(mira, listings[:2], 1500), shop.person("Ben")
    order = bought(linked, shop, ben, pack, listings[2])
    licences = {one.element_id: one.licence_id for one in ledger.licences_of_order(order.id)}
    client = shop.client(ben)

    in_pack, alone = (
        client.get(f"/certificates/{licences[one.entry_id]}/").content.decode() for one in (listings[0], listings[2])
    )

    assert f'Bought in the pack</dt><dd><a href="/packs/{pack.id}/">Rainy days</a>' in in_pack
    assert "Bought in the pack" not in alone


def test_what_a_buyer_has_already_is_taken_off_with_its_part_and_nobody_else_earns_less(shop, linked, trio):
    mira, listings = trio
    pack, ben = packed(mira, listings), shop.person("Ben")
    shop.buy(linked, ben, listings[0])

    view = packs.view(pack, buyer_id=ben.party_id)
    order = bought(linked, shop, ben, pack)

    assert (view.had_minor, view.asked_minor, len(view.wanted)) == (1000, 1000, 2)
    assert sorted(line.gross_minor for line in ledger.order(order.id).lines) == [417, 583]
    with pytest.raises(AlreadyLicensedError, match="everything in the pack"):
        services.place(buyer_id=ben.party_id, listing_ids=[], packs=[(pack.id, "EUR")])


def test_the_same_licence_by_itself_and_in_a_pack_is_refused_with_words(shop, trio):
    mira, listings = trio
    pack, ben = packed(mira, listings), shop.person("Ben")

    with pytest.raises(AlreadyLicensedError, match="twice: it is part of “Rainy days”"):
        services.place(buyer_id=ben.party_id, listing_ids=[listings[1].id], packs=[(pack.id, "EUR")])


def test_a_pack_with_elements_of_others_waits_for_every_owner(shop):
    mira, jonas = shop.creator("Mira"), shop.creator("Jonas")
    listings = [shop.on_sale(mira, "Night ferry"), shop.on_sale(jonas, "Fire fly")]

    pack = packed(mira, listings, 1800)
    waiting = pack.status
    shop.work("send_mail")
    agreed = pack_services.agree(pack_id=pack.id, party_id=jonas.party_id)

    pack.refresh_from_db()
    assert (waiting, agreed, pack.status) == (Pack.Status.WAITING, True, Pack.Status.ON_SALE)
    assert kinds_about(pack.id) == ["pack.proposed.v1", "pack.agreed.v1", "pack.agreed.v1", "pack.published.v1"]


def test_a_no_leaves_what_was_on_sale_as_it_was(shop):
    mira, jonas = shop.creator("Mira"), shop.creator("Jonas")
    listings = [shop.on_sale(mira, "Night ferry"), shop.on_sale(jonas, "Fire fly")]
    pack = packed(mira, listings, 1800)
    pack_services.agree(pack_id=pack.id, party_id=jonas.party_id)

    pack_services.offer(actor_id=mira.party_id, wanted=wanted(listings, 900), pack_id=pack.id)
    pack_services.refuse(pack_id=pack.id, party_id=jonas.party_id)

    pack = Pack.objects.get(pk=pack.id)
    assert (pack.status, packs.view(pack).price_minor) == (Pack.Status.ON_SALE, 1800)
    assert kinds_about(pack.id)[-1] == "pack.refused.v1"


def test_another_price_alone_is_told_as_such_and_any_owner_takes_the_pack_off_sale(trio, shop):
    mira, listings = trio
    pack = packed(mira, listings)

    pack_services.offer(actor_id=mira.party_id, wanted=wanted(listings, 1900), pack_id=pack.id)
    with pytest.raises(NotYoursError):
        pack_services.withdraw(pack_id=pack.id, actor_id=shop.person("Ben").party_id)
    pack_services.withdraw(pack_id=pack.id, actor_id=mira.party_id)

    assert kinds_about(pack.id) == ["pack.published.v1", "pack.repriced.v1", "pack.withdrawn.v1"]
    assert not packs.newest(5)


@pytest.mark.parametrize(
    ("price_minor", "words"), [(2401, "cost less than its elements one by one: in EUR they cost 24.01"), (49, "0.50")]
)
def test_a_pack_that_saves_nothing_or_costs_too_little_is_refused(trio, price_minor, words):
    mira, listings = trio

    with pytest.raises(CannotPackError, match=words):
        packed(mira, listings, price_minor)


def test_nobody_packs_what_is_not_theirs(shop, trio):
    _mira, listings = trio

    with pytest.raises(NotYoursError):
        packed(shop.creator("Jonas"), listings)


def test_a_pack_with_a_withdrawn_element_says_so_and_sells_again_once_repaired(shop, trio):
    mira, listings = trio
    pack, ben = packed(mira, listings), shop.person("Ben")

    catalogue.withdraw(listing_id=listings[1].id, actor_id=mira.party_id)
    view = packs.view(pack)
    with pytest.raises(OfferGoneError, match=r"cannot be sold at the moment\. “Fire fly” is not on sale"):
        services.place(buyer_id=ben.party_id, listing_ids=[], packs=[(pack.id, "EUR")])
    repaired = [listings[0], listings[2]]
    pack_services.offer(actor_id=mira.party_id, wanted=wanted(repaired, 1500), pack_id=pack.id)

    assert [fault.cause for fault in view.faults] == ["withdrawn"]
    assert packs.view(Pack.objects.get(pk=pack.id)).sellable


def test_a_pack_is_not_sold_while_one_of_its_elements_is_held_or_claimed(shop, trio):
    mira, listings = trio
    pack, staff = packed(mira, listings), shop.person("Petra")
    other = shop.on_sale(shop.creator("Niamh"), "Night fly")

    with transaction.atomic():
        append(
            events.ClaimOpened(
                claim_id=uuid7(),
                element_id=listings[0].entry_id,
                resembles_id=other.entry_id,
                disputed_ppm=300_000,
                reason="test",
            ),
            actor_id=staff.party_id,
            key="a claim",
        )
    holds.place_hold(element_id=listings[1].entry_id, reason="a letter came", actor_id=staff.party_id)

    assert [fault.cause for fault in packs.view(pack).faults] == ["claim", "hold"]


def test_an_exclusive_sale_of_a_member_between_order_and_payment_gives_the_money_back(shop, linked, trio):
    mira, listings = trio
    pack, ben = packed(mira, listings), shop.person("Ben")
    payouts.top_up(topup_id=uuid7(), amount_minor=10_000, currency="EUR", reason="tests")
    order = services.place(buyer_id=ben.party_id, listing_ids=[], packs=[(pack.id, "EUR")])
    exclusive = shop.offer(mira, listings[2].entry_id, 20_000, licence="exclusive")
    shop.buy(linked, shop.person("Bruno"), exclusive)

    session = linked.pay(order.session_id, GOOD_CARD)
    order = purchases.fulfil(order_id=order.id, payment_intent_id=session["payment_intent"])

    assert order.status == Order.Status.LAPSED
    assert [fault.cause for fault in packs.view(pack).faults] == ["sold"]


def test_packs_are_found_by_their_words_and_by_those_of_their_elements(shop, trio):
    mira, listings = trio
    pack = packed(mira, listings, description="For slow evenings")

    def found(**filters: object) -> list[UUID]:
        return [one.pack_id for one in packs.search(catalogue_selectors.Filters(**filters))]  # type: ignore[arg-type]

    assert found(text="rainy") == found(text="lamps") == found(text="evenings") == found(kinds=("melody",)) == [pack.id]
    assert found(text="submarine") == found(kinds=("sound",)) == found(licence_kind="exclusive") == []
    assert [one.pack_id for one in packs.with_element(listings[0].entry_id)] == [pack.id]


def test_the_pages_of_packs_open_for_those_they_are_for(shop, trio):
    mira, listings = trio
    pack, visitor, maker = packed(mira, listings), shop.client(None), shop.client(mira)

    shown = visitor.get(f"/packs/{pack.id}/").content.decode()

    assert "Rainy days" in shown
    assert "Night ferry" in shown
    assert visitor.get(f"/packs/{pack.id}/cover/1.svg")["Content-Type"] == "image/svg+xml"
    assert "Rainy days" in visitor.get("/packs/").content.decode()
    assert "Rainy days" in visitor.get("/").content.decode()
    assert "Rainy days" in visitor.get("/search/?q=rainy").content.decode()
    assert visitor.get("/packs/mine/").status_code == 302
    assert "Rainy days" in maker.get("/packs/mine/").content.decode()
    assert maker.get(f"/packs/{pack.id}/change/").status_code == 200
    assert shop.client(shop.creator("Jonas")).get(f"/packs/{pack.id}/change/").status_code == 404


@pytest.mark.usefixtures("linked")
def test_a_pack_is_put_together_on_its_page_and_goes_into_the_cart_as_one_thing(shop, trio):
    mira, listings = trio
    made = shop.client(mira).post(
        "/packs/new/",
        {"title": "Two", "licence_kind": "standard", "own": [str(listings[0].entry_id)], "price_eur": "15.00",
         "others": f"http://127.0.0.1/elements/{listings[1].entry_id}/"},
    )  # fmt: skip
    pack = Pack.objects.get()
    buyer = shop.client(shop.person("Ben"))

    buyer.post(f"/cart/packs/{pack.id}/add/", {"currency": "EUR"})
    cart = buyer.get("/cart/").content.decode()
    gone = buyer.post("/checkout/")

    assert made["Location"] == f"/packs/{pack.id}/"
    assert "Pack, 2 standard licences" in cart
    assert "/pay/" in gone["Location"]
    assert Order.objects.get().lines.count() == 2


def test_one_element_of_a_pack_is_paid_back_by_its_part_and_the_rest_stays(shop, linked, trio):
    mira, listings = trio
    pack, ben, staff = packed(mira, listings), shop.person("Ben"), shop.person("Petra")
    payouts.top_up(topup_id=uuid7(), amount_minor=10_000, currency="EUR", reason="tests")
    order = bought(linked, shop, ben, pack)
    line = order.lines.get(element_id=listings[1].entry_id)

    rows = [
        reversals.refund(order_id=order.id, actor_id=staff.party_id, reason="wrong key", line_id=line.id)
        for _ in range(2)
    ]

    order.refresh_from_db()
    assert {row.state for row in rows} == {"done"}
    assert order.status == Order.Status.PAID
    assert [charge.amount_refunded for charge in linked.client.v1.charges.list().data] == [583]
    standing = [ledger.standing_licence(holder_id=ben.party_id, element_id=one.entry_id) for one in listings]
    assert [one is not None for one in standing] == [True, False, True]
    verify()


def test_what_is_left_of_a_partly_refunded_pack_is_paid_back_whole_and_once(shop, linked, trio):
    mira, listings = trio
    pack, ben, staff = packed(mira, listings), shop.person("Ben"), shop.person("Petra")
    payouts.top_up(topup_id=uuid7(), amount_minor=10_000, currency="EUR", reason="tests")
    order = bought(linked, shop, ben, pack)
    line = order.lines.get(element_id=listings[0].entry_id)
    reversals.refund(order_id=order.id, actor_id=staff.party_id, reason="wrong key", line_id=line.id)

    reversals.refund(order_id=order.id, actor_id=staff.party_id, reason="all of it")
    reversals.record_refund(order_id=order.id, stripe_id="told again")

    order.refresh_from_db()
    fact = ledger.order(order.id)
    assert order.status == Order.Status.REFUNDED
    assert (fact.state, fact.refunded_minor) == ("refunded", 2000)
    assert [charge.amount_refunded for charge in linked.client.v1.charges.list().data] == [2000]
    verify()
