"""Figures behind earnings: sums by month, element and licence; derivatives; people told only from five up."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from ledger.domain import events
from ledger.domain.ids import uuid7
from ledger.selectors import analytics
from ledger.services import clock
from tests.helpers import books
from tests.helpers.shop import Shop, day, shop, upstream

__all__ = ["shop"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def story(shop: Shop) -> dict[str, Any]:
    with clock.at(day("2026-06-01")):
        mira = shop.creator("Mira")
        tune, other = shop.element(mira), shop.element(mira)
    books.sell(tune, 1000, at="2026-07-01")
    books.sell(tune, 500, at="2026-07-20")
    books.refund(books.sell(tune, 700, at="2026-07-21"), at="2026-08-02")
    books.sell(other, 300, at="2026-08-03")
    return {"maker": mira, "mira": mira.party_id, "tune": tune, "other": other}


def grant(element: UUID, holder: UUID) -> None:
    books.write(
        events.LicenceGranted(
            licence_id=uuid7(),
            element_id=element,
            content_hash="0" * 64,
            holder_id=holder,
            licence_kind="standard",
            terms_hash="0" * 64,
            order_id=None,
            line_id=None,
        ),
        at="2026-09-01",
    )


def test_sales_are_summed_by_month_and_element_and_what_went_back_counts_in_its_own_month(
    story: dict[str, Any],
) -> None:
    found = analytics.month_sales([story["tune"], story["other"]])

    sums = {(one.month, one.element_id): (one.licence_kind, one.currency, one.sold, one.gross_minor) for one in found}
    assert sums == {
        ("2026-07", story["tune"]): ("standard", "EUR", 3, 2200),
        ("2026-08", story["tune"]): ("standard", "EUR", 0, -700),
        ("2026-08", story["other"]): ("standard", "EUR", 1, 300),
    }


def test_people_are_counted_from_five_up(story: dict[str, Any]) -> None:
    holders = [uuid7() for _number in range(analytics.PEOPLE_MIN)]
    for holder in holders[:-1]:
        grant(story["tune"], holder)
    few = analytics.people([story["tune"]])
    grant(story["tune"], holders[-1])
    five = analytics.people([story["tune"], story["other"]])
    for holder in holders:
        grant(story["other"], holder)

    again = analytics.people([story["tune"], story["other"]])

    assert (few.buyers, few.came_again) == (None, None)
    assert (five.buyers, five.came_again) == (5, None)
    assert (again.buyers, again.came_again) == (5, 5)


def test_what_was_made_of_an_element_stands_with_its_sales(shop: Shop, story: dict[str, Any]) -> None:
    with clock.at(day("2026-09-02")):
        child = shop.element(story["maker"], "Band", parents=[upstream(story["tune"], 100_000)])
    books.sell(child, 900, at="2026-09-03")

    (found,) = analytics.derived_sales([story["tune"]])

    assert (found.parent_id, found.child_id, found.sold, found.gross_minor) == (story["tune"], child, 1, 900)


def test_the_page_asks_a_bounded_number_of_questions(
    shop: Shop, story: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    client = shop.client(None)
    from marketplace.accounts.models import User
    from marketplace.dashboards import figures

    mira = User.objects.get(party_id=story["mira"])
    client.force_login(mira)
    for number in range(10):
        books.sell(story["tune"], 100 + number, at="2026-09-04")

    with django_assert_max_num_queries(16):
        found = figures.of(story["mira"])
    page = client.get("/earnings/figures/")

    assert [row.name for row in found.currencies[0].months] == ["2026-07", "2026-08", "2026-09"]
    assert page.status_code == 200
    assert "fewer than 5" in page.content.decode()
