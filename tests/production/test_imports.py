"""From bytes to elements: every format, every refusal, once, or not at all."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings

from ledger import selectors as ledger
from ledger.domain.ids import uuid7
from production import limits, selectors
from production.models import Element, Fingerprint, Rendition, Upload, Version
from production.parsing import apart
from production.services import elements, own, previews
from production.services.wishes import Wishes
from production.stores import content, midi, mix, sounds, wave
from tests.helpers.shared import shared_path
from tests.production import music
from tests.production.conftest import begin_and_send

pytestmark = pytest.mark.django_db


def made(job) -> selectors.ElementView:
    assert job["state"] == "finished", job
    return selectors.element(UUID(job["result"]["element_id"]))


def everything_kept() -> dict[str, int]:
    tables = {model.__name__: model.objects.count() for model in (Element, Version, Rendition, Fingerprint)}
    return tables | {
        "blobs": sum(1 for _ in content.every_hash()),
        "parts": len(list(Path(settings.VAR_DIR).glob("uploads/*.part"))),
        "elements in the ledger": sum(
            record.event.kind.startswith("element.") for record in ledger.newest_events(limit=50)
        ),
    }


FILES = {
    "a.mid": (music.midi(), "melody", midi),
    "zero.mid": (music.midi(kind=0), "melody", midi),
    "a.musicxml": (music.MUSICXML, "melody", midi),
    "a.mxl": (music.mxl(), "melody", midi),
    "a.chords": (b"C | Am | F | G7", "progression", midi),
    "a.wav": (music.wav(), "wave", wave),
    "a.aiff": (music.wav(format="AIFF"), "wave", wave),
    "a.flac": (music.wav(format="FLAC"), "wave", wave),
    "a.ogg": (music.wav(format="OGG"), "wave", wave),
    "a.mp3": (music.wav(format="MP3"), "wave", wave),
    "warm.json": (music.MIX_SETTING, "mix_setting", mix),
}


@pytest.mark.parametrize("name", FILES)
def test_each_kind_of_file_becomes_an_element_in_its_store(ana, upload, in_process, name):
    data, kind, store = FILES[name]

    job = upload(ana, data, name)

    assert job["state"] == "finished", job
    element = made(job)
    assert (element.kind, element.creator_id) == (kind, ana.party_id)
    assert content.get(element.version.content_hash, verify=True) == data
    assert element.version.picture_url
    assert ledger.element(element.id).content_hash == element.version.content_hash
    assert [v.element_id for v in store.STORE.current()] == [element.id]


def test_a_sound_font_becomes_a_sound(ana, upload, in_process):
    data = music.soundfont()

    job = upload(ana, data, "flute.sf2")

    assert job["state"] == "finished", job
    assert [v.element.kind for v in sounds.instruments()] == ["sound"]


def test_a_recording_can_be_kept_as_a_sound(ana, upload, in_process):
    job = upload(ana, music.wav(), "kick.wav", kind="sound", title="Kick", tags=["Drum ", "drum", "One  Shot"])

    element = made(job)
    assert (element.kind, element.title, element.tags) == ("sound", "Kick", ("drum", "one shot"))


def test_what_a_file_holds_is_described(ana, upload, in_process):
    notes = made(upload(ana, music.midi(), "scale_in_C.mid"))
    tone = made(upload(ana, music.wav(2.0), "tone.wav"))

    assert notes.title == "scale in C"
    assert notes.version.facts["tempo_bpm"] == 120
    assert notes.version.facts["note_count"] == len(music.MELODY)
    assert notes.version.facts["key"] == "C major"
    assert tone.version.facts["duration_s"] == pytest.approx(2.0)
    assert tone.version.facts["integrated_lufs"] < 0
    assert len(selectors.peaks(tone.version.id)["peaks"]) == 800
    assert (notes.version.facts["picture"]["kind"], tone.version.facts["picture"]["kind"]) == ("roll", "spectrum")
    assert len(base64.b64decode(notes.version.facts["picture"]["cells"])) == 24 * 48
    assert max(base64.b64decode(tone.version.facts["outline"])) == 255
    assert [v.element_id for v in midi.in_key("C major")] == [notes.id]
    assert [v.element_id for v in midi.between_tempos(119, 121)] == [notes.id]
    assert [v.element_id for v in wave.between_seconds(1, 3)] == [tone.id]


REFUSED = {
    "cut short": (music.midi()[:-20], "unreadable_file"),
    "cut short wav": (music.wav()[: len(music.wav()) // 2], "unreadable_file"),
    "cut short flac": (music.wav(format="FLAC")[:-200], "unreadable_file"),
    "text": (b"dear diary", "unsupported_format"),
    "a program": (b"\x7fELF" + bytes(200), "unsupported_format"),
    "another archive": (b"PK\x03\x04" + bytes(100), "unsupported_format"),
    "entities without end": (music.billion_laughs(), None),
    "a reference outside": (music.external_entity(), None),
    "a zip bomb": (music.zip_bomb(), "limit_exceeded"),
    "a score that leaves its archive": (music.mxl(rootfile="../../etc/passwd"), None),
    "JSON of something else": (b'{"a": 1}', "unsupported_format"),
    "a setting out of range": (
        b'{"version": 1, "plugins": [{"type": "eq", "bands": [{"shape": "peak", "frequency_hz": 1e9}]}]}',
        "unreadable_file",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_refused_file_leaves_nothing_but_plain_words(ana, upload, in_process, what):
    data, code = REFUSED[what]

    job = upload(ana, data, "innocent.mid")

    assert job["state"] == "failed", job
    assert code in (None, job["error"]["code"])
    assert job["error"]["message"].endswith(".")
    assert "Traceback" not in job["error"]["message"]
    assert set(everything_kept().values()) == {0}
    assert Upload.objects.get().state == "refused"


def test_a_file_cannot_be_of_a_kind_that_it_is_not(ana, upload, in_process):
    job = upload(ana, music.wav(), "a.wav", kind="melody")

    assert job["error"]["code"] == "wrong_kind"
    assert set(everything_kept().values()) == {0}


def test_a_refusal_after_the_bytes_were_stored_removes_them_again(ana, ben, upload, in_process, monkeypatch):
    def fails(**arguments):
        raise elements.UnknownElementError

    monkeypatch.setattr(elements.outbox, "put", fails)

    job = upload(ana, music.midi())

    assert job["state"] == "failed"
    assert set(everything_kept().values()) == {0}


def test_the_same_bytes_as_mine_still_in_use_survive_a_refusal(ana, upload, in_process):
    upload(ana, music.midi(), "first.mid")

    job = upload(ana, music.midi(), "second.mid", kind="wave")

    assert job["state"] == "failed"
    assert content.get(Version.objects.get().content_hash, verify=True) == music.midi()


def test_contributors_and_parents_are_written_to_the_ledger(ana, ben, upload, in_process):
    parent = upload(ana, music.midi())["result"]["element_id"]

    job = upload(
        ana,
        music.midi((60, 67, 64, 72)),
        contributors=[
            {"party_id": str(ana.party_id), "role": "producer"},
            {"party_id": str(ben.party_id), "role": "singer"},
        ],
        parents=[{"element_id": parent, "upstream_ppm": 250_000}],
    )

    child = made(job)
    (edge,) = ledger.parents_of(child.id)
    (version,) = ledger.versions_of(child.id)
    assert (str(edge.parent_id), edge.upstream_ppm) == (parent, 250_000)
    assert {(c["party_id"], c["role"]) for c in version.contributors} == {
        (str(ana.party_id), "producer"),
        (str(ben.party_id), "singer"),
    }
    assert {c.role for c in child.version.contributors} == {"producer", "singer"}


def test_nothing_is_made_from_an_element_without_a_licence(ana, ben, upload, in_process):
    parent = upload(ana, music.midi())["result"]["element_id"]
    before = everything_kept()

    job = upload(ben, music.midi((60, 67)), parents=[{"element_id": parent, "upstream_ppm": 250_000}])

    assert job["error"]["code"] == "no_licence"
    assert everything_kept() == before


def test_a_new_version_takes_the_place_of_the_one_before(ana, ben, upload, in_process):
    first = upload(ana, music.midi())["result"]

    second = upload(ana, music.midi((60, 62, 64)), element_id=first["element_id"])["result"]
    unchanged = upload(ana, music.midi((60, 62, 64)), element_id=first["element_id"])

    assert (second["element_id"], second["version"]) == (first["element_id"], 2)
    assert [v.number for v in selectors.versions(first["element_id"])] == [2, 1]
    assert [v.version for v in ledger.versions_of(first["element_id"])] == [1, 2]
    assert unchanged["error"]["code"] == "nothing_changed"


def test_only_its_maker_adds_a_version(ana, ben, upload, client_of, in_process):
    element_id = upload(ana, music.midi())["result"]["element_id"]
    client, data = client_of(ben), music.midi((60, 62))
    begun = client.post("/api/uploads/", {"name": "a.mid", "size": len(data)}, format="json").json()
    client.patch(f"/api/uploads/{begun['id']}/", data, content_type="x/y", headers={"upload-offset": "0"})

    answer = client.post(f"/api/uploads/{begun['id']}/complete/", {"element_id": element_id}, format="json")

    assert answer.status_code == 403


def test_the_same_bytes_of_somebody_else_warn_and_open_a_claim_on_all(ana, ben, upload, in_process):
    old = upload(ana, music.midi())["result"]["element_id"]

    new = upload(ben, music.midi())["result"]

    (warning,) = new["warnings"]
    (claim,) = ledger.claims_on(new["element_id"])
    assert (warning["code"], warning["element_id"], warning["disputed_ppm"]) == ("same_bytes", old, 1_000_000)
    assert (str(claim.resembles_id), claim.disputed_ppm, claim.state) == (old, 1_000_000, "open")
    assert str(claim.claim_id) == warning["claim_id"]


def test_a_near_match_holds_only_the_part_that_is_the_others(ana, ben, upload, in_process):
    own = (50, 57, 53, 62, 58, 65, 50, 69, 55, 67, 52, 71, 53, 74, 50, 76, 57, 53, 79, 61, 54, 66, 59, 73)
    old = upload(ana, music.midi())["result"]["element_id"]

    transposed = upload(ben, music.midi(tuple(pitch + 3 for pitch in music.MELODY)))["result"]
    longer = upload(ben, music.midi(music.MELODY + own))["result"]

    assert transposed["warnings"][0]["code"] == "near_match"
    assert transposed["warnings"][0]["disputed_ppm"] == 1_000_000
    assert longer["warnings"][0]["element_id"] == old
    assert 250_000 < longer["warnings"][0]["disputed_ppm"] < 600_000
    (claim,) = ledger.claims_on(longer["element_id"])
    assert claim.disputed_ppm == longer["warnings"][0]["disputed_ppm"]


def test_my_own_and_different_music_raise_no_claim(ana, ben, upload, in_process):
    upload(ana, music.midi())

    again = upload(ana, music.midi())["result"]
    other = upload(ben, music.midi((50, 57, 53, 62, 58, 65, 50, 69, 55, 67, 52, 71, 53, 74, 50, 76)))["result"]

    assert again["warnings"] == other["warnings"] == []


def test_a_task_started_twice_does_its_work_once(ana, client_of, work_off, in_process):
    from production import tasks

    job_id = begin_and_send(client_of(ana), music.midi())

    tasks.import_upload(job_id)
    before = everything_kept()
    tasks.import_upload(job_id)

    assert everything_kept() == before
    assert before["Element"] == 1
    assert ledger.job(job_id).state == "finished"


def test_a_job_cancelled_in_the_middle_keeps_nothing(ana, client_of, work_off, in_process, monkeypatch):
    from production.services import imports, jobs

    job_id = begin_and_send(client_of(ana), music.midi())
    parse = imports.run_apart

    def cancelled_meanwhile(*arguments, **named):
        jobs.cancel(job_id=job_id, actor_id=ana.party_id)
        return parse(*arguments, **named)

    monkeypatch.setattr(imports, "run_apart", cancelled_meanwhile)
    work_off()

    assert ledger.job(job_id).state == "cancelled"
    assert set(everything_kept().values()) == {0}


def test_previews_and_the_other_form_follow(ana, upload, work_off, in_process, monkeypatch):
    monkeypatch.setattr(limits, "PREVIEW_SECONDS_MAX", 30.0)
    notes = upload(ana, music.midi())["result"]
    tone = upload(ana, music.wav(40.0), "long.wav")["result"]
    assert selectors.preview_url(notes["version_id"]) is None

    assert work_off("previews") == 2
    previews.make(notes["version_id"])

    heard = Rendition.objects.get(version_id=tone["version_id"], purpose="preview_audio")
    score = Rendition.objects.get(version_id=notes["version_id"], purpose="musicxml")
    assert content.get(heard.content_hash)[:4] == b"OggS"
    assert 29 < music.seconds_of(content.get(heard.content_hash)) <= 30.01
    assert b"<score-partwise" in content.get(score.content_hash)
    assert selectors.element(UUID(notes["element_id"])).version.forms == ("musicxml",)
    assert selectors.preview_url(notes["version_id"])


def test_the_parser_is_a_process_with_limits_of_memory_time_and_nothing_of_the_site():
    melody = music.midi()

    found = apart.run_apart("examine", melody)

    assert found.values["facts"]["note_count"] == len(music.MELODY)
    with pytest.raises(apart.RefusedFileError, match="could not be read"):
        apart.run_apart("examine", melody[:-20])
    with pytest.raises(apart.ParserLimitError):
        apart.run_apart("examine", music.wav(60.0), bounds=apart.Bounds(wall_seconds_max=0.05))
    with pytest.raises(apart.CancelledError):
        apart.run_apart("examine", melody, is_cancelled=lambda: True)


def test_long_recordings_have_more_time_and_no_more_memory(ana, upload, monkeypatch):
    asked = []

    def run(work, data, *, bounds, **more):
        asked.append(bounds)
        return apart.run_here(work, bytes(data))

    monkeypatch.setattr("production.services.imports.run_apart", run)
    upload(ana, music.wav(2.0), "short.wav")
    monkeypatch.setattr(limits, "PARSE_LONG_BYTES_MIN", 1000)
    upload(ana, music.wav(3.0), "long.wav")

    assert asked == [apart.PARSING, apart.LOOKING_LONG]
    assert apart.LOOKING_LONG.memory_bytes_max == apart.PARSING.memory_bytes_max


def test_a_parser_whose_result_nobody_wants_is_ended():
    wanted = iter([False, False])

    with pytest.raises(apart.CancelledError):
        apart.run_apart(
            "harmonise",
            music.midi(music.MELODY * 4),
            arguments={"seed": 1, "variants": 8},
            bounds=apart.GENERATING,
            is_cancelled=lambda: next(wanted, True),
        )


@pytest.mark.parametrize("work", ["hog_memory", "hog_processor"])
def test_a_parser_that_takes_too_much_is_ended(work, monkeypatch, tmp_path):
    script = tmp_path / "hog.py"
    script.write_text(
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from production.parsing.confine import confine\n"
        "confine(memory_bytes_max=400_000_000, cpu_seconds_max=1, output_bytes_max=1000)\n"
        f"{'x = bytearray(500_000_000)' if work == 'hog_memory' else 'while True: pass'}\n"
    )
    import subprocess
    import sys

    ended = subprocess.run([sys.executable, str(script), str(settings.BASE_DIR)], capture_output=True, check=False)

    if work == "hog_memory":
        assert b"MemoryError" in ended.stderr
    else:
        assert ended.returncode == -24


def test_shared_files_are_taken_as_they_come(ana, upload, in_process):
    folder = shared_path("vectors", "midi")
    files = sorted(folder.rglob("*.mid"))[:3]

    states = {path.name: upload(ana, path.read_bytes(), path.name)["state"] for path in files}

    assert set(states.values()) <= {"finished", "failed"}


def test_facts_hold_no_words(ana, upload, in_process):
    upload(ana, music.midi(), "My Secret Song.mid", title="My Secret Title", tags=["hush"], description="psst")

    log = json.dumps([record.event.body() for record in ledger.newest_events(limit=50)])

    assert "Secret" not in log
    assert "psst" not in log
    assert "hush" not in log


def test_unknown_contributors_are_refused(ana, upload, in_process):
    job = upload(ana, music.midi(), contributors=[{"party_id": str(uuid7()), "role": "singer"}])

    assert job["error"]["code"] == "not_an_element"
    assert "Invite them" in job["error"]["message"]
    assert set(everything_kept().values()) == {0}


def test_what_the_site_writes_itself_needs_no_queue(ana):
    wishes = Wishes(title="Riff", tags=("demo",))
    element_id = uuid7()

    first = own.keep(actor_id=ana.party_id, data=music.midi(), wishes=wishes, element_id=element_id, key="demo:1")
    again = own.keep(actor_id=ana.party_id, data=music.midi(), wishes=wishes, element_id=element_id, key="demo:1")
    own.render(first.version_id)

    assert again.version_id == first.version_id
    assert selectors.element(element_id).version.preview_url
