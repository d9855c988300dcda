"""The workbench: sections auditioned, processes applied as versions or derived, undone, replayed, never half kept."""

from __future__ import annotations

import io
from io import StringIO
from uuid import UUID

import numpy as np
import pytest
import soundfile
from django.core.management import call_command
from django.core.management.base import CommandError

from ledger import selectors as ledger
from production import limits, selectors
from production.models import Audition, Element, Version
from production.services import auditions, process_replay, processing, turns
from production.stores import content
from tests.production import music
from tests.production.test_downloads import grant

pytestmark = pytest.mark.django_db

LOUDER = {"plugins": [{"type": "gain", "gain_db": 6}]}


@pytest.fixture
def take(ana, upload, in_process) -> UUID:
    return UUID(upload(ana, music.wav(3.0), "take.wav")["result"]["element_id"])


def apply(client, element_id, process="effects", parameters=LOUDER, **more):
    body = {"process": process, "parameters": parameters, **more}
    return client.post(f"/api/elements/{element_id}/process/", body, format="json")


def audition(client, element_id, process="effects", parameters=LOUDER, **more):
    body = {"process": process, "parameters": parameters, "start_s": 0.5, "seconds": 1.0, **more}
    return client.post(f"/api/elements/{element_id}/auditions/", body, format="json")


def test_a_section_is_heard_before_and_after_and_no_fact_is_written(ana, take, client_of, work_off, client):
    facts = len(ledger.newest_events(limit=500))

    asked = audition(client_of(ana), take)
    work_off("audition")

    answer = client_of(ana).get(f"/api/auditions/{asked.json()['audition_id']}/").json()
    assert answer["state"] == "done", answer
    assert {part: music.seconds_of(client.get(url).content) for part, url in answer["files"].items()} == {
        "before": 1.0,
        "after": 1.0,
    }
    before, after = (answer["figures"][part] for part in ("before", "after"))
    assert after["lufs"] - before["lufs"] == pytest.approx(9, abs=0.2)  # one channel became two: 3 dB more
    assert len(before["mean_db"]) == before["rows"] == 96
    assert len(ledger.newest_events(limit=500)) == facts


def test_a_process_on_ones_own_take_is_its_next_version_with_the_call_beside_it(ana, take, client_of, work_off):
    first = selectors.element(take).version

    asked = apply(client_of(ana), take)
    work_off("process_element")

    job = client_of(ana).get(f"/api/jobs/{asked.json()['job_id']}/").json()
    assert job["state"] == "finished", job
    newest = selectors.element(take).version
    call = ledger.processings(take)[2]
    assert (newest.number, newest.media_type) == (2, "audio/flac")
    assert (call.process, call.content_hash) == ("effects", newest.content_hash)
    assert call.parameters == {"plugins": '[{"gain_db":6,"type":"gain"}]'}
    assert call.inputs == [{"element_id": str(take), "content_hash": first.content_hash}]
    assert call.runtime["engine"]


@pytest.fixture
def noisy(ana, upload, in_process) -> UUID:
    """A tone that begins after a second of hiss, with the hiss under it."""
    hiss = np.random.default_rng(7).normal(0, 0.02, 3 * 22_050)
    tone = 0.3 * np.sin(2 * np.pi * 330 * np.arange(3 * 22_050) / 22_050)
    tone[:22_050] = 0
    out = io.BytesIO()
    soundfile.write(out, hiss + tone, 22_050, format="WAV")
    return UUID(upload(ana, out.getvalue(), "noisy.wav")["result"]["element_id"])


def test_noise_is_taken_off_by_what_a_marked_stretch_says_of_it(ana, noisy, client_of, work_off, client):
    parameters = {"method": "wiener", "strength": 1, "noise": [0.1, 0.9]}

    asked = audition(client_of(ana), noisy, "noise", parameters, start_s=0.2, seconds=0.7)
    outside = audition(client_of(ana), noisy, "noise", parameters, start_s=1.5, seconds=1.0)
    work_off("audition")
    apply(client_of(ana), noisy, "noise", parameters)
    work_off("process_element")

    assert (
        client_of(ana).get(f"/api/auditions/{asked.json()['audition_id']}/").json()["state"] == "refused"
    )  # superseded
    answer = client_of(ana).get(f"/api/auditions/{outside.json()['audition_id']}/").json()
    assert answer["state"] == "done", answer
    assert set(answer["files"]) == {"before", "after", "residual"}
    cleaned, _rate = soundfile.read(io.BytesIO(content.get(selectors.element(noisy).version.content_hash)))
    assert np.sqrt(np.square(cleaned[2000:20_000]).mean()) < 0.02 / 4
    assert np.sqrt(np.square(cleaned[30_000:60_000]).mean()) == pytest.approx(0.3 / np.sqrt(2), rel=0.05)
    assert ledger.processings(noisy)[2].parameters == {"method": "wiener", "strength": "1", "noise": ["0.1", "0.9"]}


def test_the_call_replays_to_the_same_bytes(ana, take, client_of, work_off):
    apply(client_of(ana), take)
    work_off("process_element")

    told = StringIO()
    call_command("replay", str(take), stdout=told)

    assert process_replay.replay(take, 2).same
    assert told.getvalue().startswith("version 2: effects")
    assert "The same bytes." in told.getvalue()


def test_a_replay_says_so_when_the_bytes_differ(ana, take, client_of, work_off, monkeypatch):
    apply(client_of(ana), take)
    work_off("process_element")
    real = process_replay.run_apart

    def other(work, data, *, arguments, bounds):
        return real(work, data, arguments={**arguments, "parameters": {"plugins": '[{"gain_db":3,"type":"gain"}]'}})

    monkeypatch.setattr(process_replay, "run_apart", other)
    with pytest.raises(CommandError, match="bytes differ"):
        call_command("replay", str(take), "--number", "2", stdout=StringIO())


def test_a_take_as_it_came_in_has_nothing_to_run_again(take):
    with pytest.raises(CommandError, match="nothing to run again"):
        call_command("replay", str(take), stdout=StringIO())


def test_undo_puts_the_earlier_content_back_as_a_new_version(ana, take, client_of, work_off):
    first = selectors.element(take).version.content_hash
    apply(client_of(ana), take)
    work_off("process_element")

    processing.restore(element_id=take, number=1, actor_id=ana.party_id)
    work_off("process_element")

    assert [one.version.number for one in selectors.bench(take, ana.party_id).versions] == [3, 2, 1]
    assert selectors.element(take).version.content_hash == first
    assert ledger.processings(take)[3].process == "version.restored"


def test_putting_back_what_is_there_changes_nothing_and_says_so(ana, take, client_of, work_off):
    job_id = processing.restore(element_id=take, number=1, actor_id=ana.party_id)
    work_off("process_element")

    failed = client_of(ana).get(f"/api/jobs/{job_id}/").json()
    assert failed["error"]["code"] == "nothing_changed"
    assert Version.objects.filter(element_id=take).count() == 1


def test_two_versions_are_heard_side_by_side(ana, take, client_of, work_off):
    apply(client_of(ana), take)
    work_off("process_element")

    asked = audition(client_of(ana), take, "version.compared", {"version": 1})
    work_off("audition")

    answer = client_of(ana).get(f"/api/auditions/{asked.json()['audition_id']}/").json()
    assert answer["state"] == "done", answer
    assert {"before", "after"} <= set(answer["files"])


def test_the_same_token_is_the_same_job(ana, take, client_of, work_off):
    first = apply(client_of(ana), take, token="form 1").json()
    again = apply(client_of(ana), take, token="form 1").json()
    work_off("process_element")
    work_off("process_element")

    assert first == again
    assert Version.objects.filter(element_id=take).count() == 2


def test_somebody_elses_take_is_closed_without_a_licence_to_build_on_it(ana, ben, take, client_of):
    for answer in (apply(client_of(ben), take), audition(client_of(ben), take)):
        assert (answer.status_code, answer.json()["code"]) == (403, "no_licence")


def test_with_a_licence_to_build_on_it_the_result_is_an_element_derived(ana, ben, take, client_of, work_off):
    grant(ben, Version.objects.get(element_id=take))

    asked = apply(client_of(ben), take)
    work_off("process_element")

    made = UUID(client_of(ben).get(f"/api/jobs/{asked.json()['job_id']}/").json()["result"]["element_id"])
    (edge,) = ledger.parents_of(made)
    assert (edge.parent_id, Element.objects.get(id=made).creator_id) == (take, ben.party_id)
    assert selectors.element(take).version.number == 1
    assert ledger.processings(made)[1].inputs[0]["element_id"] == str(take)
    assert ledger.claims_on(made) == []


def test_an_audition_of_another_is_not_known(ana, ben, take, client_of, work_off):
    asked = audition(client_of(ana), take)
    work_off("audition")

    answer = client_of(ben).get(f"/api/auditions/{asked.json()['audition_id']}/")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_audition")


@pytest.mark.parametrize(
    ("process", "parameters", "code"),
    [
        ("no.such", {}, "unknown_process"),
        ("effects", {"plugins": [{"type": "gain", "gain_db": 1000}]}, "bad_parameter"),
        ("effects", {}, "bad_parameter"),
        ("effects", {"plugins": "not json"}, "bad_parameter"),
        ("effects", {**LOUDER, "volume": 3}, "bad_parameter"),
        ("version.restored", {"version": 7}, "unknown_element"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_queued(ana, take, client_of, process, parameters, code):
    answer = apply(client_of(ana), take, process, parameters)

    assert answer.json()["code"] == code
    assert not [job for job in ledger.jobs_of(ana.party_id) if job.task == processing.TASK]


def test_a_section_behind_the_end_is_refused_in_words(ana, take, client_of, work_off):
    asked = audition(client_of(ana), take, start_s=100.0)
    work_off("audition")

    answer = client_of(ana).get(f"/api/auditions/{asked.json()['audition_id']}/").json()
    assert (answer["state"], "section" in answer["refusal"]) == ("refused", True)


def test_a_new_section_takes_the_place_of_one_that_still_waits(ana, take, client_of, work_off):
    first = audition(client_of(ana), take).json()["audition_id"]
    second = audition(client_of(ana), take).json()["audition_id"]
    work_off("audition")

    states = {str(one.id): one.state for one in Audition.objects.all()}
    assert (states[first], states[second]) == ("refused", "done")


def test_the_whole_is_measured_and_nothing_is_kept_of_it(ana, take, client_of, work_off):
    asked = audition(client_of(ana), take, "loudness.measured", {})
    work_off("audition")

    facts = client_of(ana).get(f"/api/auditions/{asked.json()['audition_id']}/").json()["facts"]
    assert -20 < facts["integrated_lufs"] < -5
    assert facts["true_peak_dbtp"] == pytest.approx(20 * np.log10(0.4), abs=0.3)
    assert len(facts["at_s"]) == len(facts["short_term_lufs"]) > 20
    assert apply(client_of(ana), take, "loudness.measured", {}).json()["code"] == "unsuitable"


@pytest.mark.parametrize("process", ["repair.hum", "repair.clicks", "repair.clipping", "repair.gate"])
def test_a_take_is_repaired_and_what_was_taken_away_is_heard(ana, take, client_of, work_off, process):
    asked = audition(client_of(ana), take, process, {})
    work_off("audition")

    answer = client_of(ana).get(f"/api/auditions/{asked.json()['audition_id']}/").json()
    assert answer["state"] == "done", answer
    assert set(answer["files"]) == {"before", "after", "residual"}


def test_what_is_larger_than_the_workbench_holds_is_refused_in_words(ana, take, client_of, monkeypatch):
    monkeypatch.setattr(limits, "PROCESS_INPUT_BYTES_MAX", 1000)

    for answer in (apply(client_of(ana), take), audition(client_of(ana), take)):
        assert answer.json()["code"] == "unsuitable"
        assert "cut the recording into parts first" in answer.json()["message"]


def test_notes_are_nothing_for_effects(ana, upload, client_of, in_process):
    tune = upload(ana, music.midi(), "tune.mid")["result"]["element_id"]

    assert apply(client_of(ana), tune).json()["code"] == "unsuitable"


def test_one_party_takes_one_worker_however_much_it_asks_for(ana, ben, take, client_of, monkeypatch):
    from ledger.services import exclusive

    job_id = UUID(apply(client_of(ana), take).json()["job_id"])
    asked = []

    def busy(key):
        asked.append(key)
        return exclusive.contextlib.nullcontext(False)

    monkeypatch.setattr(turns, "exclusively", busy)

    assert processing.run(job_id) is False
    assert asked == [turns.key_of(processing.TURN, ana.party_id)] != [turns.key_of(processing.TURN, ben.party_id)]
    assert ledger.job(job_id).state == "requested"


def test_more_than_a_few_under_way_are_refused(ana, take, client_of, monkeypatch):
    monkeypatch.setattr("production.limits.PROCESS_OPEN_MAX", 2)
    answers = [apply(client_of(ana), take) for _ in range(3)]

    assert [one.status_code for one in answers] == [202, 202, 429]


def test_a_cancelled_process_keeps_nothing(ana, take, client_of, work_off):
    job_id = apply(client_of(ana), take).json()["job_id"]
    blobs = set(content.every_hash())

    client_of(ana).post(f"/api/jobs/{job_id}/cancel/")
    work_off("process_element")

    assert client_of(ana).get(f"/api/jobs/{job_id}/").json()["state"] == "cancelled"
    assert Version.objects.filter(element_id=take).count() == 1
    assert set(content.every_hash()) == blobs


def test_a_crash_before_the_facts_leaves_blobs_alone_and_the_relay_does_it_once(ana, take, client_of, monkeypatch):
    job_id = UUID(apply(client_of(ana), take).json()["job_id"])

    def dies(*args, **kwargs):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("production.services.elements.append", dies)
        with pytest.raises(SystemExit):
            processing.run(job_id)
    assert (ledger.job(job_id).state, Version.objects.filter(element_id=take).count()) == ("requested", 1)

    processing.run(job_id)
    processing.run(job_id)

    kinds = [record.event.kind for record in ledger.newest_events(limit=200)]
    assert (kinds.count("element.processed.v1"), Version.objects.filter(element_id=take).count()) == (1, 2)


def test_a_process_runs_in_a_confined_child_and_tells_how_far_it_is(ana, take, client_of, monkeypatch):
    from production.parsing import apart

    monkeypatch.setattr(processing, "run_apart", apart.run_apart)
    told = []
    monkeypatch.setattr("production.progress.tell", lambda job_id, fraction, words: told.append(words))

    job_id = UUID(apply(client_of(ana), take).json()["job_id"])
    processing.run(job_id)

    assert ledger.job(job_id).state == "finished"
    assert told[0] == "Opening it"
    assert told[-1] == "Keeping it"


def test_auditions_are_swept_with_their_sounds(ana, take, client_of, work_off):
    import datetime as dt

    from django.utils import timezone

    from production.services import sweeping

    audition(client_of(ana), take)
    work_off("audition")
    files = set(Audition.objects.get().files.values())
    soon = timezone.now() + dt.timedelta(hours=30)
    assert sweeping.drop_unnamed(files) == 0

    auditions.sweep(now=soon)
    sweeping.sweep(now=soon)

    assert not any(content.exists(one) for one in files)
