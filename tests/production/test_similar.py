"""Recordings that sound alike are found by their vectors, through the index."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import connection

from production import selectors
from production.models import SoundPrint
from tests.production import music

pytestmark = pytest.mark.django_db


def test_the_nearest_come_first_and_the_element_itself_not_at_all(ana, upload, in_process):
    low, near, far = (
        UUID(upload(ana, data, f"{name}.wav")["result"]["element_id"])
        for name, data in (
            ("low", music.wav(1.5, pitch_hz=220)),
            ("near", music.wav(1.5, pitch_hz=233)),
            ("far", music.wav(1.5, pitch_hz=2600)),
        )
    )

    found = dict(selectors.sounds_like(low))

    assert low not in found
    assert next(iter(found)) == near
    assert found[near] > found.get(far, 0)
    assert selectors.sounds_like(low, without=[near]) == [(far, found[far])] if far in found else True


def test_notes_have_no_sound(ana, upload, in_process):
    tune = UUID(upload(ana, music.midi(), "tune.mid")["result"]["element_id"])

    assert selectors.sounds_like(tune) == []
    assert SoundPrint.objects.count() == 0


def test_the_index_serves_the_question():
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute(
            "explain select version_id from production_soundprint order by vector <=> %s::vector limit 5",
            ["[" + ",".join(["0.1"] * 32) + "]"],
        )
        plan = " ".join(row[0] for row in cursor.fetchall())

    assert "sound_print_nearest" in plan
