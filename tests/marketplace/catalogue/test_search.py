"""Finding: by words, with typos, by kind, tags, tempo and key; and never with more questions for more rows."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.domain import events
from ledger.services import append
from marketplace.catalogue import services
from marketplace.catalogue.selectors import PAGE_SIZE, Filters, search
from tests.helpers.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def stock(shop: Shop) -> Shop:
    mira = shop.creator("Mira")
    shop.on_sale(mira, "Night ferry", tags=["dark", "waltz"], tempo_bpm=92.0, key="D minor")
    shop.on_sale(mira, "Morning train", 300, kind="progression", tags=["bright"], tempo_bpm=128.0, key="C major")
    shop.on_sale(mira, "Slow harbour", 800, kind="wave", tags=["dark", "drone"], tempo_bpm=None, key="")
    return shop


def titles(**asked: Any) -> list[str]:
    return sorted(row.title for row in search(Filters(**asked)).rows)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["Morning train", "Night ferry", "Slow harbour"]),
        ({"text": "ferry"}, ["Night ferry"]),
        ({"text": "waltz"}, ["Night ferry"]),
        ({"text": "nigt fery"}, ["Night ferry"]),
        ({"text": "harbor"}, ["Slow harbour"]),
        ({"text": "tuba"}, []),
        ({"text": "'; drop table --"}, []),
        ({"kinds": ("wave", "progression")}, ["Morning train", "Slow harbour"]),
        ({"tags": ("dark",)}, ["Night ferry", "Slow harbour"]),
        ({"tags": ("dark", "drone")}, ["Slow harbour"]),
        ({"tempo_min_bpm": 90.0, "tempo_max_bpm": 100.0}, ["Night ferry"]),
        ({"tempo_min_bpm": 100.0}, ["Morning train"]),
        ({"key": "d Minor"}, ["Night ferry"]),
        ({"licence_kind": "exclusive"}, []),
        ({"text": "train", "kinds": ("wave",)}, []),
    ],
)
def test_search_finds_what_fits(stock: Shop, asked: dict[str, Any], found: list[str]) -> None:
    assert titles(**asked) == found


@pytest.mark.parametrize(
    ("order", "first"), [("price", "Morning train"), ("title", "Morning train"), ("tempo", "Night ferry")]
)
def test_results_come_in_the_order_asked_for(stock: Shop, order: str, first: str) -> None:
    assert search(Filters(order=order)).rows[0].title == first


def test_what_is_withdrawn_or_waits_is_not_found(stock: Shop) -> None:
    mira = stock.creator("Mira2")
    tomas = stock.creator("Tomas")
    stock.on_sale(mira, "Waiting", shares=[(mira, 1), (tomas, 999_999)])
    gone = stock.on_sale(mira, "Gone")
    services.withdraw(listing_id=gone.id, actor_id=mira.party_id)

    assert len(titles()) == 3


@pytest.mark.parametrize(
    "query", ["tempo_min=fast", "page=999999", "page=-1", "kind=cheese", "order=;", "q=" + "x" * 500, "tempo_max=nan"]
)
def test_no_question_breaks_the_search_page(stock: Shop, client: Any, query: str) -> None:
    assert client.get(f"/search/?{query}").status_code == 200


def test_the_search_page_shows_what_was_found(stock: Shop, client: Any) -> None:
    text = client.get("/search/?q=nigt+fery").content.decode()

    assert "Night ferry" in text
    assert "Morning train" not in text


def count_of(client: Any, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


@pytest.mark.parametrize(
    "path", ["/", "/search/", "/search/?q=part", "/elements/", "/splits/", "/library/", "/orders/"]
)
def test_a_longer_list_asks_the_database_no_more_questions(shop: Shop, path: str) -> None:
    mira, tomas = shop.creator("Mira"), shop.creator("Tomas")

    def make(number: int) -> None:
        listing = shop.on_sale(mira, f"Part {number}", price_minor=0, licence="free")
        append(
            events.LicenceGranted(
                licence_id=listing.id, element_id=listing.entry_id, content_hash="0" * 64, holder_id=mira.party_id,
                licence_kind="free", terms_hash=listing.terms_hash, order_id=None, line_id=None,
            ),
            actor_id=mira.party_id,
            key=f"licence {number}",
        )  # fmt: skip
        shop.on_sale(mira, f"Split {number}", shares=[(mira, 500_000), (tomas, 500_000)])

    make(0)
    client = shop.client(mira)
    client.get(path)
    few = count_of(client, path)
    for number in range(1, 5):
        make(number)

    assert count_of(client, path) <= few


def test_pages_hold_a_fixed_number_of_rows(shop: Shop) -> None:
    mira = shop.creator("Mira")
    for number in range(PAGE_SIZE + 1):
        shop.on_sale(mira, f"Part {number}")

    first, second, beyond = (search(Filters(), page=number) for number in (1, 2, 9))

    assert (len(first.rows), len(second.rows), first.total, first.pages) == (PAGE_SIZE, 1, PAGE_SIZE + 1, 2)
    assert beyond.rows == second.rows
