"""Masters and mixes: proposed from recordings, heard, changed by hand, kept with their setting, and made again."""

from __future__ import annotations

import io
import json
from typing import Any
from uuid import UUID

import numpy as np
import pytest
import soundfile
from django.core.management import call_command

from ledger import selectors as ledger
from production import selectors
from production.models import Proposal, Version
from production.services import generation, generation_replay, process_replay
from tests.helpers import made_music
from tests.production import music
from tests.production.test_downloads import grant

pytestmark = pytest.mark.django_db
RATE_HZ = made_music.RATE_HZ


def flac(signal: np.ndarray, rate: int = RATE_HZ, *, format: str = "FLAC", subtype: str | None = None) -> bytes:
    """Written by libsndfile."""
    out = io.BytesIO()
    soundfile.write(
        out, np.clip(signal.T, -1, 1) if subtype != "FLOAT" else signal.T, rate, format=format, subtype=subtype
    )
    return out.getvalue()


@pytest.fixture
def band(ana, upload, in_process) -> UUID:
    return UUID(upload(ana, flac(made_music.band(3.0)), "band.flac")["result"]["element_id"])


@pytest.fixture
def ask(client_of, work_off) -> Any:
    """Ask over the API, do the work, and answer the job."""

    def go(person: Any, capability: str, **said: Any) -> dict[str, Any]:
        client = client_of(person)
        asked = client.post(f"/api/recommend/{capability}/", {"count": 1, **said}, format="json")
        if asked.status_code != 202:
            return {"state": "refused", "error": asked.json()}
        work_off("recommend")
        return client.get(f"/api/jobs/{asked.json()['job_id']}/").json()

    return go


def test_a_recording_is_mastered_heard_and_kept_with_its_chain(ana, ben, band, ask, client, client_of):
    job = ask(ana, "mastering", sounds=[str(band)], count=2, seed=7, values={"genre": "rock"})
    proposals = client_of(ana).get(f"/api/jobs/{job['id']}/proposals/").json()["proposals"]

    assert job["state"] == "finished", job
    assert [one["variant"] for one in proposals] == [0, 1]
    first = proposals[0]
    assert first["sound"]["figures_milli"]["true_peak_dbtp"] <= -1000
    assert 0 in (first["sound"]["before_gain_db"], first["sound"]["after_gain_db"])
    assert len(first["sound"]["spectrum_db"]) == len(first["sound"]["before_spectrum_db"]) == 30
    assert first["setting"]["plugins"][-1]["type"] == "limiter"
    assert first["remarks"]
    assert client.get(first["preview_url"]).content[:4] == b"OggS"
    before = selectors.proposal_sound_url(job_id=UUID(job["id"]), variant=1, part="before", party_id=ana.party_id)
    assert client.get(before).content[:4] == b"OggS"
    assert client_of(ben).get(f"/api/jobs/{job['id']}/proposals/").status_code == 404

    kept = client_of(ana).post(f"/api/jobs/{job['id']}/keep/", {"variant": 1, "title": "Loud"}, format="json")
    again = client_of(ana).post(f"/api/jobs/{job['id']}/keep/", {"variant": 1, "title": "Loud"}, format="json")

    assert kept.status_code == 201, kept.content
    assert again.json() == kept.json()
    wave, setting = (selectors.element(UUID(kept.json()[name])) for name in ("element_id", "setting_id"))
    called = ledger.generation(wave.id)
    assert (wave.kind, wave.title, setting.kind) == ("wave", "Loud", "mix_setting")
    assert (called.seed, called.parameters["variant"], called.parameters["values"]["genre"]) == (7, 1, "rock")
    assert called.content_hash == wave.version.content_hash
    assert [edge.parent_id for edge in ledger.parents_of(wave.id)] == [band]
    assert ledger.generation(setting.id).parameters["kept"] == "setting"


def test_a_master_and_its_setting_replay(ana, band, ask, capsys):
    job = ask(ana, "mastering", sounds=[str(band)], count=2)
    made = generation.keep(job_id=UUID(job["id"]), variant=1, title="", actor_id=ana.party_id)

    wave = generation_replay.replay(made.element_id)
    setting = generation_replay.replay(selectors.setting_beside(made.element_id))
    call_command("replay", str(made.element_id))

    assert (wave.same, wave.residual_db) == (True, -200.0)
    assert setting.replayed_hash == setting.expected_hash


def test_a_replay_that_is_off_by_what_nobody_hears_is_the_same_and_one_that_is_heard_is_not(
    ana, band, ask, monkeypatch
):
    from production.parsing.apart import Answer

    job = ask(ana, "mastering", sounds=[str(band)])
    made = generation.keep(job_id=UUID(job["id"]), variant=0, title="", actor_id=ana.party_id)
    real = generation_replay.run_apart

    def off_by(step: float) -> bool:
        def run(work: str, data: bytes, **more: Any) -> Any:
            answer = real(work, data, **more)
            if work != "recommend_sound":
                return answer
            signal, rate = soundfile.read(io.BytesIO(answer.files["0.flac"]), dtype="float32")
            out = io.BytesIO()
            soundfile.write(out, signal * (1 - step), rate, format="FLAC", subtype="PCM_24")
            return Answer(values=answer.values, files={"0.flac": out.getvalue()})

        monkeypatch.setattr(generation_replay, "run_apart", run)
        return generation_replay.replay(made.element_id).same

    assert off_by(0.00003)
    assert not off_by(0.01)


def test_a_reference_is_an_input_but_no_parent_and_brings_the_master_nearer(ana, band, ask, upload):
    dark = flac(made_music.band(3.0, seed=5) * np.float32(0.3))
    reference = upload(ana, dark, "reference.flac")["result"]["element_id"]

    job = ask(ana, "mastering", sounds=[str(band)], references=[reference])
    made = generation.keep(job_id=UUID(job["id"]), variant=0, title="", actor_id=ana.party_id)

    assert reference in ledger.generation(made.element_id).inputs
    assert [edge.parent_id for edge in ledger.parents_of(made.element_id)] == [band]
    assert generation_replay.replay(made.element_id).same


def test_of_others_only_what_is_on_sale_is_a_reference_and_only_its_excerpt_is_heard(
    ana, ben, band, ask, upload, monkeypatch
):
    theirs = upload(ben, flac(made_music.band(3.0, seed=5)), "theirs.flac")["result"]["element_id"]

    refused = ask(ana, "mastering", sounds=[str(band)], references=[theirs])
    monkeypatch.setattr(ledger, "is_on_sale", lambda element_id: str(element_id) == theirs)
    job = ask(ana, "mastering", sounds=[str(band)], references=[theirs])
    monkeypatch.undo()

    assert refused["error"]["code"] == "no_licence"
    assert job["state"] == "finished", job
    used = Proposal.objects.get(job_id=job["id"]).inputs[1]
    assert (used["element_id"], used["is_excerpt"]) == (theirs, True)


def test_what_is_not_ones_own_needs_a_licence_to_be_mastered(ana, ben, band, ask):
    refused = ask(ben, "mastering", sounds=[str(band)])
    grant(ben, Version.objects.get(element_id=band))
    job = ask(ben, "mastering", sounds=[str(band)])

    assert refused["error"]["code"] == "no_licence"
    assert job["state"] == "finished", job


@pytest.fixture
def stems(ana, upload, in_process) -> list[str]:
    parts = made_music.stems(3.0)
    return [upload(ana, flac(signal), f"{name}.flac")["result"]["element_id"] for name, signal in parts.items()]


def test_tracks_are_mixed_changed_by_hand_and_kept_with_both_settings(ana, stems, ask, client_of, work_off):
    job = ask(ana, "mixing", sounds=stems, seed=3)
    client = client_of(ana)
    (first,) = client.get(f"/api/jobs/{job['id']}/proposals/").json()["proposals"]
    setting = first["setting"]
    setting["tracks"][0]["gain_db"] -= 6
    setting["tracks"][1]["position"] = -0.5

    asked = client.post(f"/api/jobs/{job['id']}/change/", {"variant": 0, "setting": setting}, format="json")
    work_off("recommend")
    both = client.get(f"/api/jobs/{job['id']}/proposals/").json()["proposals"]
    changed = asked.json()["job_id"]
    kept = client.post(f"/api/jobs/{changed}/keep/", {"variant": 0, "title": "My mix"}, format="json").json()

    assert asked.status_code == 202, asked.content
    assert [one["by_hand"] for one in both] == [True, False]  # what a person made comes first
    wave, document = UUID(kept["element_id"]), UUID(kept["setting_id"])
    assert sorted(str(edge.parent_id) for edge in ledger.parents_of(wave)) == sorted(stems)
    versions = selectors.versions(document)
    assert [one.number for one in versions] == [2, 1]
    assert ledger.generation(document).content_hash == versions[1].content_hash
    assert ledger.generation(wave) is None
    called = ledger.processings(wave)[1]
    assert called.process == "mixing.played"
    assert called.inputs[-1] == {"element_id": str(document), "content_hash": versions[0].content_hash}
    assert process_replay.replay(wave, 1).same
    assert generation_replay.replay(document).same
    assert len({one["setting"]["tracks"][0]["gain_db"] for one in both}) == 2


def test_a_kept_mix_is_opened_again_and_becomes_the_next_version_of_its_setting(ana, stems, ask, client_of, work_off):
    job = ask(ana, "mixing", sounds=stems)
    made = generation.keep(job_id=UUID(job["id"]), variant=0, title="One", actor_id=ana.party_id)
    setting_id = selectors.setting_beside(made.element_id)

    opened = generation.reopen(element_id=setting_id, actor_id=ana.party_id)
    work_off("recommend")
    (shown,) = selectors.proposals(opened, ana.party_id)
    document = json.loads(json.dumps(shown.setting))
    document["tracks"][0]["gain_db"] += 2
    changed = generation.change(job_id=opened, variant=0, setting=document, actor_id=ana.party_id)
    work_off("recommend")
    generation.keep(job_id=changed, variant=0, title="Two", actor_id=ana.party_id)

    assert [one.number for one in selectors.versions(setting_id)] == [2, 1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda mix: mix["tracks"][0].update(gain_db=900), "gain_db"),
        (lambda mix: mix["tracks"].pop(), "tracks of a mix stay"),
        (lambda mix: mix["tracks"][0].update(plugins=[{"type": "exploder"}]), "plugins"),
        (lambda mix: mix.update(version=7), "version"),
    ],
)
def test_a_broken_change_is_refused_with_its_place(ana, stems, ask, client_of, change, words):
    job = ask(ana, "mixing", sounds=stems)
    (first,) = client_of(ana).get(f"/api/jobs/{job['id']}/proposals/").json()["proposals"]
    change(first["setting"])

    refused = client_of(ana).post(
        f"/api/jobs/{job['id']}/change/", {"variant": 0, "setting": first["setting"]}, format="json"
    )

    assert refused.status_code == 400
    assert words in refused.json()["message"]


def test_nobody_changes_keeps_or_hears_the_proposals_of_another(ana, ben, band, ask, client_of):
    from production.errors import UnknownProposalError

    job = ask(ana, "mastering", sounds=[str(band)])
    theirs = client_of(ben)

    for verb, body in (("keep", {}), ("change", {"setting": {}}), ("discard", {})):
        answer = theirs.post(f"/api/jobs/{job['id']}/{verb}/", {"variant": 0, **body}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_proposal"), verb
    with pytest.raises(UnknownProposalError):
        selectors.proposal_sound_url(job_id=UUID(job["id"]), variant=0, part="after", party_id=ben.party_id)


BROKEN = {
    "silence": (flac(np.zeros((2, RATE_HZ), np.float32)), "silent"),
    "one sample": (flac(np.full((1, 1), 0.5, np.float32), format="WAV"), "too short"),
    "eight channels": (flac(0.1 * np.ones((8, RATE_HZ), np.float32), format="WAV"), "not 8"),
}


@pytest.mark.parametrize("capability", ["mastering", "mixing"])
@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_worked_on_is_refused_in_plain_words_with_its_name(
    ana, upload, in_process, ask, capability, name
):
    data, words = BROKEN[name]
    element_id = upload(ana, data, f"{name}.wav")["result"]["element_id"]

    job = ask(ana, capability, sounds=[element_id])

    assert job["state"] == "failed", job
    assert words in job["error"]["message"]


def test_tracks_at_other_sampling_rates_and_lengths_are_mixed_at_the_highest(ana, upload, in_process, ask):
    drums, lead = made_music.band(2.0), made_music.band(3.0, seed=4)
    ids = [
        upload(ana, flac(drums, 48_000), "drums.flac")["result"]["element_id"],
        upload(ana, flac(lead[:1] * 0.5, 22_050), "lead.flac")["result"]["element_id"],
    ]

    job = ask(ana, "mixing", sounds=ids)

    (made,) = selectors.proposals(UUID(job["id"]), ana.party_id)
    assert made.sound["sample_rate_hz"] == 48_000
    assert made.sound["duration_s"] >= lead.shape[1] / 22_050


def test_notes_too_many_tracks_and_tracks_twice_are_refused_before_any_work(ana, band, upload, ask):
    tune = upload(ana, music.midi(), "tune.mid")["result"]["element_id"]

    assert ask(ana, "mastering", sounds=[tune])["error"]["code"] == "not_a_recording"
    assert ask(ana, "mastering", sounds=[str(band), str(band)])["error"]["code"] == "bad_parameter"
    assert ask(ana, "mixing", sounds=[])["error"]["message"] == "Choose the tracks of the mix."
    assert ask(ana, "mixing", sounds=[str(band), str(band)])["error"]["message"] == "A recording was chosen twice."
    assert ask(ana, "mastering", sounds=["x"])["error"]["code"] == "not_an_element"
