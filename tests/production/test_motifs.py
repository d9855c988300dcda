"""Elements are found by their notes: transposed, with a wrong note, by contour, by chords; and quickly."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from ledger.domain.ids import uuid7
from production import selectors
from production.errors import UnreadableMotifError
from production.models import Element, NoteKeys, Version
from production.services import motifs
from tests.production import music

pytestmark = pytest.mark.django_db

ODE = [64, 64, 65, 67, 67, 65, 64, 62, 60, 60, 62, 64]


def everything(ids: Any) -> set[UUID]:
    return set(ids)


@pytest.fixture
def keep() -> Any:
    """A version with what its notes are known by."""

    def make(**found: Any) -> UUID:
        element = found.pop("element", None) or Element.objects.create(kind="midi", title="x", creator_id=uuid7())
        number = element.versions.count() + 1
        version = Version.objects.create(
            element=element, number=number, content_hash="a" * 64, media_type="audio/midi", size_bytes=1
        )
        notes = {"pitches": [], "pitch_bars": [], "chords": [], "chord_bars": [], "tonic": None, "form": []} | found
        notes["pitch_bars"] = notes["pitch_bars"] or [place // 4 + 1 for place in range(len(notes["pitches"]))]
        notes["chord_bars"] = notes["chord_bars"] or [place + 1 for place in range(len(notes["chords"]))]
        key = notes.pop("key", "")
        from production.parsing.report import Examined

        motifs.keep(version, Examined(media="midi", element_kinds=(), facts={"key": key}, motifs=notes))
        return element.id

    return make


def test_a_tune_is_found_in_every_key_and_says_where(keep):
    keep(pitches=[60, 62, 64, 65] * 4)
    ode = keep(pitches=[70, 69, 68, 67, *(pitch + 3 for pitch in ODE)], key="Eb major")

    (match,) = selectors.find_melody("E E F G G F E D C", visible=everything)

    assert (match.element_id, match.how, match.bar, match.key, match.begins_on) == (ode, "exact", 2, "Eb major", "G")


def test_who_begins_with_it_comes_first_then_a_wrong_note_then_the_contour(keep):
    contour = keep(pitches=[60, 60, 61, 62, 62, 60, 58, 55])
    wrong = keep(pitches=[64, 64, 65, 69, 67, 65, 64, 62])
    later = keep(pitches=[60, 48, *ODE])
    first = keep(pitches=ODE)

    found = selectors.find_melody("E E F G G F E D", visible=everything)

    assert [match.element_id for match in found] == [first, later, wrong, contour]
    assert [match.how for match in found] == ["exact", "exact", "one_note", "contour"]


def test_what_is_hummed_is_found_by_ups_and_downs_alone(keep):
    ode = keep(pitches=ODE)
    keep(pitches=[60, 62, 64, 65, 67, 69, 71, 72, 74])

    assert [match.element_id for match in selectors.find_melody("R U U R D D D D", visible=everything)] == [ode]


def test_numerals_are_found_from_the_tonic_first_and_then_from_other_notes(keep):
    relative = keep(chords=[0, 7, 21, 5], tonic=9, key="A minor")
    in_d = keep(chords=[2, 9, 23, 7, 2, 9, 23, 7], tonic=2, key="D major")
    keep(chords=[0, 5, 7], tonic=0)

    found = selectors.find_progression("I-V-vi-IV", visible=everything)

    assert [(match.element_id, match.how) for match in found] == [(in_d, "exact"), (relative, "other_tonic")]
    assert (found[0].bar, found[0].times, found[0].begins_on) == (1, 2, "D")
    assert found[1].begins_on == "C"


def test_chord_symbols_find_the_very_chords_first(keep):
    moved = keep(chords=[23, 7, 2, 9], tonic=2, key="D major")
    same = keep(chords=[5, 21, 5, 0, 7], tonic=0, key="C major")
    toneless = keep(chords=[21, 5, 0, 7], tonic=None)

    found = selectors.find_progression("Am F C G", visible=everything)

    assert [(match.element_id, match.how) for match in found] == [
        (toneless, "as_written"),
        (same, "as_written"),
        (moved, "exact"),
    ]
    assert [match.begins_on for match in found] == ["Am", "Am", "Bm"]
    assert found[1].bar == 2


def test_only_the_newest_version_is_searched(keep):
    element = Element.objects.get(id=keep(pitches=ODE))
    keep(element=element, pitches=[60, 62, 64, 65, 67])

    assert selectors.find_melody("E E F G G F E D", visible=everything) == []
    assert len(selectors.find_melody("C D E F G", visible=everything)) == 1


def test_a_newer_version_without_notes_takes_the_older_ones_out(keep):
    from production.parsing.report import Examined

    element = Element.objects.get(id=keep(pitches=ODE))
    newer = Version.objects.create(
        element=element, number=2, content_hash="b" * 64, media_type="audio/wav", size_bytes=1
    )
    motifs.keep(newer, Examined(media="wav", element_kinds=("wave",), facts={}))

    assert selectors.find_melody("E E F G G F E D", visible=everything) == []


def test_what_may_not_be_seen_takes_no_place_of_what_may(keep):
    shown = keep(pitches=[50, *ODE])
    for _ in range(selectors.FOUND_MAX + 5):
        keep(pitches=ODE)

    found = selectors.find_melody("E E F G G F E D", visible=lambda ids: {shown} & set(ids))

    assert [match.element_id for match in found] == [shown]


@pytest.mark.parametrize("text", ["E E Q F", "", "U", "0 0 0 0", "%%%%", "a'; drop table"])
def test_what_is_no_tune_is_refused_in_words(text):
    with pytest.raises(UnreadableMotifError):
        selectors.find_melody(text, visible=everything)


def test_an_upload_is_found_by_its_melody(ana, upload, in_process):
    made = upload(ana, music.midi())["result"]

    (match,) = selectors.find_melody("C4 D4 E4 F4 G4 F4", visible=everything)

    assert str(match.element_id) == made["element_id"]
    assert (match.bar, match.key) == (1, NoteKeys.objects.get().key)
    assert sum(NoteKeys.objects.get().statistics["pitch_class_quarters"]) == len(music.MELODY) / 2


def test_versions_from_before_get_their_keys_once(ana, upload, in_process):
    from production.parsing import apart

    upload(ana, music.midi())
    kept = NoteKeys.objects.values().get()
    NoteKeys.objects.all().delete()

    assert motifs.fill(run=apart.run_here) == 1
    assert motifs.fill(run=apart.run_here) == 0
    assert NoteKeys.objects.values().get() == kept


def test_a_version_whose_bytes_are_gone_is_not_asked_for_again(keep):
    NoteKeys.objects.filter(element_id=keep(pitches=ODE)).delete()

    assert motifs.fill() == 1
    assert motifs.fill() == 0
    assert NoteKeys.objects.get().steps == ""


@pytest.mark.parametrize(
    ("where", "index"),
    [
        ({"steps__contains": "abcdefgh"}, "note_keys_steps"),
        ({"steps__regex": "abcd..gh"}, "note_keys_steps"),
        ({"chords__contains": "ahvf"}, "note_keys_chords"),
        ({"contour_grams__contains": [17, 51]}, "note_keys_contour"),
    ],
)
def test_the_database_has_an_index_for_every_question(where, index):
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")

    assert index in NoteKeys.objects.filter(is_newest=True, **where).explain()
