"""Subscriptions: both policies side by side, expiry by the published rule, and nothing taken from who leaves.

Ana pays 20.00 and Ben 10.00 for ten credits each (no tax, no fee). In August Ana spends 1 on Mira, Ben 9 on Jonas.
Commission is 15 %.

    user-centric: Ana's credit lets go 2.00, all of it to Mira; Ben's nine let go 9.00, all of it to Jonas
    pro rata:     one pot of 11.00: one of ten parts to Mira, nine to Jonas
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from uuid import UUID

import pytest

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain.ids import uuid7
from ledger.services import clock
from ledger.services.settlements import credits, policies
from marketplace.accounts.permissions import Role
from marketplace.subscriptions import services
from tests.helpers import books
from tests.helpers.shop import Shop, day

pytestmark = pytest.mark.django_db
UTC = dt.UTC


def plan(subscriber: UUID, *, at: str, net_minor: int, count: int, expires: str) -> UUID:
    """A paid period of a user-centric plan; its lot."""
    subscription, lot = uuid7(), uuid7()
    books.write(
        events.SubscriptionStarted(
            subscription_id=subscription, subscriber_id=subscriber, plan="stave-1", policy="user_centric"
        ),
        events.CreditsGranted(
            lot_id=lot,
            subscription_id=subscription,
            subscriber_id=subscriber,
            credits=count,
            currency="EUR",
            gross_minor=net_minor,
            tax_minor=0,
            fee_minor=0,
            expires_at=dt.datetime.fromisoformat(expires).replace(tzinfo=UTC),
        ),
        at=at,
    )
    return lot


def spend(lot: UUID, subscriber: UUID, element: UUID, count: int, released_minor: int, *, at: str) -> None:
    books.write(
        events.CreditsSpent(
            lot_id=lot,
            subscriber_id=subscriber,
            element_id=element,
            credits=count,
            currency="EUR",
            released_minor=released_minor,
        ),
        at=at,
    )


@pytest.fixture
def story(shop: Shop) -> dict[str, Any]:
    with clock.at(day("2026-06-01")):
        mira, jonas = shop.creator("Mira"), shop.creator("Jonas")
        anna = shop.person("Anna", Role.LABEL_STAFF)
        first, second = shop.on_sale(mira).entry_id, shop.on_sale(jonas).entry_id
    ana, ben = uuid7(), uuid7()
    # Ana's ten credits cost her twice what Ben's cost him.
    ana_lot = plan(ana, at="2026-07-01", net_minor=2000, count=10, expires="2026-09-15")
    ben_lot = plan(ben, at="2026-07-01", net_minor=1000, count=10, expires="2027-07-01")
    spend(ana_lot, ana, first, 1, 200, at="2026-08-02")
    spend(ben_lot, ben, second, 9, 900, at="2026-08-03")
    return {"mira": mira, "jonas": jonas, "anna": anna, "ana_lot": ana_lot, "ana": ana, "second": second}


def month(start: str, end: str) -> policies.Comparison:
    return policies.compare(
        start=dt.datetime.fromisoformat(start).replace(tzinfo=UTC),
        end=dt.datetime.fromisoformat(end).replace(tzinfo=UTC),
    )


def test_both_policies_stand_side_by_side_and_divide_the_same_money(story: dict[str, Any]) -> None:
    found = month("2026-08-01", "2026-09-01")

    rows = {row.party_id: row for row in found.rows}
    mira, jonas = rows[story["mira"].party_id], rows[story["jonas"].party_id]
    assert (mira.user_centric_micro, jonas.user_centric_micro) == (170_000_000, 765_000_000)  # 85 % of 2.00 and 9.00
    assert (mira.pro_rata_micro, jonas.pro_rata_micro) == (93_500_000, 841_500_000)  # 1 and 9 of ten parts of 11.00
    assert mira.difference_micro == -jonas.difference_micro == -76_500_000
    assert sum(r.user_centric_micro for r in found.rows) == sum(r.pro_rata_micro for r in found.rows) == 1_100_000_000
    assert (found.credits_spent, found.credits_expired, found.subscribers) == (10, 0, 2)


def test_comparing_changes_nothing_and_the_plan_s_own_policy_is_what_a_run_takes(story: dict[str, Any]) -> None:
    before = ledger.size()

    found = month("2026-08-01", "2026-09-01")
    taken = credits.lines_of_uses(end=dt.datetime(2026, 9, 1, tzinfo=UTC), earlier_ends=[])

    assert ledger.size() == before
    own = policies.royalties(taken)
    assert {(row.party_id, row.currency): row.user_centric_micro for row in found.rows} == own


def test_expired_credits_go_to_whoever_was_used_that_month_or_wait(story: dict[str, Any]) -> None:
    with clock.at(day("2026-09-20")):
        services.expire_credits()
    september = month("2026-09-01", "2026-10-01")
    spend(uuid_of_ben_lot(story), uuid7(), story["second"], 1, 100, at="2026-10-05")

    october = month("2026-10-01", "2026-11-01")

    assert (september.rows, september.credits_expired, september.waiting_minor) == ((), 9, {"EUR": 1800})
    rows = {row.party_id: row for row in october.rows}
    # Ana's 18.00 that nobody used waited, and go with Ben's last credit to Jonas: 85 % of 18.00 and of 1.00.
    assert (
        rows[story["jonas"].party_id].user_centric_micro
        == rows[story["jonas"].party_id].pro_rata_micro
        == 1_615_000_000
    )
    assert october.waiting_minor == {}


def uuid_of_ben_lot(story: dict[str, Any]) -> UUID:
    (lot,) = [lot.lot_id for lot in ledger.credit_lots() if lot.lot_id != story["ana_lot"]]
    return lot


def test_who_leaves_keeps_credits_until_they_expire_and_licences_for_good(shop: Shop) -> None:
    with clock.at(day("2026-06-01")):
        mira, ben = shop.creator("Mira"), shop.person("Ben")
        first = shop.on_sale(mira, price_minor=300)
        second = shop.on_sale(mira, price_minor=300)
    lot = plan(ben.party_id, at="2026-07-01", net_minor=1000, count=10, expires="2027-07-01")
    with clock.at(day("2026-07-02")):
        services.spend(subscriber_id=ben.party_id, listing_id=first.id)
    subscription = ledger.subscriptions_of(ben.party_id)[0].subscription_id
    books.write(events.SubscriptionEnded(subscription_id=subscription), at="2026-07-10")

    with clock.at(day("2026-08-01")):
        left = sum(services.left_of(one) for one in services.usable_lots(ben.party_id))
        services.spend(subscriber_id=ben.party_id, listing_id=second.id)
    with clock.at(day("2027-07-02")):
        services.expire_credits()

    library = shop.client(ben).get("/library/").content.decode()
    assert left == 7
    assert next(one for one in ledger.credit_lots(ben.party_id) if one.lot_id == lot).left == 0
    for listing in (first, second):
        licence = ledger.standing_licence(element_id=listing.entry_id, holder_id=ben.party_id)
        assert licence is not None
        assert str(licence.licence_id) in library
        page = shop.client(ben).get(f"/elements/{listing.entry_id}/").content.decode()
        (link, *_forms) = re.findall(r'href="(/versions/[^"]+)" data-turbo', page)
        to_bytes = shop.client(ben).get(link).headers["Location"]
        assert shop.client(ben).get(to_bytes).status_code == 200


def test_staff_see_a_period_s_chart_and_a_creator_what_the_other_policy_would_bring(
    shop: Shop, story: dict[str, Any]
) -> None:
    staff, creator = shop.client(story["anna"]), shop.client(story["mira"])

    page = staff.get("/settlements/subscriptions/", {"period": "2026-08"}).content.decode()
    with clock.at(day("2026-09-10")):
        hers = creator.get("/earnings/figures/").content.decode()

    assert "Mira" in page
    assert 'data-value="170"' in page
    assert 'data-value="93"' in page
    assert creator.get("/settlements/subscriptions/").status_code == 403
    assert staff.get("/settlements/subscriptions/", {"period": "soon"}).status_code == 302
    assert "Credits, August 2026" in hers
    assert "1.70" in hers


def test_the_plans_page_publishes_the_rule_of_expiry(shop: Shop) -> None:
    page = shop.client(None).get("/plans/").content.decode()

    assert "Credits nobody spent in that year expire" in page
    assert "stays yours for good" in page
