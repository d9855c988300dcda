"""Recordings found again: by the notes heard in them, by what they share with others, by how they sound."""

from __future__ import annotations

import io
from io import StringIO
from uuid import UUID

import pytest
import soundfile
from django.core.management import call_command

from production import selectors
from production.models import SoundPrint
from production.services import sound_prints
from production.stores import content
from tests.production import music
from tests.production.test_hearing import LINE, line

pytestmark = pytest.mark.django_db


def test_the_same_recording_in_another_file_is_a_duplicate_and_another_is_not(ana, ben, upload, in_process):
    samples, rate_hz = soundfile.read(io.BytesIO(line(LINE * 4)))
    other = io.BytesIO()
    soundfile.write(other, samples, rate_hz, format="FLAC")
    first = UUID(upload(ana, line(LINE * 4), "one.wav")["result"]["element_id"])
    second = UUID(upload(ben, other.getvalue(), "two.flac")["result"]["element_id"])
    third = UUID(upload(ana, music.wav(6.0, pitch_hz=523.0), "three.wav")["result"]["element_id"])

    (found,) = selectors.duplicates(first)

    assert (found.element_id, found.alike > 0.8) == (second, True)
    assert selectors.duplicates(first, without=[second]) == []
    assert selectors.duplicates(third) == []


def test_prints_of_recordings_that_have_none_are_made_once(ana, upload, in_process, monkeypatch):
    from production.parsing import apart

    monkeypatch.setattr(sound_prints, "run_apart", lambda work, data: apart.run_here(work, data))
    heard = upload(ana, music.wav(2.0), "tone.wav")["result"]["version_id"]
    silent = upload(ana, music.wav(2.0, pitch_hz=0.0), "silence.wav")["result"]["version_id"]
    before = SoundPrint.objects.get(version_id=heard)
    SoundPrint.objects.all().delete()
    told = StringIO()

    call_command("sound_prints", stdout=told)

    assert told.getvalue() == "2 recordings without a sound print, 1 have one now.\n"
    assert SoundPrint.objects.get().vector == pytest.approx(before.vector)
    assert not SoundPrint.objects.filter(version_id=silent).exists()
    assert sound_prints.fill()[0] == 1


def test_a_recording_whose_bytes_are_gone_stops_nobody(ana, upload, in_process, monkeypatch):
    kept = upload(ana, music.wav(2.0), "tone.wav")["result"]["element_id"]
    SoundPrint.objects.all().delete()
    content.delete(selectors.element(UUID(kept)).version.content_hash)

    assert sound_prints.fill() == (1, 0)
