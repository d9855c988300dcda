"""Content credentials: what a file says of itself, who signed it, and that a changed byte is found."""

from __future__ import annotations

import io
import json
from pathlib import Path
from uuid import UUID

import c2pa
import pytest
from django.core.management import CommandError, call_command

from production import selectors
from production.credentials import certificate
from production.errors import BeingMarkedError, NoCredentialsError, NoLicenceError, ProductionError
from production.models import Mark, Version
from production.parsing import apart
from production.parsing import credentials as parser
from production.parsing.credentials_report import PROVENANCE
from production.services import checks, credentials, elements, generation
from production.services.elements import Body
from production.stores import content
from tests.production import music
from tests.production.test_downloads import grant
from tests.production.test_workbench import apply

pytestmark = pytest.mark.django_db


@pytest.fixture
def melody(ana, upload, in_process) -> UUID:
    return UUID(upload(ana, music.midi(), "tune.mid", title="A tune")["result"]["element_id"])


@pytest.fixture
def generated(ana, melody, work_off) -> UUID:
    """Notes that a model made of the melody."""
    job_id = generation.recommend_harmonisations(element_id=melody, actor_id=ana.party_id, seed=7, variants=1)
    work_off("recommend")
    made = generation.keep(job_id=job_id, variant=0, title="Chorale", actor_id=ana.party_id)
    work_off("previews")
    return made.element_id


@pytest.fixture
def heard(ana, generated, work_off, client_of) -> UUID:
    """The same, played: a recording that no person had a hand in."""
    asked = apply(client_of(ana), generated, "notes.played", {}).json()["job_id"]
    work_off("process")
    made = selectors.job_progress(UUID(asked), ana.party_id).as_json()
    assert made["state"] == "finished", made
    work_off("previews")
    return UUID(made["result"]["element_id"])


def newest(element_id: UUID) -> Version:
    return Version.objects.filter(element_id=element_id).latest("number")


def mark(element_id: UUID, work_off) -> Version:
    version = newest(element_id)
    credentials.ask(version.id)
    work_off("mark")
    return version


def fetch(client_of, person, version: Version, form: str = "original"):
    """What the door sends to whoever may have it."""
    url = selectors.download_url(version_id=version.id, party_id=person.party_id, form=form)
    return client_of(person).get(url)


def manifest_of(data: bytes, beside: bytes | None = None) -> tuple[dict, str]:
    """As an independent reader says it: the newest manifest, and whether it holds."""
    context = c2pa.Context.from_dict({"trust": {"user_anchors": certificate.anchors()}})
    kind = None if beside is None else "application/octet-stream"
    with c2pa.Reader(kind, io.BytesIO(data), beside, context) as reader:
        return reader.get_active_manifest(), reader.get_validation_state()


def actions_of(manifest: dict) -> list[dict]:
    (found,) = [one for one in manifest["assertions"] if one["label"] == "c2pa.actions.v2"]
    return found["data"]["actions"]


def types_of(manifest: dict) -> list[str]:
    return [one["digitalSourceType"].rpartition("/")[2] for one in actions_of(manifest) if "digitalSourceType" in one]


def test_notes_of_a_model_have_a_manifest_beside_them_that_says_so(ana, generated, work_off, client_of):
    version = mark(generated, work_off)
    file = fetch(client_of, ana, version)
    beside = fetch(client_of, ana, version, "original-c2pa")

    manifest, state = manifest_of(file.content, beside.content)

    assert state == "Trusted"
    assert types_of(manifest) == ["trainedAlgorithmicMedia"]
    assert [(one["title"], one["relationship"]) for one in manifest["ingredients"]] == [("A tune", "inputTo")]
    assert beside["Content-Disposition"] == 'attachment; filename="chorale-v1.mid.c2pa"'
    assert file.content == content.get(version.content_hash)


def test_the_manifest_names_model_weights_and_seed(generated, work_off):
    version = mark(generated, work_off)
    made = Mark.objects.get(version=version, form="original")

    manifest, _ = manifest_of(content.get(version.content_hash), content.get(made.kept_hash))

    (said,) = [one["data"] for one in manifest["assertions"] if one["label"] == PROVENANCE]
    (created,) = actions_of(manifest)
    called = elements.ledger.generation(generated)
    assert (said["model"], said["weights"], said["seed"]) == (called.model, called.weights_hash, "7")
    assert created["softwareAgent"] == {"name": called.model, "version": called.weights_hash}
    assert said["sha256"] == version.content_hash


def test_a_changed_byte_of_the_notes_is_found(generated, work_off):
    version = mark(generated, work_off)
    beside = content.get(Mark.objects.get(version=version, form="original").kept_hash)
    data = bytearray(content.get(version.content_hash))
    data[-5] ^= 1

    said = parser.read(bytes(data), anchors=certificate.anchors(), manifest=parser._text(beside))[0]

    assert manifest_of(bytes(data), beside)[1] == "Invalid"
    assert said["state"] == "changed"


def test_notes_in_their_other_form_have_a_manifest_of_their_own(generated, work_off):
    version = mark(generated, work_off)
    made = Mark.objects.get(version=version, form="musicxml")
    data = content.get(made.content_hash)

    manifest, state = manifest_of(data, content.get(made.kept_hash))

    assert b"<score-partwise" in data
    assert state == "Trusted"
    assert [one["action"] for one in actions_of(manifest)] == ["c2pa.created", "c2pa.converted"]


def test_a_recording_that_no_person_had_a_hand_in_carries_its_mark_inside(ana, heard, work_off, client_of):
    version = mark(heard, work_off)
    file = fetch(client_of, ana, version)

    manifest, state = manifest_of(file.content)

    assert selectors.authorship(heard) == "generated"
    assert state == "Trusted"
    assert types_of(manifest) == ["trainedAlgorithmicMedia"]
    assert [(one["title"], one["relationship"]) for one in manifest["ingredients"]] == [("Chorale", "parentOf")]
    assert [one["action"] for one in actions_of(manifest)] == ["c2pa.opened", "c2pa.edited"]
    assert content.get(version.content_hash) != file.content, "what the ledger names is never changed"


def test_a_changed_byte_of_the_sound_is_found(ana, heard, work_off, client_of):
    version = mark(heard, work_off)
    data = bytearray(fetch(client_of, ana, version).content)
    data[len(data) // 2] ^= 1

    assert manifest_of(bytes(data))[1] == "Invalid"
    assert checks.read_file(bytes(data))["state"] == "changed"


def test_what_people_made_is_left_as_it_is_and_not_called_generated(ana, upload, work_off, in_process, client_of):
    element_id = UUID(upload(ana, music.wav(), "tone.wav")["result"]["element_id"])
    version = mark(element_id, work_off)
    file = fetch(client_of, ana, version)
    beside = fetch(client_of, ana, version, "original-c2pa")

    manifest, state = manifest_of(file.content, beside.content)

    assert file.content == music.wav()
    assert (state, types_of(manifest)) == ("Trusted", ["digitalCreation"])


def test_what_people_went_on_from_is_a_composite(ana, generated, work_off):
    data = music.midi((60, 64, 67))
    examined = elements.Examined.from_json(apart.run_here("examine", data).values)
    elements.add_version(actor_id=ana.party_id, element_id=generated, body=Body(data=data, examined=examined), key="v2")
    version = mark(generated, work_off)
    made = Mark.objects.get(version=version, form="original")

    manifest, _ = manifest_of(data, content.get(made.kept_hash))

    assert selectors.authorship(generated) == "assisted"
    assert types_of(manifest) == ["trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"]


def test_the_same_bytes_with_the_same_facts_are_signed_once(generated, work_off):
    version = mark(generated, work_off)
    before = set(Mark.objects.values_list("id", "kept_hash"))

    credentials.make(version.id)

    assert not credentials.ask(version.id)
    assert set(Mark.objects.values_list("id", "kept_hash")) == before


def test_another_title_is_another_manifest_and_the_old_one_serves_until_it_is_there(ana, heard, work_off):
    version = mark(heard, work_off)
    elements.describe_anew(actor_id=ana.party_id, element_id=heard, title="Renamed")

    (before,) = [one for one in selectors.credentials(version.id) if one.form == "original"]
    mark(heard, work_off)
    (after,) = [one for one in selectors.credentials(version.id) if one.form == "original"]

    assert (before.said["title"], before.is_current) == ("Chorale, played", False)
    assert (after.said["title"], after.is_current) == ("Renamed", True)


# ------------------------------------------------------------------------------------------------ while and if not
def test_who_asks_before_it_is_marked_is_told_to_wait_and_gets_it_afterwards(ana, heard, work_off, client_of):
    version = newest(heard)

    with pytest.raises(BeingMarkedError):
        fetch(client_of, ana, version)
    work_off("mark")
    late = fetch(client_of, ana, version)

    assert manifest_of(late.content)[1] == "Trusted"


def test_a_mark_that_takes_too_long_keeps_nobody_from_what_is_theirs(ana, heard, client_of, monkeypatch):
    version = newest(heard)
    credentials.ask(version.id)
    monkeypatch.setattr("production.limits.CREDENTIALS_WAIT_SECONDS_MAX", -1)

    assert fetch(client_of, ana, version).content == content.get(version.content_hash)


def test_without_a_certificate_the_download_works_and_the_page_says_so(ana, heard, work_off, client_of, settings):
    settings.CREDENTIALS_CERTIFICATE = "/nowhere/chain.pem"
    settings.CREDENTIALS_KEY = "/nowhere/key.pem"
    version = mark(heard, work_off)

    file = fetch(client_of, ana, version)

    (told,) = selectors.credentials(version.id)
    assert file.content == content.get(version.content_hash)
    assert told.state == "failed"
    assert "/nowhere/chain.pem" in told.refusal


def test_a_key_of_another_certificate_is_refused_in_plain_words(settings, tmp_path):
    certificate.signer()
    own = Path(settings.CREDENTIALS_DIR)
    other = tmp_path / "other"
    certificate._make(other, name="other", now=certificate.dt.datetime.now(certificate.dt.UTC))
    settings.CREDENTIALS_CERTIFICATE, settings.CREDENTIALS_KEY = str(own / "chain.pem"), str(other / "key.pem")

    with pytest.raises(ProductionError, match="its key is another one"):
        certificate.signer()


def test_a_certificate_of_the_settings_signs_and_is_trusted(heard, work_off, settings, tmp_path):
    certificate._make(tmp_path / "bought", name="Bought", now=certificate.dt.datetime.now(certificate.dt.UTC))
    settings.CREDENTIALS_CERTIFICATE = str(tmp_path / "bought" / "chain.pem")
    settings.CREDENTIALS_KEY = str(tmp_path / "bought" / "key.pem")

    version = mark(heard, work_off)

    (told,) = selectors.credentials(version.id)
    assert (told.said["issuer"], told.said["state"]) == ("Bought", "trusted")


# ---------------------------------------------------------------------------------------------------- keys and doors
def test_the_key_is_made_once_for_its_owner_alone_and_is_in_no_file_that_leaves(
    ana, heard, work_off, client_of, settings
):
    version = mark(heard, work_off)
    folder = Path(settings.CREDENTIALS_DIR)
    secret = (folder / "key.pem").read_bytes()
    body = b"".join(secret.splitlines()[1:-1])

    first = certificate.signer().fingerprint

    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.is_relative_to(settings.VAR_DIR)
    assert certificate.signer().fingerprint == first
    assert body not in fetch(client_of, ana, version).content.replace(b"\n", b"")
    assert "PRIVATE" not in repr(certificate.signer())
    assert "root-key" not in {path.stem for path in folder.iterdir()}


def test_the_confined_process_signs_without_the_key(ana, heard, work_off, client_of, monkeypatch):
    asked = []
    monkeypatch.setattr(
        credentials, "run_apart", lambda *args, **more: asked.append(more) or apart.run_apart(*args, **more)
    )

    version = mark(heard, work_off)

    assert manifest_of(fetch(client_of, ana, version).content)[1] == "Trusted"
    assert "PRIVATE" not in json.dumps([one["arguments"] for one in asked])


def test_a_manifest_needs_the_licence_of_its_file(ana, ben, generated, work_off, client_of):
    version = mark(generated, work_off)

    with pytest.raises(NoLicenceError):
        fetch(client_of, ben, version, "original-c2pa")
    grant(ben, version)
    given = fetch(client_of, ben, version, "original-c2pa")

    assert given.status_code == 200


# ------------------------------------------------------------------------------------------------------ what comes in
def from_elsewhere(data: bytes, source_type: str, settings, tmp_path) -> bytes:
    """A recording that another tool has marked."""
    certificate._make(tmp_path / "elsewhere", name="Elsewhere", now=certificate.dt.datetime.now(certificate.dt.UTC))
    info = c2pa.C2paSignerInfo(
        b"es256",
        (tmp_path / "elsewhere" / "chain.pem").read_bytes(),
        (tmp_path / "elsewhere" / "key.pem").read_bytes(),
        None,
    )
    action = {
        "action": "c2pa.created",
        "digitalSourceType": f"http://cv.iptc.org/newscodes/digitalsourcetype/{source_type}",
    }
    said = {"title": "Theirs", "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}]}
    out = io.BytesIO()
    context = c2pa.Context.from_dict({"verify": {"verify_after_sign": False}})
    with c2pa.Builder(said, context) as builder, c2pa.Signer.from_info(info) as signer:
        builder.sign(signer, "audio/wav", io.BytesIO(data), out)
    return out.getvalue()


def test_an_upload_that_says_it_is_generated_stays_so_and_keeps_its_manifest(
    ana, upload, work_off, in_process, client_of, settings, tmp_path
):
    theirs = from_elsewhere(music.wav(), "trainedAlgorithmicMedia", settings, tmp_path)
    told = upload(ana, theirs, "theirs.wav", title="Brought along")["result"]
    element_id = UUID(told["element_id"])
    version = mark(element_id, work_off)

    manifest, state = manifest_of(fetch(client_of, ana, version).content)

    assert told["says_made_by"] == "generated", "the ledger has it in the job's end"
    assert selectors.authorship(element_id) == "generated"
    assert version.description["credentials"]["issuer"] == "Elsewhere"
    (ingredient,) = manifest["ingredients"]
    assert ingredient["relationship"] == "parentOf"
    assert ingredient["active_manifest"], "their manifest is in ours"
    assert state in ("Trusted", "Valid")


def test_an_upload_that_says_people_made_it_is_not_called_generated(ana, upload, in_process, settings, tmp_path):
    theirs = from_elsewhere(music.wav(), "digitalCapture", settings, tmp_path)
    told = upload(ana, theirs, "theirs.wav")["result"]

    assert selectors.authorship(UUID(told["element_id"])) == "human"
    assert "says_made_by" not in told


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "MP3"])
def test_a_marked_file_can_be_taken_in_again(kind):
    from engine.io.recording import media_of

    with apart.telling.hearing(None, certificate.signer().sign):
        _, files = parser.mark(
            music.wav(format=kind), media=kind.lower(), definition={"title": "x"},
            certificates=certificate.signer().certificates, algorithm="es256", timestamp_url="",
            anchors=certificate.anchors(), embed=True,
        )  # fmt: skip
    assert media_of(files["marked"]) == kind.lower()
    assert apart.run_here("examine", files["marked"]).values["media"] == kind.lower()


def test_the_site_embeds_where_the_parser_can():
    assert frozenset(parser.EMBEDDED) == credentials.EMBEDDED


# ------------------------------------------------------------------------------------------------------- being asked
def test_a_file_without_credentials_is_told_from_one_that_was_changed():
    with pytest.raises(NoCredentialsError):
        parser.read(music.wav(), anchors="")
    with pytest.raises(NoCredentialsError):
        parser.read(music.midi(), anchors="")


def test_a_stranger_s_file_is_read_by_a_worker_and_let_go(heard, work_off, settings):
    version = mark(heard, work_off)
    kept = content.get(Mark.objects.get(version=version).kept_hash)
    check_id = checks.begin(name="song.wav", file=[kept])

    before = selectors.credentials_check(check_id)
    work_off("check")
    after = selectors.credentials_check(check_id)

    assert not before.is_done
    assert (after.said["state"], after.name) == ("trusted", "song.wav")
    assert not checks.place_of(check_id).file.exists()
    assert checks.sweep(now=checks.time.time() + 4000) > 0
    assert selectors.credentials_check(check_id) is None


def test_a_manifest_alone_says_what_it_says_but_binds_nothing(generated, work_off):
    version = mark(generated, work_off)
    beside = content.get(Mark.objects.get(version=version, form="original").kept_hash)

    said = parser.read(beside, anchors=certificate.anchors())[0]

    assert (said["state"], said["source_types"]) == ("unbound", ["trainedAlgorithmicMedia"])


def test_the_command_says_what_a_file_says(heard, work_off, tmp_path, capsys):
    version = mark(heard, work_off)
    path = tmp_path / "song.wav"
    path.write_bytes(content.get(Mark.objects.get(version=version).kept_hash))
    plain = tmp_path / "plain.wav"
    plain.write_bytes(music.wav())

    call_command("credentials", "check", str(path), skip_checks=False)  # as from a shell: `check` is Django's own, too
    told = capsys.readouterr().out

    assert "trusted" in told
    assert "trainedAlgorithmicMedia" in told
    with pytest.raises(CommandError, match="carries no content credentials"):
        call_command("credentials", "check", str(plain))
    call_command("credentials", "certificate", skip_checks=False)
    assert "a chain of this site's own, es256, until 20" in capsys.readouterr().out
