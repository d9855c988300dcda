"""Harmonisations: proposed, kept with their whole call, paid on, and made again to the byte."""

from __future__ import annotations

from io import StringIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from ledger import selectors as ledger
from production import selectors
from production.models import Proposal
from production.parsing import apart
from production.services import generation, generation_replay
from tests.production import music
from tests.production.test_downloads import grant

pytestmark = pytest.mark.django_db


@pytest.fixture
def melody(ana, upload, in_process) -> UUID:
    return UUID(upload(ana, music.midi(), "tune.mid")["result"]["element_id"])


@pytest.fixture
def proposed(ana, melody, client_of, work_off):
    asked = client_of(ana).post(f"/api/elements/{melody}/harmonise/", {"seed": 7, "variants": 2}, format="json")
    assert asked.status_code == 202, asked.content
    work_off("recommend")
    return UUID(asked.json()["job_id"])


def test_a_melody_gets_harmonisations_that_can_be_heard_and_seen(ana, ben, melody, proposed, client, client_of):
    job = client_of(ana).get(f"/api/jobs/{proposed}/").json()
    proposals = selectors.proposals(proposed, ana.party_id)

    assert job["state"] == "finished", job
    assert [p.variant for p in proposals] == [0, 1]
    assert proposals[0].input_id == melody
    assert len({note[4] for note in proposals[0].roll["notes"]}) == 4
    assert client.get(proposals[0].preview_url).content[:4] == b"OggS"
    assert selectors.proposals(proposed, ben.party_id) == []


def test_keeping_one_writes_the_call_and_pays_the_melody_on(ana, melody, proposed, client_of):
    body = {"variant": 1, "title": "Chorale"}

    kept = client_of(ana).post(f"/api/jobs/{proposed}/keep/", body, format="json")
    again = client_of(ana).post(f"/api/jobs/{proposed}/keep/", body, format="json")

    assert kept.status_code == 201, kept.content
    assert again.json() == kept.json()
    element = selectors.element(UUID(kept.json()["element_id"]))
    called = ledger.generation(element.id)
    (edge,) = ledger.parents_of(element.id)
    assert (element.kind, element.title) == ("midi", "Chorale")
    assert (called.seed, called.parameters["variant"], called.inputs) == (7, 1, [str(melody)])
    assert called.content_hash == element.version.content_hash
    assert (edge.parent_id, edge.upstream_ppm) == (melody, 300_000)


def test_the_event_replays_to_the_same_bytes(ana, melody, proposed):
    made = generation.keep(job_id=proposed, variant=1, title="", actor_id=ana.party_id)
    told = StringIO()

    replay = generation_replay.replay(made.element_id)
    call_command("replay", str(made.element_id), stdout=told)

    assert replay.same
    assert replay.replayed_hash == made.content_hash
    assert "The same bytes." in told.getvalue()


def test_another_process_makes_the_same_bytes(ana, melody, proposed, monkeypatch):
    made = generation.keep(job_id=proposed, variant=0, title="", actor_id=ana.party_id)
    monkeypatch.setattr(generation_replay, "run_apart", apart.run_apart)

    assert generation_replay.replay(made.element_id).same


def test_an_element_that_no_model_made_cannot_be_replayed(melody):
    with pytest.raises(CommandError, match="nothing to run again"):
        call_command("replay", str(melody))


def test_another_seed_gives_other_notes(ana, melody, proposed, work_off):
    generation.recommend_harmonisations(element_id=melody, actor_id=ana.party_id, seed=8, variants=1)
    work_off("recommend")

    assert len(set(Proposal.objects.values_list("content_hash", flat=True))) == 3


def test_a_melody_of_somebody_else_needs_a_licence(ana, ben, melody, client_of, work_off):
    from production.models import Version

    refused = client_of(ben).post(f"/api/elements/{melody}/harmonise/", {}, format="json")
    grant(ben, Version.objects.get(element_id=melody))
    asked = client_of(ben).post(f"/api/elements/{melody}/harmonise/", {"variants": 1}, format="json")
    work_off("recommend")
    kept = client_of(ben).post(f"/api/jobs/{asked.json()['job_id']}/keep/", {"variant": 0}, format="json")

    assert (refused.status_code, refused.json()["code"]) == (403, "no_licence")
    assert kept.status_code == 201, kept.content
    # The melody inside is declared, so it is no theft: no claim.
    assert ledger.claims_on(UUID(kept.json()["element_id"])) == []


def test_nobody_keeps_the_proposals_of_another(ben, proposed, client_of):
    answer = client_of(ben).post(f"/api/jobs/{proposed}/keep/", {"variant": 0}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_proposal")


def test_what_is_no_melody_is_refused_in_plain_words(ana, upload, client_of, work_off, in_process):
    chords = upload(ana, b"C | Am | F | G7", "song.chords")["result"]["element_id"]
    tone = upload(ana, music.wav(), "tone.wav")["result"]["element_id"]

    asked = client_of(ana).post(f"/api/elements/{chords}/harmonise/", {}, format="json").json()
    work_off("recommend")
    failed = client_of(ana).get(f"/api/jobs/{asked['job_id']}/").json()
    refused = client_of(ana).post(f"/api/elements/{tone}/harmonise/", {}, format="json")

    assert failed["error"]["code"] == "not_a_melody"
    assert refused.json()["code"] == "not_a_melody"


def test_the_model_is_registered_once(ana, melody, proposed, work_off):
    generation.recommend_harmonisations(element_id=melody, actor_id=ana.party_id, seed=9, variants=1)
    work_off("recommend")

    kinds = [record.event.kind for record in ledger.newest_events(limit=50)]
    assert kinds.count("model.registered.v2") == 1


def test_the_family_of_an_element_is_told_with_titles(ana, melody, proposed):
    made = generation.keep(job_id=proposed, variant=0, title="Chorale", actor_id=ana.party_id)

    family = selectors.provenance(made.element_id)

    assert [(r.title, r.depth, r.model is not None) for r in family.relatives] == [
        ("tune", -1, False),
        ("Chorale", 0, True),
    ]
    assert family.derivations[0].upstream_ppm == 300_000
    assert [job.state for job in ledger.jobs_of(ana.party_id)] == ["finished", "finished"]
