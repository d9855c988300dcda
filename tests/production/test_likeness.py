"""What stands elsewhere is found in the catalogue, told with each proposal, and excused where it is declared."""

from __future__ import annotations

import io
import random
from fractions import Fraction
from uuid import UUID

import pytest
import soundfile

from engine.io import midi_writer
from engine.score import Note, Score, make_part
from ledger.domain.events import Parent
from ledger.domain.ids import uuid7
from production import selectors
from production.services import own
from production.services.wishes import Wishes
from tests.helpers.made_music import RATE_HZ, band

pytestmark = pytest.mark.django_db


def tune(seed: int, count: int = 40) -> bytes:
    """A line that wanders as tunes do, as MIDI."""
    draw = random.Random(seed)
    onset, pitch, notes = Fraction(0), 67, []
    for _ in range(count):
        length = draw.choice((Fraction(1, 2), Fraction(1), Fraction(1, 4)))
        notes.append(Note(onset=onset, duration=length, pitch_midi=pitch, velocity=80))
        onset += length
        pitch = min(max(pitch + draw.choice((-5, -4, -3, -2, -1, 1, 2, 3, 4, 5)), 50), 90)
    return midi_writer.write(Score(parts=(make_part(notes),)))


def kept(person, title: str, data: bytes, parents: tuple[Parent, ...] = ()) -> UUID:
    wishes = Wishes(title=title, parents=parents)
    made = own.keep(actor_id=person.party_id, data=data, wishes=wishes, element_id=uuid7(), key=f"likeness:{title}")
    return made.element_id


def test_a_passage_of_another_is_found_and_ones_own_is_not(ana, ben, in_process):
    theirs = kept(ana, "Harbour", tune(1))
    kept(ben, "Old ferry", tune(2))
    copy, again = kept(ben, "New harbour", tune(1)), kept(ben, "New ferry", tune(2))

    (found,) = [one for one in selectors.likeness(copy) if one.is_copy]
    assert (found.element_id, found.name) == (theirs, "Harbour")
    assert found.notes >= 30
    assert [one for one in selectors.likeness(again) if one.is_copy] == []


def test_what_it_is_declared_to_be_made_from_is_excused(ana, in_process):
    source = kept(ana, "Harbour", tune(1))
    child = kept(ana, "From it", tune(1), (Parent(element_id=source, upstream_ppm=100_000),))

    assert selectors.likeness(child) == []


def test_a_recording_of_another_is_found_by_its_sound_and_ones_own_is_not(ana, ben, upload, in_process):
    whole = band(12.0)
    theirs = UUID(upload(ana, recording(whole), "one.wav")["result"]["element_id"])
    copy = UUID(upload(ben, recording(whole[:, : whole.shape[1] * 2 // 3] / 4), "two.wav")["result"]["element_id"])

    (found,) = [one for one in selectors.likeness(copy) if one.how == "sound"]

    assert (found.element_id, found.is_copy) == (theirs, True)
    assert found.alike_ppm > 250_000
    own_again = UUID(upload(ben, recording(whole / 2), "three.wav")["result"]["element_id"])
    assert copy not in [one.element_id for one in selectors.likeness(own_again)]


def recording(samples) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, samples.T, RATE_HZ, format="WAV")
    return out.getvalue()
