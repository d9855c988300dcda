"""What the pages above may ask."""

from __future__ import annotations

import pytest

from ledger.domain.ids import uuid7
from production import selectors
from production.errors import OutOfTuneError, UnknownElementError
from production.services import own
from production.services.wishes import Wishes
from production.stores import mix, sounds, wave
from tests.production import music


def make(person, count: int) -> list:
    return [
        own.keep(
            actor_id=person.party_id,
            data=music.midi((60 + n, 62, 64 + n)),
            wishes=Wishes(title=f"Riff {n}"),
            element_id=uuid7(),
            key=f"riff:{n}",
        )
        for n in range(count)
    ]


def test_a_list_of_elements_costs_four_queries_however_long(ana, django_assert_num_queries):
    ids = [made.element_id for made in make(ana, 7)]

    with django_assert_num_queries(4):
        found = selectors.elements([*reversed(ids), uuid7()])

    assert [element.id for element in found] == ids[::-1]
    assert [element.id for element in selectors.my_elements(ana.party_id)] == ids[::-1]
    assert selectors.newest_version_ids(ids) == {element.id: element.version.id for element in found}


def test_an_unknown_element_is_a_plain_refusal(db):
    with pytest.raises(UnknownElementError):
        selectors.element(uuid7())


def test_each_store_tells_what_it_holds(ana):
    make(ana, 2)

    overview = {store.name: (store.elements, store.versions) for store in selectors.stores()}

    assert overview == {"midi": (2, 2), "wave": (0, 0), "sounds": (0, 0), "mix": (0, 0)}


def test_the_stores_answer_questions_of_their_own(ana, upload, in_process):
    loud = upload(ana, music.wav(2.0), "loud.wav", tags=["warm"])["result"]["element_id"]
    shot = upload(ana, music.wav(0.5, pitch_hz=80), "kick.wav", kind="sound")["result"]["element_id"]
    setting = upload(ana, music.MIX_SETTING, "warm.json")["result"]["element_id"]

    def ids(found) -> list[str]:
        return [str(version.element_id) for version in found]

    assert ids(wave.louder_than(-40)) == [loud]
    assert ids(wave.louder_than(0)) == []
    assert ids(sounds.single_sounds()) == [shot]
    assert ids(sounds.instruments()) == []
    assert ids(mix.with_plugin("compressor")) == [setting]
    assert ids(mix.with_plugin("reverb")) == []
    assert [str(e.id) for e in wave.STORE.elements(creator_id=ana.party_id, tags=["warm"])] == [loud]
    assert not wave.STORE.elements(tags=["cold"]).exists()


def test_pages_get_the_papers_tables_and_a_tuner():
    tables = selectors.tuning_tables()
    rows = {row.name: row.frequency_hz for row in tables.notes}

    assert rows["A4"] == 440
    assert len(tables.intervals) == 13
    assert tables.semitones[-1].semitones == 11
    assert selectors.tuner(442)[0] == "A4"
    assert selectors.tuner(442)[1] == pytest.approx(7.85, abs=0.01)
    assert max(abs(value) for value in selectors.chord_curve()) <= 1
    for refused in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(OutOfTuneError):
            selectors.tuner(refused)
    with pytest.raises(OutOfTuneError):
        selectors.chord_curve(())


@pytest.mark.parametrize("name", ["mix-setting", "progression"])
def test_schemas_are_published(client, name):
    answer = client.get(f"/schemas/{name}.json")

    assert answer.json()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert client.get("/schemas/secrets.json").status_code == 404
