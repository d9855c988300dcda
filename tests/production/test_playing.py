"""Notes played by an instrument: a stretch is heard first, then the whole is an element of its own."""

from __future__ import annotations

from uuid import UUID

import pytest

from engine.io import notes
from production import selectors
from production.processes import playing
from tests.production import music
from tests.production.test_workbench import apply, audition

pytestmark = pytest.mark.django_db


@pytest.fixture
def loop(ana, upload, in_process) -> UUID:
    return UUID(upload(ana, music.midi(), "loop.mid")["result"]["element_id"])


@pytest.fixture
def bank(ana, upload, in_process) -> UUID:
    return UUID(upload(ana, music.soundfont(), "bank.sf2")["result"]["element_id"])


def heard(client, asked):
    return client.get(f"/api/auditions/{asked.json()['audition_id']}/").json()


def test_a_stretch_is_heard_with_the_librarys_instruments_and_with_ones_own(
    ana, loop, bank, client_of, work_off, client
):
    asked = audition(client_of(ana), loop, "notes.played", {"instrument": str(bank)}, start_s=0.0, seconds=1.0)
    work_off("audition")

    answer = heard(client_of(ana), asked)
    assert answer["state"] == "done", answer
    assert {part: music.seconds_of(client.get(url).content) for part, url in answer["files"].items()} == {
        "before": 1.0,
        "after": 1.0,
    }
    assert answer["figures"]["before"]["mean_db"] != answer["figures"]["after"]["mean_db"]


def test_without_an_instrument_there_is_nothing_to_compare_with(ana, loop, client_of, work_off):
    asked = audition(client_of(ana), loop, "notes.played", {}, start_s=0.0, seconds=0.5)
    work_off("audition")

    assert set(heard(client_of(ana), asked)["files"]) == {"after"}


def test_a_section_without_notes_says_so(ana, loop, client_of, work_off):
    asked = audition(client_of(ana), loop, "notes.played", {}, start_s=500.0, seconds=1.0)
    work_off("audition")

    answer = heard(client_of(ana), asked)
    assert (answer["state"], answer["refusal"]) == (
        "refused",
        "This cannot be done as asked: no note sounds in this section.",
    )


def test_a_note_that_is_held_into_the_section_is_heard_in_it():
    long_note = music.midi((60,))  # one note from 0 s
    score = notes.read(long_note)
    clock = score.clock()
    end_s = clock.seconds(score.parts[0].notes[0].duration)
    middle_s = end_s / 2

    sounds, rate = playing.audition(
        [long_note], {"instrument": None, "setting": None}, middle_s, end_s / 4, lambda *_: None
    )

    assert sounds["after"].shape[1] == pytest.approx(rate * end_s / 4, abs=2)
    assert abs(sounds["after"]).max() > 0.01


def test_the_whole_is_a_recording_derived_from_the_notes(ana, loop, bank, client_of, work_off):
    asked = apply(client_of(ana), loop, "notes.played", {"instrument": str(bank)})
    work_off("process_element")

    job = client_of(ana).get(f"/api/jobs/{asked.json()['job_id']}/").json()
    assert job["state"] == "finished", job
    made = selectors.element(UUID(job["result"]["element_id"]))
    assert (made.kind, made.id != loop) == ("wave", True)
