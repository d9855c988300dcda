"""Two at once: whatever the order in which the database lets them in, the books are the same."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from ledger import selectors as ledger
from ledger.domain.ids import uuid7
from ledger.gateways import payouts
from ledger.services.audit import verify
from marketplace.catalogue.models import Listing
from marketplace.checkout import reversals, services
from marketplace.checkout.orders import Order
from marketplace.subscriptions import services as plans
from marketplace.subscriptions.models import Subscription
from tests.helpers.sandbox import Running
from tests.helpers.shop import GOOD_CARD, Shop
from tests.marketplace.checkout.webhook_calls import events, tell

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*verbs: Callable[[], Any]) -> list[Any]:
    """Everything at the same moment, each in a thread; what each gave or raised."""
    gate = threading.Barrier(len(verbs))

    def go(verb: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return verb()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(go, verbs))


def test_the_webhook_the_landing_page_and_the_safety_net_meet_at_one_order(shop: Shop, linked: Running) -> None:
    ben = shop.person("Ben")
    order = shop.place(ben, shop.on_sale(shop.creator("Mira")))
    linked.pay(order.session_id, GOOD_CARD)
    news = [event for event in events(linked) if event["type"] == "checkout.session.completed"]

    outcomes = at_once(
        *[lambda: tell(linked, news[0])] * 2, *[lambda: services.confirm_from_processor(order_id=order.id)] * 2
    )

    assert not [one for one in outcomes if isinstance(one, Exception)]
    assert Order.objects.get().status == Order.Status.PAID
    assert len(ledger.licences_of(ben.party_id)) == 1
    verify()


def test_two_clicks_on_refund_pay_back_once(shop: Shop, linked: Running) -> None:
    payouts.top_up(topup_id=uuid7(), amount_minor=10_000, currency="EUR", reason="tests")
    order = shop.buy(linked, shop.person("Ben"), shop.on_sale(shop.creator("Mira")))
    staff = shop.person("Lea").party_id

    outcomes = at_once(*[lambda: reversals.refund(order_id=order.id, actor_id=staff, reason="wrong key")] * 2)

    refunds = linked.client.v1.refunds.list({"limit": 9})
    assert [one.amount for one in refunds] == [1200], outcomes
    assert sum(r.event.kind == "order.refunded.v1" for r in ledger.events_about(order.id, limit=50)) == 1
    verify()


def test_an_exclusive_and_a_standard_sale_of_one_element_never_both_stand(shop: Shop, linked: Running) -> None:
    mira = shop.creator("Mira")
    exclusive = shop.on_sale(mira, licence="exclusive", price_minor=30_000)
    standard = shop.offer(mira, exclusive.entry_id, 1200)
    first, second = shop.place(shop.person("Ben"), exclusive), shop.place(shop.person("Cleo"), standard)
    for order in (first, second):
        linked.pay(order.session_id, GOOD_CARD)

    at_once(*[lambda order=order: services.confirm_from_processor(order_id=order.id) for order in (first, second)])

    first.refresh_from_db()
    second.refresh_from_db()
    sold_before = [r.position for r in ledger.events_about(second.id, limit=50) if r.event.kind == "order.paid.v2"]
    sold = [r.position for r in ledger.events_about(first.id, limit=50) if r.event.kind == "order.paid.v2"]
    assert first.status == Order.Status.PAID
    assert second.status == Order.Status.LAPSED or sold_before < sold
    verify()


def test_one_credit_is_not_spent_twice(shop: Shop, linked: Running) -> None:
    ben, mira = shop.person("Ben"), shop.creator("Mira")
    row = plans.subscribe(subscriber_id=ben.party_id, plan_name="stave-1")
    linked.pay(row.session_id, GOOD_CARD)
    for event in events(linked):
        tell(linked, event)
    shop.work("grant_credits")
    listings = [shop.on_sale(mira, f"Part {n}", 1500) for n in range(2)]

    outcomes = at_once(
        *[lambda one=one: plans.spend(subscriber_id=ben.party_id, listing_id=one.id) for one in listings]
    )

    assert sum(isinstance(one, Exception) for one in outcomes) == 1
    assert len(ledger.licences_of(ben.party_id)) == 1
    assert Subscription.objects.get().state == "active"
    assert Listing.objects.filter(status="on_sale").count() == 2
    verify()


def test_one_person_takes_a_free_licence_once_however_fast_they_click(shop: Shop) -> None:
    ben = shop.person("Ben")
    listing = shop.on_sale(shop.creator("Mira"), licence="free", price_minor=0)

    at_once(*[lambda: services.claim_free(buyer_id=ben.party_id, listing_id=listing.id)] * 3)

    assert len(ledger.licences_of(ben.party_id)) == 1
