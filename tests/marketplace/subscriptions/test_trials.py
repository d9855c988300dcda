"""Trials: free for some days, once a person; makers are paid for what is used in them all the same."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import stripe
from django.conf import settings as site

from ledger import selectors as ledger
from ledger.domain import events as facts
from ledger.services import clock
from ledger.services.audit import verify
from ledger.services.settlements import findings, periods, reviews, runs
from marketplace.checkout.errors import OrderStateError
from marketplace.dashboards.statements import lines
from marketplace.subscriptions import services, trials
from marketplace.subscriptions.models import Subscription
from tests.helpers.checkout import plan_params
from tests.helpers.sandbox import Running
from tests.helpers.shop import GOOD_CARD, Shop
from tests.marketplace.checkout.webhook_calls import events, tell

pytestmark = pytest.mark.django_db
NO_MONEY = "4000000000009995"


def hear(shop: Shop, sandbox: Running) -> None:
    for event in events(sandbox):
        assert tell(sandbox, event) == 200
    shop.work("grant_credits")


@pytest.fixture
def ada(shop: Shop, linked: Running) -> Any:
    """Somebody in her trial."""
    ada = shop.person("Ada")
    row = services.subscribe(subscriber_id=ada.party_id, plan_name="stave-1", with_trial=True)
    linked.pay(row.session_id, GOOD_CARD)
    hear(shop, linked)
    return ada


def left(who: Any) -> int:
    return sum(services.left_of(lot) for lot in services.usable_lots(who.party_id))


def kinds_of(row: Subscription) -> list[str]:
    records = sorted(ledger.events_about(row.id, limit=50), key=lambda record: record.position)
    return [record.event.kind for record in records]


def test_a_trial_charges_nothing_and_brings_credits_until_its_day(shop: Shop, linked: Running, ada: Any) -> None:
    hear(shop, linked)

    row = Subscription.objects.get()
    assert (left(ada), row.state) == (5, "trial")
    assert kinds_of(row) == ["trial.started.v1", "credits.granted.v1"]
    assert row.trial_ends_at is not None
    assert dt.timedelta(days=13) < row.trial_ends_at - clock.now() <= dt.timedelta(days=14)
    assert linked.client.v1.charges.list().data == []
    assert linked.client.v1.subscriptions.retrieve(row.stripe_id).status == "trialing"


def test_a_card_that_is_no_good_begins_no_trial(shop: Shop, linked: Running) -> None:
    row = services.subscribe(subscriber_id=shop.person("Ada").party_id, plan_name="stave-1", with_trial=True)

    with pytest.raises(AssertionError):
        linked.pay(row.session_id, NO_MONEY)

    assert linked.client.v1.checkout.sessions.retrieve(row.session_id).status == "open"
    assert linked.client.v1.subscriptions.list().data == []


def test_credits_of_a_trial_pay_the_makers_out_of_the_platforms_own_money(
    shop: Shop, linked: Running, ada: Any
) -> None:
    mira = shop.creator("Mira")
    listing = shop.on_sale(mira, price_minor=300)

    services.spend(subscriber_id=ada.party_id, listing_id=listing.id)

    platform = site.PLATFORM_PARTY_ID
    assert left(ada) == 2
    assert ledger.balance(f"payable:{platform}", "EUR") == 3 * 40 * 1_000_000  # a debit: it owes what it gave
    assert ledger.balance("unsettled", "EUR") == -3 * 40 * 1_000_000
    assert ledger.balance("adjustments", "EUR") == 0
    verify()


def test_a_run_shares_what_a_trial_paid_like_a_sale_and_the_statement_says_where_it_came_from(
    shop: Shop, linked: Running, ada: Any
) -> None:
    mira, (petra, idris) = shop.creator("Mira"), (shop.person("Petra"), shop.person("Idris"))
    services.spend(subscriber_id=ada.party_id, listing_id=shop.on_sale(mira, price_minor=300).id)

    run = settled(petra.party_id, idris.party_id)

    (statement,) = [one for one in ledger.statements_of(mira.party_id) if one.run_id == run]
    kept_ppm = 1_000_000 - site.COMMISSION_PPM
    assert statement.royalty_micro == 120 * kept_ppm
    rows = lines.read(statement.lines_hash)
    (line,) = lines.in_words(rows, lines.titles_of(rows))
    assert line.note == "credits of a trial: paid by the platform"


def settled(preparer: Any, releaser: Any) -> Any:
    """Everything until tomorrow, run and released."""
    with clock.at(clock.now() + dt.timedelta(days=1)):
        run = runs.calculate(period=periods.until(clock.now() - dt.timedelta(hours=1)), actor_id=preparer)
        reviews.review(run_id=run, acknowledged=findings.KINDS, actor_id=preparer)
        runs.approve(run_id=run, actor_id=preparer)
        runs.release(run_id=run, actor_id=releaser)
    return run


def test_who_goes_on_is_charged_at_the_end_and_keeps_one_plan(shop: Shop, linked: Running, ada: Any) -> None:
    row = Subscription.objects.get()

    linked.lever("renew", subscription=row.stripe_id)
    hear(shop, linked)

    row.refresh_from_db()
    assert row.state == "active"
    assert kinds_of(row)[2:] == ["trial.ended.v1", "subscription.started.v1", "credits.granted.v1"]
    assert [charge.amount for charge in linked.client.v1.charges.list().data] == [999]
    assert left(ada) == 25


def test_who_cancels_pays_nothing_keeps_what_was_licensed_and_has_no_second_trial(
    shop: Shop, linked: Running, ada: Any
) -> None:
    listing = shop.on_sale(shop.creator("Mira"), price_minor=100)
    services.spend(subscriber_id=ada.party_id, listing_id=listing.id)

    services.end(subscriber_id=ada.party_id)

    row = Subscription.objects.get()
    assert (row.state, left(ada)) == ("ended", 4)
    assert ledger.standing_licence(holder_id=ada.party_id, element_id=listing.entry_id) is not None
    assert linked.client.v1.subscriptions.retrieve(row.stripe_id).status == "canceled"
    assert linked.client.v1.charges.list().data == []
    with pytest.raises(OrderStateError, match="never had a plan or a trial"):
        services.subscribe(subscriber_id=ada.party_id, plan_name="stave-1", with_trial=True)


def test_credits_that_nobody_spent_end_with_the_trial_and_cost_nothing(shop: Shop, linked: Running, ada: Any) -> None:
    with clock.at(clock.now() + dt.timedelta(days=15)):
        assert services.expire_credits() == 1

    assert ledger.balance(f"payable:{site.PLATFORM_PARTY_ID}", "EUR") == 0
    verify()


def test_two_trials_opened_at_once_begin_one(shop: Shop, linked: Running) -> None:
    ada = shop.person("Ada")
    rows = [services.subscribe(subscriber_id=ada.party_id, plan_name="stave-1", with_trial=True) for _ in range(2)]
    for row in rows:
        linked.pay(row.session_id, GOOD_CARD)

    hear(shop, linked)

    assert left(ada) == 5
    assert sorted(Subscription.objects.values_list("state", flat=True)) == ["ended", "trial"]
    statuses = [linked.client.v1.subscriptions.retrieve(one.stripe_id).status for one in Subscription.objects.all()]
    assert sorted(statuses) == ["canceled", "trialing"]


def test_one_letter_says_the_day_and_the_amount_before_the_first_charge(
    shop: Shop, linked: Running, ada: Any, settings: Any
) -> None:
    early = trials.remind()
    with clock.at(clock.now() + dt.timedelta(days=12)):
        told, again = trials.remind(), trials.remind()
    shop.work("send_mail")

    assert (early, told, again) == (0, 1, 0)
    (letter,) = settings.EMAIL_FILE_PATH.iterdir()
    text = letter.read_text()
    assert "9.99 EUR" in text
    assert "/plans/" in text


def test_credits_of_a_trial_take_no_part_of_the_money_of_paid_ones(shop: Shop, linked: Running, ada: Any) -> None:
    first, second = shop.on_sale(shop.creator("Mira"), price_minor=500), shop.on_sale(shop.creator("Jonas"))
    services.spend(subscriber_id=ada.party_id, listing_id=first.id)
    linked.lever("renew", subscription=Subscription.objects.get().stripe_id)
    hear(shop, linked)
    services.spend(subscriber_id=ada.party_id, listing_id=second.id)

    run = settled(shop.person("Petra").party_id, shop.person("Idris").party_id)

    spent = [r.event for r in ledger.events_about(second.entry_id) if isinstance(r.event, facts.CreditsSpent)]
    paid = {one.party_id: one.royalty_micro for one in ledger.statements_of_run(run)}
    kept_ppm = 1_000_000 - site.COMMISSION_PPM
    assert paid[first.entry.seller_id] == 5 * 40 * kept_ppm
    assert paid[second.entry.seller_id] == sum(one.released_minor for one in spent) * kept_ppm


def test_the_page_names_the_day_and_the_amount_before_and_during_a_trial(shop: Shop, linked: Running, ada: Any) -> None:
    before = shop.client(None).get("/plans/").content.decode()
    during = shop.client(ada).get("/plans/").content.decode()

    assert "Try it for 14 days" in before
    assert "the first charge is" in before
    assert "Cancel, and pay nothing" in during
    assert "Try it for 14 days" not in during


def test_cancelling_a_trial_says_that_the_card_is_not_charged(shop: Shop, linked: Running, ada: Any) -> None:
    page = shop.client(ada).post("/plans/end/", follow=True).content.decode()

    assert "your card is not charged" in page


@pytest.mark.parametrize("days", [0, 731])
def test_the_sandbox_takes_trials_of_a_day_to_two_years(linked: Running, days: int) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="trial period"):
        linked.client.v1.checkout.sessions.create(plan_params(subscription_data={"trial_period_days": days}))
