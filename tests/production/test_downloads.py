"""Who gets which bytes, and how they are sent."""

from __future__ import annotations

import io
from uuid import UUID

import mido
import pytest

from engine.io import notes
from ledger.domain.events import LicenceGranted, LicenceRevoked
from ledger.domain.ids import uuid7
from ledger.services import append
from production import downloads, limits, selectors
from production.errors import NoLicenceError
from production.models import Rendition, Version
from production.stores import content
from production.views import serving
from tests.production import music

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(ana, upload, work_off, in_process) -> Version:
    made = upload(ana, music.midi(), "Fugue.mid", title='Fugue "in" C/../x\r\n')["result"]
    work_off("previews")
    return Version.objects.get(id=made["version_id"])


def grant(holder, version: Version) -> UUID:
    licence_id = uuid7()
    granted = LicenceGranted(
        licence_id=licence_id,
        element_id=version.element_id,
        content_hash=version.content_hash,
        holder_id=holder.party_id,
        licence_kind="free",
        allows=("derive", "own_music", "sell_derivative"),
        terms_hash="0" * 64,
        order_id=None,
        line_id=None,
    )
    append(granted, actor_id=holder.party_id, key=f"grant:{licence_id}")
    return licence_id


def revoke(licence_id: UUID, holder) -> None:
    append(LicenceRevoked(licence_id=licence_id, reason="refund"), actor_id=holder.party_id, key=f"revoke:{licence_id}")


def fetch(client, version: Version, form: str = "original", **headers):
    answer = client.get(f"/versions/{version.id}/{form}/")
    return client.get(answer["Location"], headers=headers) if answer.status_code == 302 else answer


def test_the_maker_gets_the_very_bytes_that_were_uploaded(ana, client_of, version):
    client = client_of(ana)

    url = selectors.download_url(version_id=version.id, party_id=ana.party_id)
    answer = client.get(url)

    assert answer.status_code == 200
    assert answer.content == music.midi()
    assert answer["Content-Disposition"] == 'attachment; filename="fugue-in-cx-v1.mid"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"


def test_notes_can_be_had_in_both_forms(ana, version, client):
    as_xml = client.get(selectors.download_url(version_id=version.id, party_id=ana.party_id, form="musicxml"))
    as_midi = client.get(selectors.download_url(version_id=version.id, party_id=ana.party_id, form="midi"))

    assert b"<score-partwise" in as_xml.content
    assert as_xml["Content-Disposition"].endswith('.musicxml"')
    assert as_midi.content == music.midi()


def test_full_bytes_and_notes_need_a_standing_licence(ana, ben, version, client):
    for form in ("original", "midi", "musicxml", "roll"):
        with pytest.raises(NoLicenceError):
            selectors.download_url(version_id=version.id, party_id=ben.party_id, form=form)
    with pytest.raises(NoLicenceError):
        selectors.roll(version.id, ben.party_id)

    licence_id = grant(ben, version)
    url = selectors.download_url(version_id=version.id, party_id=ben.party_id)
    bought = client.get(url)
    notes = selectors.roll(version.id, ben.party_id)
    revoke(licence_id, ben)
    after = client.get(url)

    assert bought.content == music.midi()
    assert len(notes["notes"]) == len(music.MELODY)
    assert after.status_code == 403
    assert after.json()["code"] == "no_licence"


def test_links_are_signed_and_grow_old(ana, version, client, monkeypatch):
    url = selectors.download_url(version_id=version.id, party_id=ana.party_id)

    forged = client.get(url[:-3] + "x/")
    monkeypatch.setattr(limits, "LINK_SECONDS_MAX", -1)
    late = client.get(url)

    assert forged.status_code == late.status_code == 403
    assert "too old" in late.json()["message"]


def test_everybody_hears_the_preview_and_sees_the_picture_but_not_the_notes(version, client):
    view = selectors.element(version.element_id).version

    heard = client.get(view.preview_url)
    seen = client.get(view.picture_url)
    roll = Rendition.objects.get(version=version, purpose="roll")
    notes = client.get(f"/heard/{roll.id}/{roll.content_hash}")

    assert heard["Content-Type"] == "audio/ogg"
    assert heard["Cache-Control"] == "public, max-age=31536000, immutable"
    assert seen["Content-Type"] == "image/svg+xml"
    assert "sandbox" in seen["Content-Security-Policy"]
    assert seen.content.startswith(b"<svg")
    assert notes.status_code == 404
    assert client.get(f"/heard/{roll.id}/{'0' * 64}").status_code == 404


def test_a_player_can_seek(version, client):
    url = selectors.preview_url(version.id)
    whole = client.get(url).content

    def part(range_: str, **headers):
        return client.get(url, headers={"range": range_, **headers})

    first, middle, last = part("bytes=0-99"), part("bytes=100-199"), part("bytes=-50")
    assert [r.status_code for r in (first, middle, last)] == [206, 206, 206]
    assert first.content + middle.content == whole[:200]
    assert last.content == whole[-50:]
    assert middle["Content-Range"] == f"bytes 100-199/{len(whole)}"
    assert part(f"bytes=100-{len(whole) + 500}").content == whole[100:]
    beyond = part(f"bytes={len(whole)}-")
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(whole)}")
    assert part("bytes=9-2").status_code == 416
    assert part("bytes=0-1,5-6").status_code == 200
    assert part("bytes=0-9", **{"if-range": '"other"'}).content == whole
    assert client.get(url, headers={"if-none-match": first["ETag"]}).status_code == 304
    asked = client.head(url)
    assert (asked["Content-Length"], asked.content) == (str(len(whole)), b"")


def test_large_bodies_are_sent_in_pieces(version, client, ana, monkeypatch):
    monkeypatch.setattr(serving, "_WHOLE_BYTES_MAX", 10)
    monkeypatch.setattr(serving, "_PIECE_BYTES", 16)

    answer = client.get(selectors.download_url(version_id=version.id, party_id=ana.party_id))

    assert answer.streaming
    assert b"".join(answer.streaming_content) == music.midi()


async def test_large_bodies_are_sent_in_pieces_under_asgi(tmp_path):
    import io

    pieces = [piece async for piece in serving._pieces_async(io.BytesIO(b"abc" * 1000), 2000)]

    assert b"".join(pieces) == (b"abc" * 1000)[:2000]


def test_visitors_are_asked_to_sign_in(version, client):
    assert fetch(client, version).status_code == 401


def test_bytes_that_rotted_on_disk_are_not_passed_on(version):
    from django.core.files.storage import default_storage

    path = default_storage.path(content.path_of(version.content_hash))
    with open(path, "r+b") as blob:
        blob.write(b"XXXX")

    with pytest.raises(downloads.content.MissingContentError):
        content.get(version.content_hash, verify=True)


def test_a_licence_is_for_the_version_that_was_bought(ana, ben, version, upload, client):
    grant(ben, version)
    second = upload(ana, music.midi((60, 62, 64)), element_id=str(version.element_id))["result"]

    bought = client.get(selectors.download_url(version_id=version.id, party_id=ben.party_id))

    assert bought.content == music.midi()
    with pytest.raises(NoLicenceError):
        selectors.download_url(version_id=UUID(second["version_id"]), party_id=ben.party_id)


def test_chords_are_notes_too_and_everybody_sees_only_a_drawing_of_them(ana, upload, in_process):
    made = upload(ana, b"C | Am | F | G7", "song.chords")["result"]

    shown = selectors.element(UUID(made["element_id"])).version.facts

    assert shown["chords"] == ["C", "Am", "F", "G"]
    assert selectors.roll(UUID(made["version_id"]), ana.party_id)["chords"] == ["C", "Am", "F", "G7"]


def test_notes_survive_the_way_to_musicxml_and_back(ana, upload, work_off, in_process, client):
    def fetch_as(made, form: str) -> bytes:
        url = selectors.download_url(version_id=UUID(made["version_id"]), party_id=ana.party_id, form=form)
        return client.get(url).content

    first = upload(ana, music.midi(), "there.mid")["result"]
    work_off("previews")
    as_xml = fetch_as(first, "musicxml")
    second = upload(ana, as_xml, "and_back.musicxml")["result"]
    work_off("previews")
    as_midi = fetch_as(second, "midi")

    assert notes.read(as_midi).note_multiset() == notes.read(music.midi()).note_multiset()
    assert mido.MidiFile(file=io.BytesIO(as_midi)).length == pytest.approx(len(music.MELODY) * 0.25)
    assert fetch_as(second, "musicxml") == as_xml
