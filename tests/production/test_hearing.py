"""Takes become notes: heard, reviewed, kept, written as scores, moved, and played again."""

from __future__ import annotations

import io
from io import StringIO
from uuid import UUID

import numpy as np
import pytest
import soundfile
from django.core.management import call_command

from engine.io import notes as notes_io
from ledger import selectors as ledger
from production import selectors
from production.models import Draft, Element, NoteKeys, Version
from production.services import process_replay
from production.stores import content
from tests.production import music
from tests.production.test_downloads import grant
from tests.production.test_workbench import apply, audition

pytestmark = pytest.mark.django_db
RATE_HZ = 22_050
LINE = (60, 64, 67)


def line(pitches=LINE, seconds=0.5) -> bytes:
    """Notes of a reed-like tone, one after the other."""
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    shape = np.minimum(1, 40 * time) * np.minimum(1, 40 * (seconds - time))
    notes = []
    for pitch in pitches:
        hz = 440 * 2 ** ((pitch - 69) / 12)
        notes.append(shape * sum(np.sin(2 * np.pi * hz * n * time) / n for n in range(1, 6)) * 0.2)
    out = io.BytesIO()
    soundfile.write(out, np.concatenate([*notes, np.zeros(RATE_HZ // 4)]), RATE_HZ, format="WAV")
    return out.getvalue()


@pytest.fixture
def sung(ana, upload, in_process) -> UUID:
    return UUID(upload(ana, line(), "sung.wav")["result"]["element_id"])


@pytest.fixture
def draft(ana, sung, client_of, work_off) -> Draft:
    asked = apply(client_of(ana), sung, "notes.heard", {"texture": "mono", "tempo_bpm": 120})
    work_off("process_element")
    job = client_of(ana).get(f"/api/jobs/{asked.json()['job_id']}/").json()
    assert job["state"] == "finished", job
    return Draft.objects.get(id=job["result"]["draft_id"])


def made_by(client, asked) -> UUID:
    job = client.get(f"/api/jobs/{asked.json()['job_id']}/").json()
    assert job["state"] == "finished", job
    return UUID(job["result"]["element_id"])


def test_a_line_is_heard_as_notes_to_review(ana, draft, client_of):
    told = client_of(ana).get(f"/api/drafts/{draft.id}/").json()

    assert [note[3] for note in told["notes"]] == list(LINE)
    assert [round(note[1] * 2) / 2 for note in told["notes"]] == [0.0, 0.5, 1.0]
    assert all(0 < note[5] <= 1 for note in told["notes"])
    assert (told["heard"]["texture"], told["heard"]["tempo_bpm"]) == ("mono", 120)
    assert Element.objects.count() == 1  # nothing is kept before it is reviewed


def test_reviewed_notes_are_kept_as_midi_derived_from_the_take(ana, sung, draft, client_of, work_off):
    notes = [[*note[:3], note[3] + 12, *note[4:]] for note in draft.notes[:2]]
    client = client_of(ana)

    saved = client.put(f"/api/drafts/{draft.id}/", {"revision": 1, "notes": notes}, format="json")
    asked = client.post(f"/api/drafts/{draft.id}/keep/", {"title": "What she sang"}, format="json")
    work_off("keep_notes")

    assert saved.json() == {"revision": 2}
    made = selectors.element(made_by(client, asked))
    score = notes_io.read(content.get(made.version.content_hash))
    (edge,) = ledger.parents_of(made.id)
    call = ledger.processings(made.id)[1]
    assert (made.title, [note.pitch_midi for note in score.notes()]) == ("What she sang", [72, 76])
    assert (edge.parent_id, call.process, call.parameters["reviewed"]) == (sung, "notes.midi", True)
    assert "swift-f0" in call.weights
    assert process_replay.replay(made.id, 1).same


def test_keeping_the_same_notes_twice_is_one_element(ana, draft, client_of, work_off):
    client = client_of(ana)
    first = client.post(f"/api/drafts/{draft.id}/keep/", {}, format="json").json()
    again = client.post(f"/api/drafts/{draft.id}/keep/", {}, format="json").json()
    work_off("keep_notes")
    work_off("keep_notes")

    assert first == again
    assert Element.objects.count() == 2


def test_a_second_window_does_not_overwrite_the_first(ana, draft, client_of):
    body = {"revision": 1, "notes": draft.notes}
    client_of(ana).put(f"/api/drafts/{draft.id}/", body, format="json")

    answer = client_of(ana).put(f"/api/drafts/{draft.id}/", body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "stale_draft")


@pytest.mark.parametrize(
    "note",
    [[0, 0, 1, 200, 80, 1, 0], [0, -1, 1, 60, 80, 1, 0], [0, 0, 0, 60, 80, 1, 0], [0, 0, 1, 60], "x", [True] * 7],
)
def test_what_is_no_note_is_refused(ana, draft, client_of, note):
    answer = client_of(ana).put(f"/api/drafts/{draft.id}/", {"revision": 1, "notes": [note]}, format="json")

    assert answer.json()["code"] == "bad_parameter"


def test_the_draft_of_another_is_not_known(ben, draft, client_of):
    client = client_of(ben)
    for answer in (
        client.get(f"/api/drafts/{draft.id}/"),
        client.put(f"/api/drafts/{draft.id}/", {"revision": 1, "notes": []}, format="json"),
        client.post(f"/api/drafts/{draft.id}/keep/", {}, format="json"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_audition")


def test_one_action_leads_from_a_take_to_midi_to_a_score_to_recommendations(ana, sung, client_of, work_off):
    asked = apply(client_of(ana), sung, "notes.chain", {"texture": "mono", "tempo_bpm": 120})
    work_off("process_element")

    made = made_by(client_of(ana), asked)
    result = ledger.job(UUID(asked.json()["job_id"])).result
    media = [one.media_words for one in selectors.versions(made)]
    calls = ledger.processings(made)
    assert media == ["MusicXML", "Standard MIDI"]
    assert NoteKeys.objects.get(element_id=sung).contour == "uu"
    assert [calls[number].process for number in (1, 2)] == ["notes.midi", "notes.musicxml"]
    assert ledger.parents_of(made)[0].parent_id == sung
    assert ledger.job(UUID(result["recommendation_job_id"])).task == "production.recommend"
    told = StringIO()
    call_command("replay", str(made), stdout=told)
    assert ["notes.midi" in told.getvalue(), "notes.musicxml" in told.getvalue()] == [True, True]


def test_silence_has_no_notes_and_nothing_is_kept(ana, upload, client_of, work_off, in_process):
    out = io.BytesIO()
    soundfile.write(out, np.zeros(RATE_HZ), RATE_HZ, format="WAV")
    silent = upload(ana, out.getvalue(), "silent.wav")["result"]["element_id"]

    asked = apply(client_of(ana), silent, "notes.chain", {"texture": "mono"})
    work_off("process_element")

    job = client_of(ana).get(f"/api/jobs/{asked.json()['job_id']}/").json()
    assert (job["state"], job["error"]["message"]) == (
        "failed",
        "This cannot be done as asked: no notes were heard in it; try another texture.",
    )
    assert Element.objects.count() == 1


def test_a_note_of_a_take_is_moved_and_the_take_follows(ana, sung, client_of, work_off):
    edits = [[0.5, 1.0, 200, 0, 1]]

    heard = audition(client_of(ana), sung, "pitch.moved", {"edits": edits}, start_s=0.0, seconds=1.5)
    work_off("audition")
    apply(client_of(ana), sung, "pitch.moved", {"edits": edits})
    work_off("process_element")

    assert client_of(ana).get(f"/api/auditions/{heard.json()['audition_id']}/").json()["state"] == "done"
    moved, _ = soundfile.read(io.BytesIO(content.get(selectors.element(sung).version.content_hash)))
    assert strongest_hz(moved[int(0.6 * RATE_HZ) : int(0.9 * RATE_HZ)]) == pytest.approx(369.99, rel=0.02)  # E4 to F#4
    assert strongest_hz(moved[int(0.1 * RATE_HZ) : int(0.4 * RATE_HZ)]) == pytest.approx(261.63, rel=0.02)


def strongest_hz(signal) -> float:
    power = np.abs(np.fft.rfft(signal * np.hanning(len(signal)), 1 << 16))
    return float(np.argmax(power) * RATE_HZ / (1 << 16))


@pytest.mark.parametrize("edits", [[], "x", [[1, 2]], [[0, 1, 9999, 0, 1]], [["a"] * 5]])
def test_edits_of_another_form_are_refused(ana, sung, client_of, edits):
    assert apply(client_of(ana), sung, "pitch.moved", {"edits": edits}).json()["code"] == "bad_parameter"


def test_notes_are_written_in_another_form_as_the_next_version(ana, upload, client_of, work_off, in_process):
    tune = UUID(upload(ana, music.midi(), "tune.mid")["result"]["element_id"])
    before = [note.pitch_midi for note in notes_io.read(music.midi()).notes()]

    for form, words in (("musicxml", "MusicXML"), ("mxl", "compressed MusicXML"), ("midi", "Standard MIDI")):
        apply(client_of(ana), tune, "notes.converted", {"to": form})
        work_off("process_element")
        version = selectors.element(tune).version
        assert version.media_words == words
        assert [note.pitch_midi for note in notes_io.read(content.get(version.content_hash)).notes()] == before


def test_notes_are_played_by_an_instrument_and_a_setting_of_ones_own(ana, upload, client_of, work_off, in_process):
    tune = UUID(upload(ana, music.midi(), "tune.mid")["result"]["element_id"])
    font = upload(ana, music.soundfont(), "tone.sf2")["result"]["element_id"]
    setting = upload(ana, music.MIX_SETTING, "warm.json")["result"]["element_id"]

    asked = apply(client_of(ana), tune, "notes.played", {"instrument": font, "setting": setting})
    work_off("process_element")

    made = selectors.element(made_by(client_of(ana), asked))
    assert (made.kind, made.version.facts["integrated_lufs"] > -60) == ("wave", True)
    assert [one["element_id"] for one in ledger.processings(made.id)[1].inputs] == [str(tune), font, setting]


def test_an_instrument_of_another_needs_a_licence(ana, ben, upload, client_of, in_process):
    tune = upload(ana, music.midi(), "tune.mid")["result"]["element_id"]
    font = upload(ben, music.soundfont(), "tone.sf2")["result"]["element_id"]

    answer = apply(client_of(ana), tune, "notes.played", {"instrument": font})

    assert (answer.status_code, answer.json()["code"]) == (403, "no_licence")


def test_a_mix_setting_is_read_in_todays_form_by_who_may_use_it(ana, ben, upload, client_of, in_process):
    setting = upload(ana, music.MIX_SETTING, "warm.json")["result"]["element_id"]

    told = client_of(ana).get(f"/api/elements/{setting}/setting/")
    refused = client_of(ben).get(f"/api/elements/{setting}/setting/")

    assert [one["type"] for one in told.json()["plugins"]] == ["eq", "compressor"]
    assert refused.status_code == 403


def test_a_chain_is_drawn(ana, client_of):
    plugins = [{"type": "gain", "gain_db": 6}, {"type": "compressor", "threshold_db": -20, "ratio": 4}]

    drawn = client_of(ana).post("/api/curves/", {"plugins": plugins}, format="json").json()

    assert drawn["response_db"][0] == 6
    assert drawn["transfers_db"][1][-1] == pytest.approx(-15, abs=0.5)


@pytest.mark.parametrize("process", ["notes.heard", "notes.chain"])
def test_the_notes_of_a_section_are_seen_before_the_whole_is_listened_to(ana, sung, client_of, work_off, process):
    asked = audition(client_of(ana), sung, process, {"texture": "mono", "tempo_bpm": 120}, start_s=0.5, seconds=1.0)
    work_off("audition")

    answer = client_of(ana).get(f"/api/auditions/{asked.json()['audition_id']}/").json()
    assert answer["state"] == "done", answer
    assert [row[3] for row in answer["heard"]["notes"]] == list(LINE[1:])
    assert [round(row[1] * 2) / 2 for row in answer["heard"]["notes"]] == [0.0, 0.5]
    assert (set(answer["files"]), answer["heard"]["tempo_bpm"]) == ({"before"}, 120)
    assert Element.objects.count() == 1


def test_a_recording_is_found_by_its_notes_once_they_were_heard(sung, draft):
    keys = NoteKeys.objects.get(element_id=sung)

    assert (keys.pitches, keys.is_newest, keys.version_id) == (list(LINE), True, draft.version_id)
    assert keys.statistics["pitch_class_quarters"][LINE[0] % 12] > 0


def test_a_tune_is_searched_in_recordings_as_in_notes(ana, upload, client_of, work_off, in_process):
    tune = UUID(upload(ana, line((60, 64, 67, 65, 62)), "tune.wav")["result"]["element_id"])
    apply(client_of(ana), tune, "notes.heard", {"texture": "mono", "tempo_bpm": 120})
    work_off("process_element")

    (found,) = selectors.find_melody("D F# A G E", visible=set)

    assert (found.element_id, found.how, found.bar) == (tune, "exact", 1)


def test_what_somebody_else_hears_in_a_take_does_not_change_how_it_is_found(ben, sung, client_of, work_off):
    grant(ben, Version.objects.get(element_id=sung))

    asked = apply(client_of(ben), sung, "notes.heard", {"texture": "mono", "tempo_bpm": 120})
    work_off("process_element")

    job = client_of(ben).get(f"/api/jobs/{asked.json()['job_id']}/").json()
    assert job["state"] == "finished", job
    assert not NoteKeys.objects.filter(element_id=sung).exists()
