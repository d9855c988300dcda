"""From a cart to a licence and back: placed, paid, lapsed, refunded, disputed; told late, twice and out of order."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from ledger import selectors as ledger
from ledger.domain.ids import uuid7
from ledger.gateways import payouts
from ledger.models import Outbox
from ledger.services.audit import verify
from marketplace.catalogue.models import Listing
from marketplace.checkout import gateway, reversals, services, tasks
from marketplace.checkout.errors import AlreadyLicensedError, EmptyCartError, OfferGoneError, OrderStateError
from marketplace.checkout.models import StripeEvent
from marketplace.checkout.orders import Order
from tests.helpers.sandbox import Running
from tests.helpers.shop import GOOD_CARD, Shop
from tests.marketplace.checkout.webhook_calls import events, tell

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rich")]
DISPUTES, DECLINES = "4000000000000259", "4000000000000002"


def kinds_of(order: Order) -> list[str]:
    """What the ledger tells of an order, oldest first."""
    records = sorted(ledger.events_about(order.id, limit=50), key=lambda record: record.position)
    return [record.event.kind.rpartition(".")[0] for record in records]


@pytest.fixture
def rich(linked: Running) -> None:
    """Money at the processor beyond what was just paid: a refund returns the gross, and the fee is gone."""
    payouts.top_up(topup_id=uuid7(), amount_minor=100_000, currency="EUR", reason="tests")


def refunded_minor(sandbox: Running) -> int:
    return sum(charge.amount_refunded for charge in sandbox.client.v1.charges.list({"limit": 100}))


@pytest.fixture
def listing(shop: Shop) -> Listing:
    return shop.on_sale(shop.creator("Mira"))


def test_a_paid_order_is_a_sale_a_licence_and_a_known_fee(shop: Shop, linked: Running, listing: Listing) -> None:
    ben = shop.person("Ben")

    order = shop.buy(linked, ben, listing)

    assert order.status == Order.Status.PAID
    assert kinds_of(order) == ["order.placed", "order.paid", "licence.granted", "charge.settled"]
    fact = ledger.order(order.id)
    assert (fact.gross_minor, fact.fee_minor) == (1200, 65)
    assert ledger.standing_licence(element_id=listing.entry_id, holder_id=ben.party_id) is not None
    assert ledger.balance("unsettled", "EUR") == -(1200 - 65) * 1_000_000
    verify()


def test_one_order_may_hold_many_lines_and_its_fee_falls_on_them_by_price(shop: Shop, linked: Running) -> None:
    mira = shop.creator("Mira")
    listings = [shop.on_sale(mira, f"Part {price}", price) for price in (100, 333, 1267)]

    order = shop.buy(linked, shop.person("Ben"), *listings)

    (settled,) = [r.event for r in ledger.events_about(order.id, limit=50) if r.event.kind == "charge.settled.v1"]
    fees = sorted(line.fee_minor for line in settled.lines)
    assert sum(fees) == ledger.order(order.id).fee_minor
    assert fees == sorted(fees)
    assert len(ledger.licences_of_order(order.id)) == 3


def test_what_cannot_be_bought_is_refused_and_nothing_is_written(shop: Shop, linked: Running, listing: Listing) -> None:
    ben = shop.person("Ben")
    mira_id = listing.entry.seller_id
    shop.buy(linked, ben, listing)
    size = ledger.size()

    with pytest.raises(EmptyCartError):
        services.place(buyer_id=ben.party_id, listing_ids=[])
    with pytest.raises(OfferGoneError):
        services.place(buyer_id=ben.party_id, listing_ids=[ben.party_id])
    with pytest.raises(AlreadyLicensedError):
        shop.place(ben, listing)
    with pytest.raises(AlreadyLicensedError):
        services.place(buyer_id=mira_id, listing_ids=[listing.id])

    assert ledger.size() == size


def test_a_declined_card_leaves_the_order_waiting(shop: Shop, linked: Running, listing: Listing) -> None:
    order = shop.place(shop.person("Ben"), listing)

    answer = linked.form(
        "/control/api/pay", session=order.session_id, card=DECLINES
    )  # without the key: not even a lever

    assert answer.status in (401, 403)
    assert services.confirm_from_processor(order_id=order.id).status == Order.Status.PLACED
    assert kinds_of(order) == ["order.placed"]


def test_an_expired_page_ends_the_order_and_frees_what_it_held(shop: Shop, linked: Running) -> None:
    listing = shop.on_sale(shop.creator("Mira"), licence="exclusive", price_minor=30_000)
    order = shop.place(shop.person("Ben"), listing)
    linked.lever("expire", session=order.session_id)

    for event in events(linked):
        assert tell(linked, event) == 200

    order.refresh_from_db()
    listing.refresh_from_db()
    assert order.status == Order.Status.LAPSED
    assert listing.reserved_order_id is None
    assert shop.buy(linked, shop.person("Cleo"), listing).status == Order.Status.PAID


def test_giving_up_closes_the_page_first(shop: Shop, linked: Running, listing: Listing) -> None:
    ben = shop.person("Ben")
    order = shop.place(ben, listing)

    services.cancel(order_id=order.id, buyer_id=ben.party_id)

    order.refresh_from_db()
    assert order.status == Order.Status.LAPSED
    with pytest.raises(AssertionError):
        linked.pay(order.session_id)


def test_giving_up_a_moment_after_paying_is_a_purchase(shop: Shop, linked: Running, listing: Listing) -> None:
    ben = shop.person("Ben")
    order = shop.place(ben, listing)
    linked.pay(order.session_id)

    assert services.cancel(order_id=order.id, buyer_id=ben.party_id).status == Order.Status.PAID


@pytest.mark.parametrize("mode", ["error_before", "error_after", "lost_response"])
def test_a_payment_page_that_failed_to_open_can_be_opened_again_and_is_one(
    shop: Shop, linked: Running, listing: Listing, mode: str
) -> None:
    linked.lever("fault", mode=mode, match="POST /v1/checkout/sessions")

    with pytest.raises(gateway.GatewayError):
        shop.place(shop.person("Ben"), listing)
    order = services.open_session(order_id=Order.objects.get().id)
    again = services.open_session(order_id=order.id)

    assert order.session_id == again.session_id
    linked.pay(order.session_id)
    assert services.confirm_from_processor(order_id=order.id).status == Order.Status.PAID


def test_a_page_that_nobody_was_sent_to_ends_no_order(shop: Shop, linked: Running, listing: Listing) -> None:
    linked.lever("fault", mode="error_after", match="POST /v1/checkout/sessions")
    with pytest.raises(gateway.GatewayError):
        shop.place(shop.person("Ben"), listing)
    order = services.open_session(order_id=Order.objects.get().id)
    (lost,) = [one for one in linked.client.v1.checkout.sessions.list({"limit": 9}) if one.id != order.session_id]
    linked.lever("expire", session=lost.id)

    for event in events(linked):
        assert tell(linked, event) == 200

    order.refresh_from_db()
    assert order.status == Order.Status.PLACED


# ------------------------------------------------------------------------------------------------- webhooks
def test_every_order_of_the_same_news_ends_in_the_same_books(shop: Shop, linked: Running, listing: Listing) -> None:
    order = shop.place(shop.person("Ben"), listing)
    linked.pay(order.session_id, GOOD_CARD)
    news = events(linked)

    for place, event in enumerate(random.Random(3).sample(news * 3, len(news) * 3)):
        assert tell(linked, event) == 200, place
    shop.work("settle_charge")

    assert kinds_of(order) == ["order.placed", "order.paid", "licence.granted", "charge.settled"]
    assert StripeEvent.objects.count() == len(news)
    verify()


def test_the_landing_page_and_the_webhook_do_it_once(shop: Shop, linked: Running, listing: Listing) -> None:
    ben = shop.person("Ben")
    order = shop.place(ben, listing)
    linked.pay(order.session_id)

    page = shop.client(ben).get(f"/orders/{order.id}/return/?session={order.session_id}", follow=True)
    for event in events(linked):
        assert tell(linked, event) == 200

    assert page.status_code == 200
    assert kinds_of(order).count("order.paid") == 1


@pytest.mark.parametrize("first", list(itertools.permutations(["checkout.session.completed", "charge.refunded"])))
def test_a_refund_made_at_the_processor_counts_whichever_news_comes_first(
    shop: Shop, linked: Running, listing: Listing, first: tuple[str, ...]
) -> None:
    ben = shop.person("Ben")
    order = shop.place(ben, listing)
    paid = linked.pay(order.session_id)
    linked.client.v1.refunds.create({"payment_intent": paid["payment_intent"]})
    news = {event["type"]: event for event in events(linked)}

    for kind in first:
        assert tell(linked, news[kind]) == 200
    shop.work("settle_charge")

    order.refresh_from_db()
    assert order.status == Order.Status.REFUNDED
    assert ledger.standing_licence(element_id=listing.entry_id, holder_id=ben.party_id) is None
    verify()


@pytest.mark.parametrize("dispute_first", [True, False])
def test_a_dispute_counts_whichever_news_comes_first(
    shop: Shop, linked: Running, listing: Listing, dispute_first: bool
) -> None:
    order = shop.place(shop.person("Ben"), listing)
    linked.pay(order.session_id, DISPUTES)
    news = sorted(events(linked), key=lambda event: event["type"].startswith("charge.dispute") is not dispute_first)

    for event in news:
        assert tell(linked, event) == 200
    shop.work("settle_charge")
    shop.work("look_at_dispute")

    order.refresh_from_db()
    assert order.status == Order.Status.DISPUTED
    assert kinds_of(order).count("dispute.opened") == 1
    verify()


# ------------------------------------------------------------------------------------- refunds and disputes
def test_a_refund_reverses_the_sale_and_revokes_the_licence_once(shop: Shop, linked: Running, listing: Listing) -> None:
    ben, staff = shop.person("Ben"), shop.person("Lea")
    order = shop.buy(linked, ben, listing)

    for _ in range(2):
        row = reversals.refund(order_id=order.id, actor_id=staff.party_id, reason="wrong key")
    for event in events(linked):
        assert tell(linked, event) == 200

    assert row.state == "done"
    assert kinds_of(order).count("order.refunded") == 1
    assert refunded_minor(linked) == 1200
    assert not ledger.licences_of(ben.party_id)[0].standing
    assert ledger.balance("unsettled", "EUR") == 65 * 1_000_000, "the fee of the payment is not given back"
    verify()


def test_a_refund_from_a_second_tab_says_that_nothing_was_paid_again(
    shop: Shop, linked: Running, listing: Listing
) -> None:
    from marketplace.accounts.permissions import Role

    order = shop.buy(linked, shop.person("Ben"), listing)
    tabs, line = shop.client(shop.person("Lea", Role.LABEL_STAFF)), order.lines.get()

    said = [
        tabs.post(f"/orders/{order.id}/refund/", {"reason": "wrong\0 key", "line": which}, follow=True).content.decode()
        for which in (line.id, line.id, "")
    ]

    assert ["Paid back." in page for page in said] == [True, False, False]
    assert ["nothing was paid a second time" in page for page in said] == [False, True, True]
    assert refunded_minor(linked) == 1200


@pytest.mark.parametrize("mode", ["error_before", "error_after", "lost_response"])
def test_a_refund_whose_answer_got_lost_pays_back_once(
    shop: Shop, linked: Running, listing: Listing, mode: str
) -> None:
    order = shop.buy(linked, shop.person("Ben"), listing)
    staff = shop.person("Lea")
    linked.lever("fault", mode=mode, match="POST /v1/refunds")

    with contextlib.suppress(gateway.GatewayError):
        reversals.refund(order_id=order.id, actor_id=staff.party_id, reason="wrong key")
    reversals.refund(order_id=order.id, actor_id=staff.party_id, reason="wrong key")

    assert refunded_minor(linked) == 1200
    assert kinds_of(order).count("order.refunded") == 1


def test_a_refund_that_is_refused_can_be_asked_for_until_it_goes_through(
    shop: Shop, linked: Running, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, staff = shop.buy(linked, shop.person("Ben"), listing), shop.person("Anna")
    asked: list[int] = []
    real = gateway.refund

    def refused_twice(*, attempt: int, **asked_for: Any) -> gateway.Refund:
        asked.append(attempt)
        answer = real(attempt=attempt, **asked_for)
        if attempt < 3:
            linked.lever("fail_refund", refund=answer.stripe_id)
            return gateway.retrieve_refund(answer.stripe_id)
        return answer

    monkeypatch.setattr(gateway, "refund", refused_twice)

    states = [reversals.refund(order_id=order.id, actor_id=staff.party_id, reason="wrong key").state for _ in range(4)]

    assert states == ["failed", "failed", "done", "done"]
    assert asked == [1, 2, 3]
    assert refunded_minor(linked) == 1200


def test_what_was_never_paid_or_is_disputed_is_not_refunded(shop: Shop, linked: Running, listing: Listing) -> None:
    staff = shop.person("Lea")
    waiting = shop.place(shop.person("Ben"), listing)
    disputed = shop.buy(linked, shop.person("Cleo"), listing, card=DISPUTES)
    for event in events(linked):
        tell(linked, event)
    shop.work("look_at_dispute")

    for order in (waiting, disputed):
        with pytest.raises(OrderStateError):
            reversals.refund(order_id=order.id, actor_id=staff.party_id, reason="please")

    assert refunded_minor(linked) == 0


@pytest.mark.parametrize(("outcome", "status"), [("won", Order.Status.PAID), ("lost", Order.Status.REFUNDED)])
def test_the_end_of_a_dispute_is_written_once(
    shop: Shop, linked: Running, listing: Listing, outcome: str, status: str
) -> None:
    ben = shop.person("Ben")
    order = shop.buy(linked, ben, listing, card=DISPUTES)
    (dispute,) = linked.client.v1.disputes.list({"limit": 1})
    linked.lever("close_dispute", dispute=dispute.id, outcome=outcome)

    for event in [*reversed(events(linked)), *events(linked)]:
        assert tell(linked, event) == 200
    shop.work("look_at_dispute")
    shop.work("look_at_dispute")

    order.refresh_from_db()
    assert order.status == status
    assert [kinds_of(order).count(f"dispute.{kind}") for kind in ("opened", outcome)] == [1, 1]
    assert ledger.licences_of(ben.party_id)[0].standing is (outcome == "won")
    verify()


# ------------------------------------------------------------------------------------------------- exclusive
@pytest.fixture
def exclusive(shop: Shop) -> Listing:
    return shop.on_sale(shop.creator("Mira"), licence="exclusive", price_minor=30_000)


def test_an_exclusive_offer_is_held_for_whoever_is_at_checkout(shop: Shop, linked: Running, exclusive: Listing) -> None:
    shop.place(shop.person("Ben"), exclusive)

    with pytest.raises(OfferGoneError, match="You were not charged"):
        shop.place(shop.person("Cleo"), exclusive)


def test_after_an_exclusive_sale_every_other_offer_of_it_ends(shop: Shop, linked: Running, exclusive: Listing) -> None:
    standard = shop.offer(_seller(exclusive), exclusive.entry_id, 1200)

    shop.buy(linked, shop.person("Ben"), exclusive)

    standard.refresh_from_db()
    exclusive.refresh_from_db()
    assert (exclusive.status, standard.status) == (Listing.Status.SOLD, Listing.Status.WITHDRAWN)
    assert {one.state for one in ledger.listings_of(exclusive.entry_id)} == {"withdrawn"}


def test_a_standard_licence_paid_after_the_exclusive_sale_is_paid_back(
    shop: Shop, linked: Running, exclusive: Listing
) -> None:
    standard = shop.offer(_seller(exclusive), exclusive.entry_id, 1200)
    cleo = shop.person("Cleo")
    late = shop.place(cleo, standard)
    shop.buy(linked, shop.person("Ben"), exclusive)

    _pays_too_late(shop, linked, late)

    assert refunded_minor(linked) == 1200
    assert ledger.licences_of(cleo.party_id) == []


def test_a_payment_that_crossed_the_end_of_its_reservation_is_paid_back_once(
    shop: Shop, linked: Running, exclusive: Listing
) -> None:
    late = shop.place(shop.person("Ben"), exclusive)
    Listing.objects.update(reserved_until=timezone.now() - dt.timedelta(seconds=1))
    winner = shop.buy(linked, shop.person("Cleo"), exclusive)

    _pays_too_late(shop, linked, late)

    assert winner.status == Order.Status.PAID
    assert refunded_minor(linked) == 30_000
    assert kinds_of(late) == ["order.placed", "order.lapsed"]
    verify()


def _seller(listing: Listing) -> Any:
    from marketplace.accounts.models import User

    return User.objects.get(party_id=listing.entry.seller_id)


def _pays_too_late(shop: Shop, sandbox: Running, order: Order) -> None:
    """The buyer pays, the site hears of it several times, also of its own refund."""
    sandbox.pay(order.session_id, GOOD_CARD)
    for _ in range(2):
        for event in events(sandbox):
            assert tell(sandbox, event) == 200
        shop.work("return_payment")
    order.refresh_from_db()
    assert order.status == Order.Status.LAPSED
    assert Outbox.objects.filter(task="marketplace.return_payment").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_buyers_at_the_same_moment_one_gets_it_and_the_other_is_not_charged(
    shop: Shop, linked: Running, exclusive: Listing
) -> None:
    buyers = [shop.person("Ben"), shop.person("Cleo")]
    gate = threading.Barrier(2)

    def go(buyer: Any) -> str:
        gate.wait()
        try:
            return shop.buy(linked, buyer, exclusive).status
        except OfferGoneError as error:
            return str(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(go, buyers), key=len)

    assert outcomes[0] == Order.Status.PAID
    assert "not charged" in outcomes[1] or "not on sale" in outcomes[1]
    assert [charge.amount for charge in linked.client.v1.charges.list({"limit": 9})] == [30_000]
    assert sum(len(ledger.licences_of(buyer.party_id)) for buyer in buyers) == 1


# ------------------------------------------------------------------------------------------------- the rest
def test_a_free_licence_takes_no_money_and_is_granted_once(shop: Shop) -> None:
    listing = shop.on_sale(shop.creator("Mira"), licence="free", price_minor=0)
    ben = shop.person("Ben")

    answer = shop.client(ben).post(f"/free/{listing.id}/")
    with pytest.raises(AlreadyLicensedError):
        services.claim_free(buyer_id=ben.party_id, listing_id=listing.id)

    (licence,) = ledger.licences_of(ben.party_id)
    assert answer.headers["Location"] == f"/certificates/{licence.licence_id}/"
    assert (licence.order_id, Order.objects.count()) == (None, 0)


def test_an_offer_with_a_price_is_not_given_away(shop: Shop, listing: Listing) -> None:
    with pytest.raises(OfferGoneError):
        services.claim_free(buyer_id=shop.person("Ben").party_id, listing_id=listing.id)


def test_orders_that_no_webhook_told_of_are_asked_about(shop: Shop, linked: Running, listing: Listing) -> None:
    paid, left = shop.place(shop.person("Ben"), listing), shop.place(shop.person("Cleo"), listing)
    linked.pay(paid.session_id)
    linked.lever("expire", session=left.session_id)
    Order.objects.update(created_at=timezone.now() - dt.timedelta(hours=1))

    tasks.look_after_orders()

    assert [Order.objects.get(pk=one.id).status for one in (paid, left)] == ["paid", "lapsed"]


def test_other_people_s_orders_look_as_if_they_were_not_there(shop: Shop, linked: Running, listing: Listing) -> None:
    from marketplace.accounts.permissions import Role

    ben = shop.person("Ben")
    order = shop.buy(linked, ben, listing)
    pages = [f"/orders/{order.id}/", f"/orders/{order.id}/return/", f"/orders/{order.id}/cancelled/"]
    stranger, staff = shop.client(shop.person("Eve")), shop.client(shop.person("Lea", Role.LABEL_STAFF))

    assert [stranger.get(page).status_code for page in pages] == [404] * 3
    assert stranger.post(f"/orders/{order.id}/cancel/").status_code == 404
    assert stranger.post(f"/orders/{order.id}/resume/").status_code == 404
    assert stranger.post(f"/orders/{order.id}/refund/", {"reason": "mine"}).status_code == 403
    assert shop.client(ben).post(f"/orders/{order.id}/refund/", {"reason": "mine"}).status_code == 403
    assert staff.get(pages[0]).status_code == 200
    assert str(order.id) not in stranger.get("/orders/?all").content.decode()


def test_the_cart_goes_to_the_payment_page_and_is_empty_afterwards(
    shop: Shop, linked: Running, listing: Listing
) -> None:
    client = shop.client(shop.person("Ben"))
    client.post(f"/cart/add/{listing.id}/")
    client.post(f"/cart/add/{listing.id}/")

    answer = client.post("/checkout/")

    order = Order.objects.get()
    assert answer.headers["Location"] == order.session_url
    assert order.lines.count() == 1
    assert client.post("/checkout/").headers["Location"] == "/cart/"
