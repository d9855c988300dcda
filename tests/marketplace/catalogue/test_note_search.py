"""The page of searching by notes: what it shows, to whom, and with how many questions to the database."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.catalogue import services
from marketplace.catalogue.note_search import progressions, tunes
from tests.helpers.shop import Shop

pytestmark = pytest.mark.django_db

ODE = [64, 64, 65, 67, 67, 65, 64, 62]


def notes(pitches: list[int] = ODE, chords: tuple[int, ...] = (), **more: Any) -> dict[str, Any]:
    return {
        "pitches": pitches,
        "pitch_bars": [place // 4 + 1 for place in range(len(pitches))],
        "chords": list(chords),
        "chord_bars": list(range(1, len(chords) + 1)),
        "tonic": 0,
        "form": [0],
        **more,
    }


def titles(hits: list[Any]) -> list[str]:
    return [hit.row.title for hit in hits]


def test_a_row_says_where_the_tune_is_and_in_which_key(shop: Shop, client: Any) -> None:
    shop.on_sale(shop.creator("Mira"), "Ode", motifs=notes([60, 60, 60, 48, *(p + 2 for p in ODE)]), key="D major")

    page = client.get("/search/notes/", {"tune": "3 3 4 5 5 4 3 2"}).content.decode()

    assert "Ode" in page
    assert "Bar 2, from F# in D major" in page


def test_what_is_not_on_sale_is_found_by_its_maker_alone(shop: Shop) -> None:
    mira, other = shop.creator("Mira"), shop.creator("Tomas")
    shop.element(mira, "Draft", motifs=notes())
    gone = shop.on_sale(mira, "Gone", motifs=notes())
    services.withdraw(listing_id=gone.id, actor_id=mira.party_id)
    shop.on_sale(other, "Offered", motifs=notes())

    assert titles(tunes("E E F G G F E D", party_id=None)) == ["Offered"]
    assert titles(tunes("E E F G G F E D", party_id=other.party_id)) == ["Offered"]
    assert "Gone" in titles(tunes("E E F G G F E D", party_id=mira.party_id))


def test_a_progression_is_found_by_numerals_and_by_symbols(shop: Shop) -> None:
    shop.on_sale(shop.creator("Mira"), "Four chords", kind="progression", motifs=notes([], (0, 7, 21, 5)))

    assert titles(progressions("I-V-vi-IV", party_id=None)) == ["Four chords"]
    (hit,) = progressions("Bm G D A", party_id=None) or progressions("D A Bm G", party_id=None)
    assert hit.words == "Bar 1, from C"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("tune=E+E+H+G", "number 3, is no note"),
        ("chords=I-V-foo", "number 3, is no Roman numeral"),
        ("tune=U+U", "at least 5"),
        ("tune=E+E+F+G+G+F+E+D", "Nothing on sale holds this"),
        ("", "For example"),
        ("tune=%00", "is no note"),
        ("chords=" + "I+V+" * 200, "more than the 64"),
    ],
)
def test_the_page_says_what_it_cannot_read_and_teaches(shop: Shop, client: Any, query: str, says: str) -> None:
    answer = client.get(f"/search/notes/?{query}")

    assert answer.status_code == 200
    assert says in answer.content.decode()


def test_more_finds_ask_the_database_no_more(shop: Shop, client: Any) -> None:
    mira = shop.creator("Mira")

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/search/notes/?tune=E+E+F+G+G+F+E+D")
        return len(queries)

    shop.on_sale(mira, "One", motifs=notes())
    one = asked()
    for number in range(8):
        shop.on_sale(mira, f"More {number}", motifs=notes())

    assert asked() == one


COUNTED = {
    "pitch_class_quarters": [4.0, 0, 2.0, 0, 2.0, 0, 0, 0, 0, 0, 0, 0],
    "intervals": [0] * 14 + [3] + [0] * 10,
    "durations": [["1", 6], ["1/2", 2]],
}


def test_an_elements_page_shows_what_its_notes_are_made_of_in_words_too(shop: Shop, client: Any) -> None:
    found = notes(ODE, (0, 7, 21, 5), form=[0, 1, 0, 2])
    listing = shop.on_sale(shop.creator("Mira"), "Ode", motifs=found, statistics=COUNTED)

    page = client.get(f"/elements/{listing.entry_id}/").content.decode()

    assert "C 50 %, D 25 %, E 25 %" in page
    assert "+2 100 %" in page
    assert "1/8 25 %, 1/4 75 %" in page
    assert "I 25 %, IV 25 %, V 25 %, vi 25 %" in page
    assert "4 bars, 3 different; 1 of them come again" in page


def test_all_notes_on_sale_are_counted_together_and_nothing_else(shop: Shop, client: Any) -> None:
    cache.clear()
    mira = shop.creator("Mira")
    shop.on_sale(mira, "Ode", motifs=notes(), statistics=COUNTED)
    shop.on_sale(mira, "A recording", kind="wave")
    low = COUNTED | {"pitch_class_quarters": [0] * 11 + [8.0]}
    shop.on_sale(mira, "Low", motifs=notes(), statistics=low)
    shop.element(mira, "Draft", motifs=notes(), statistics=COUNTED)

    page = client.get("/search/notes/statistics/").content.decode()

    assert "Counted over 2 of 3 elements" in page
    assert "C 25 %, D 12 %, E 12 %, B 50 %" in page


def test_without_notes_the_page_teaches(shop: Shop, client: Any) -> None:
    cache.clear()

    assert "No notes on sale yet" in client.get("/search/notes/statistics/").content.decode()
