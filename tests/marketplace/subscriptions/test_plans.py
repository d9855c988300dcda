"""Plans: a paid period brings credits once, credits buy licences, and their money reaches whoever was used."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.conf import settings as site

from ledger import selectors as ledger
from ledger.services import clock
from ledger.services.audit import verify
from ledger.services.settlements import findings, periods, reviews, runs
from marketplace.accounts.permissions import Role
from marketplace.catalogue.models import Listing
from marketplace.checkout.errors import AlreadyLicensedError, OfferGoneError, OrderStateError
from marketplace.subscriptions import services
from marketplace.subscriptions.models import Subscription
from tests.helpers.sandbox import Running
from tests.helpers.shop import GOOD_CARD, Shop
from tests.marketplace.checkout.webhook_calls import events, tell

pytestmark = pytest.mark.django_db


def hear(shop: Shop, sandbox: Running, *, times: int = 1) -> None:
    for _ in range(times):
        for event in events(sandbox):
            assert tell(sandbox, event) == 200
    shop.work("grant_credits")


@pytest.fixture
def ben(shop: Shop, linked: Running) -> Any:
    """A subscriber with twenty credits."""
    ben = shop.person("Ben")
    row = services.subscribe(subscriber_id=ben.party_id, plan_name="stave-1")
    linked.pay(row.session_id, GOOD_CARD)
    hear(shop, linked)
    return ben


def left(who: Any) -> int:
    return sum(services.left_of(lot) for lot in services.usable_lots(who.party_id))


def test_a_paid_period_brings_its_credits_once(shop: Shop, linked: Running, ben: Any) -> None:
    hear(shop, linked, times=2)

    assert left(ben) == 20
    assert Subscription.objects.get().state == "active"
    assert ledger.balance("subscribers", "EUR") < 0
    verify()


def test_a_renewal_brings_more(shop: Shop, linked: Running, ben: Any) -> None:
    linked.lever("renew", subscription=Subscription.objects.get().stripe_id)

    hear(shop, linked)

    assert left(ben) == 40


def test_credits_buy_a_standard_licence_and_nothing_else(shop: Shop, ben: Any) -> None:
    mira = shop.creator("Mira")
    listing = shop.on_sale(mira, price_minor=450)
    exclusive = shop.on_sale(mira, licence="exclusive", price_minor=500)

    services.spend(subscriber_id=ben.party_id, listing_id=listing.id)

    assert left(ben) == 15
    assert ledger.standing_licence(element_id=listing.entry_id, holder_id=ben.party_id) is not None
    with pytest.raises(AlreadyLicensedError):
        services.spend(subscriber_id=ben.party_id, listing_id=listing.id)
    with pytest.raises(OfferGoneError):
        services.spend(subscriber_id=ben.party_id, listing_id=exclusive.id)
    with pytest.raises(OrderStateError, match="short"):
        services.spend(subscriber_id=ben.party_id, listing_id=shop.on_sale(mira, price_minor=1501).id)
    assert left(ben) == 15
    verify()


def test_the_end_of_a_plan_takes_no_licence_and_no_credit(shop: Shop, linked: Running, ben: Any) -> None:
    listing = shop.on_sale(shop.creator("Mira"), price_minor=450)
    services.spend(subscriber_id=ben.party_id, listing_id=listing.id)

    services.end(subscriber_id=ben.party_id)
    hear(shop, linked)

    assert Subscription.objects.get().state == "ended"
    assert left(ben) == 15
    assert ledger.licences_of(ben.party_id)[0].standing
    with pytest.raises(OrderStateError):
        services.end(subscriber_id=ben.party_id)


def test_the_money_of_used_and_expired_credits_reaches_the_makers_to_the_cent(
    shop: Shop, linked: Running, ben: Any
) -> None:
    mira, anna, bela = shop.creator("Mira"), shop.person("Anna", Role.LABEL_STAFF), shop.person("Bela")
    first, second = shop.on_sale(mira, price_minor=300), shop.on_sale(mira, "Morning train", 100)
    net_micro = -ledger.balance("subscribers", "EUR")
    services.spend(subscriber_id=ben.party_id, listing_id=first.id)
    end = clock.now() + dt.timedelta(days=366)
    with clock.at(end):
        shop.client(ben)  # the year passes
        assert services.expire_credits() == 1
        assert services.expire_credits() == 0
    with clock.at(end + dt.timedelta(days=1)):
        run = runs.calculate(period=periods.until(clock.now() - dt.timedelta(hours=1)), actor_id=anna.party_id)
        reviews.review(run_id=run, acknowledged=findings.KINDS, actor_id=anna.party_id)
        runs.approve(run_id=run, actor_id=anna.party_id)
        runs.release(run_id=run, actor_id=bela.party_id)

    statements = {one.party_id: one.royalty_micro for one in ledger.statements_of_run(run)}
    used = net_micro // 1_000_000 * 3 // 20 * 1_000_000
    assert second.status == Listing.Status.ON_SALE
    assert ledger.balance("subscribers", "EUR") == 0
    assert sum(statements.values()) - ledger.balance("unsettled", "EUR") == net_micro
    assert statements[mira.party_id] >= used * (1_000_000 - site.COMMISSION_PPM) // 1_000_000
    verify()


def test_one_plan_at_a_time(shop: Shop, ben: Any) -> None:
    with pytest.raises(OrderStateError):
        services.subscribe(subscriber_id=ben.party_id, plan_name="score-1")

    assert shop.client(ben).post("/plans/no-such-plan/subscribe/").status_code == 404
