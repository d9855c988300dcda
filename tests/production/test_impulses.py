"""A recording as the room of a convolution: declared beside the version it made, checked, replayed."""

from __future__ import annotations

import io
import json
from uuid import UUID, uuid4

import numpy as np
import pytest
import soundfile

from ledger import selectors as ledger
from production import selectors
from production.errors import BadParameterError, NoLicenceError
from production.services import chains, process_replay
from production.stores import content
from tests.production import music
from tests.production.test_workbench import apply, audition

pytestmark = pytest.mark.django_db
RATE_HZ = 22_050
ECHO_S = 0.25


def wave(samples, rate_hz: int = RATE_HZ) -> bytes:
    """WAV of samples in single precision."""
    out = io.BytesIO()
    soundfile.write(out, np.asarray(samples, dtype=np.float32), rate_hz, format="WAV", subtype="FLOAT")
    return out.getvalue()


def spike(*, rate_hz: int = RATE_HZ, height: float = 0.5, channels: int = 1) -> bytes:
    """A room with one echo, a quarter of a second after what is played."""
    samples = np.zeros((rate_hz, channels))
    samples[round(ECHO_S * rate_hz)] = height
    return wave(samples, rate_hz)


def room(impulse: UUID | str) -> dict[str, object]:
    """A chain that lets only the room be heard."""
    plugin = {"type": "convolution", "impulse": str(impulse), "mix": 1, "pre_delay_ms": 0}
    return {"plugins": [plugin]}


@pytest.fixture
def click(ana, upload, in_process) -> UUID:
    """A take that is one click after half a second, two seconds long."""
    samples = np.zeros(2 * RATE_HZ)
    samples[RATE_HZ // 2] = 0.8
    return UUID(upload(ana, wave(samples), "click.wav")["result"]["element_id"])


@pytest.fixture
def hall(ana, upload, in_process) -> UUID:
    return UUID(upload(ana, spike(), "hall.wav")["result"]["element_id"])


def heard(element_id: UUID) -> np.ndarray:
    """The newest version of an element, (samples, channels)."""
    samples, _rate = soundfile.read(io.BytesIO(content.get(selectors.element(element_id).version.content_hash)))
    return np.asarray(samples)


def test_a_recording_is_the_room_and_is_declared_beside_the_version(ana, click, hall, client_of, work_off):
    asked = apply(client_of(ana), click, parameters=room(hall))
    work_off("process_element")

    job = client_of(ana).get(f"/api/jobs/{asked.json()['job_id']}/").json()
    assert job["state"] == "finished", job
    samples = heard(click)[:, 0]
    assert abs(np.argmax(np.abs(samples)) / RATE_HZ - 0.5 - ECHO_S) < 1e-4
    assert np.abs(samples[: RATE_HZ // 2 + 10]).max() < 1e-4
    call = ledger.processings(click)[2]
    assert [one["element_id"] for one in call.inputs] == [str(click), str(hall)]
    assert process_replay.replay(click, 2).same


@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (48_000, 2), (44_100, 6)])
def test_a_room_of_another_rate_or_with_more_channels_is_fitted(
    ana, click, upload, client_of, work_off, rate_hz, channels
):
    other = UUID(upload(ana, spike(rate_hz=rate_hz, channels=channels), "other.wav")["result"]["element_id"])

    asked = audition(client_of(ana), click, parameters=room(other), start_s=0.4, seconds=1.0)
    work_off("audition")
    apply(client_of(ana), click, parameters=room(other))
    work_off("process_element")

    answer = client_of(ana).get(f"/api/auditions/{asked.json()['audition_id']}/").json()
    assert answer["state"] == "done", answer
    assert abs(np.argmax(np.abs(heard(click)[:, 0])) / RATE_HZ - 0.5 - ECHO_S) < 2e-4


def test_a_room_of_somebody_else_is_refused_before_anything_is_queued(ana, ben, click, upload, client_of):
    theirs = upload(ben, spike(height=0.4), "theirs.wav")["result"]["element_id"]

    for named in (theirs, uuid4()):
        answer = apply(client_of(ana), click, parameters=room(named))
        assert answer.json()["code"] in ("no_licence", "unknown_element")
        assert "“Impulse response” names an element" in answer.json()["message"]


def test_a_name_that_is_no_element_is_refused(ana, click, client_of):
    answer = apply(client_of(ana), click, parameters=room("Great Hall"))

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_parameter")


def test_notes_are_no_room(ana, click, upload, client_of):
    notes = upload(ana, music.midi(), "loop.mid")["result"]["element_id"]

    assert apply(client_of(ana), click, parameters=room(notes)).json()["code"] == "unsuitable"


def test_silence_is_no_room(ana, click, upload, client_of, work_off):
    silent = upload(ana, wave(np.zeros(RATE_HZ)), "silence.wav")["result"]["element_id"]

    asked = audition(client_of(ana), click, parameters=room(silent))
    work_off("audition")

    answer = client_of(ana).get(f"/api/auditions/{asked.json()['audition_id']}/").json()
    assert (answer["state"], "silent" in answer["refusal"]) == ("refused", True), answer


def test_a_chain_with_a_room_is_kept_only_by_who_may_use_the_room(ana, ben, hall):
    plugins = json.dumps(room(hall)["plugins"])

    made = chains.keep(actor_id=ana.party_id, title="In the hall", plugins=plugins)

    assert selectors.setting(made.element_id, ana.party_id)[0]["impulse"] == str(hall)
    with pytest.raises(NoLicenceError):
        chains.keep(actor_id=ben.party_id, title="In the hall", plugins=plugins)
    with pytest.raises(BadParameterError):
        chains.keep(actor_id=ana.party_id, title="", plugins=plugins)
