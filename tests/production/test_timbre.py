"""An instrument made of a recorded note: heard first, then an element of its own that names its source."""

from __future__ import annotations

from uuid import UUID

import numpy as np
import pytest

from engine.io import audio, soundfont
from ledger import selectors as ledger
from production import selectors
from production.stores import content
from tests.production import music
from tests.production.test_workbench import apply, audition

pytestmark = pytest.mark.django_db
RATE = 44_100


def note(pitch_hz: float, *partials: float) -> bytes:
    t = np.arange(int(1.2 * RATE)) / RATE
    wave = sum(level * np.sin(2 * np.pi * pitch_hz * order * t) for order, level in enumerate(partials, 1))
    return audio.write((0.2 * wave)[np.newaxis].astype(np.float32), sample_rate_hz=RATE, format="wav")


@pytest.fixture
def reed(ana, upload, in_process) -> UUID:
    return UUID(upload(ana, note(220.0, 1, 0.7, 0.5, 0.3), "reed.wav")["result"]["element_id"])


@pytest.fixture
def flute(ana, upload, in_process) -> UUID:
    return UUID(upload(ana, note(440.0, 1, 0.1), "flute.wav")["result"]["element_id"])


def test_a_morph_of_two_sounds_is_an_instrument_and_an_element_of_its_own(ana, reed, flute, client_of, work_off):
    asked = apply(client_of(ana), reed, "timbre.morphed", {"other": str(flute), "share": 40})
    work_off("process_element")

    job = client_of(ana).get(f"/api/jobs/{asked.json()['job_id']}/").json()
    assert job["state"] == "finished", job
    made = selectors.element(UUID(job["result"]["element_id"]))
    assert made.kind == "sound"
    assert len(soundfont.read(content.get(made.version.content_hash)).presets) == 1
    (call,) = ledger.processings(made.id).values()
    assert [one["element_id"] for one in call.inputs] == [str(reed), str(flute)]
    assert "timbre-map-1" in str(call)


def test_a_few_notes_are_heard_before_it_is_made(ana, reed, client_of, work_off, client):
    asked = audition(client_of(ana), reed, "timbre.morphed", {"towards": "Cello"}, start_s=0.0, seconds=1.0)
    work_off("audition")

    answer = client_of(ana).get(f"/api/auditions/{asked.json()['audition_id']}/").json()
    assert answer["state"] == "done", answer
    assert music.seconds_of(client.get(answer["files"]["after"]).content) == pytest.approx(4.5, abs=0.01)


def test_a_second_sound_and_a_place_on_the_map_at_once_are_refused(ana, reed, flute, client_of, work_off):
    asked = audition(
        client_of(ana), reed, "timbre.morphed", {"towards": "Cello", "other": str(flute)}, start_s=0.0, seconds=1.0
    )
    work_off("audition")

    answer = client_of(ana).get(f"/api/auditions/{asked.json()['audition_id']}/").json()
    assert answer["state"] == "refused"
    assert "not both" in answer["refusal"]
