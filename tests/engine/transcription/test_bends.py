"""How far notes that sound together are from their keys, and how their bends are written as MIDI."""

from fractions import Fraction

import numpy as np
import pytest

from engine.io import midi
from engine.score import PITCH_BEND
from engine.transcription import DetectedNote, transcribe
from engine.transcription.bends import BendFollower
from engine.transcription.grid import lanes
from engine.transcription.posteriors import RATE_HZ
from engine.transcription.spectrum import HOP

SECONDS = 3.0


def voice(pitch: int, cents: np.ndarray | float) -> np.ndarray:
    """Six partials that move by `cents`."""
    hz = 440 * 2 ** ((pitch - 69 + np.broadcast_to(cents, int(SECONDS * RATE_HZ)) / 100) / 12)
    phase = 2 * np.pi * np.cumsum(hz) / RATE_HZ
    return sum(0.1 * np.sin(k * phase) / k for k in range(1, 7)).astype(np.float32)


def times() -> np.ndarray:
    return np.arange(int(SECONDS * RATE_HZ)) / RATE_HZ


def followed(mono: np.ndarray, pitch: int, piece: int = 400) -> np.ndarray:
    """The bend of a note that sounds all the time, the recording taken in pieces."""
    follower = BendFollower()
    frames = len(mono) // HOP + 1
    for first in range(0, frames, piece):
        follower.push(mono, skip=first, frames=min(piece, frames - first))
    return np.array(follower.bend(pitch, 0.0, SECONDS))


def detected(onset_s: float, pitch: int, bend: tuple[float, ...] = ()) -> DetectedNote:
    return DetectedNote(onset_s=onset_s, offset_s=onset_s + 1, pitch_midi=pitch, velocity=80, confidence=1.0, bend=bend)


@pytest.mark.parametrize("cents", [-35.0, 12.0, 40.0])
def test_a_detuned_note_in_a_chord_is_held_at_its_own_pitch(cents: float):
    chord = voice(57, 0) + voice(60, cents) + voice(64, 0)

    assert followed(chord, 60) == pytest.approx([cents, cents], abs=5)
    assert followed(chord, 64).size == 0


def test_vibrato_is_followed_under_other_notes():
    moving = 40 * np.sin(2 * np.pi * 5 * times())

    found = followed(voice(84, moving) + voice(52, 0) + voice(64, 0), 84)

    played = np.interp(np.linspace(0, SECONDS, len(found)), times(), moving)
    assert len(found) == 150
    assert np.corrcoef(found[5:], played[5:])[0, 1] > 0.95
    assert np.ptp(found) > 50


def test_a_slide_is_the_same_however_the_recording_was_cut():
    slide = -60 + 40 * times()

    whole, cut = followed(voice(67, slide), 67), followed(voice(67, slide), 67, piece=37)

    assert whole == pytest.approx(np.linspace(-60, 60, 150), abs=6)
    assert cut == pytest.approx(whole)


def test_a_note_in_tune_a_key_that_is_silent_and_noise_have_no_bend():
    noise = np.random.default_rng(1).standard_normal(int(SECONDS * RATE_HZ)).astype(np.float32) * 0.1

    assert followed(voice(60, 0), 60).size == 0
    assert followed(voice(60, 0), 66).size == 0
    assert followed(noise, 60).size == 0


def test_a_chord_that_is_heard_brings_the_bend_of_its_notes():
    decay = np.exp(-1.5 * times()).astype(np.float32)
    chord = (voice(55, 0) + voice(64, 30) + voice(71, 0)) * decay

    notes = transcribe(chord, sample_rate_hz=RATE_HZ, texture="poly", tempo_bpm=60).notes

    sharp = [note for note in notes if note.pitch_midi == 64 and note.onset_s < 0.1]
    assert len(sharp) == 1
    assert sharp[0].pitch_exact_midi == pytest.approx(64.3, abs=0.05)
    assert all(note.bend == () for note in notes if note.pitch_midi in (55, 71))


def test_each_wheel_bends_one_note_at_a_time():
    """Chord of two bent notes and one in tune, then a bent note alone, then one in tune."""
    notes = [detected(0, 60), detected(0, 64, (30.0, 30.0)), detected(0.5, 67, (-40.0, 40.0))]
    notes += [detected(2, 72, (25.0, 25.0)), detected(3, 60, (5.0, 5.0))]

    laid = lanes([(Fraction(note.onset_s), Fraction(1), note) for note in notes])

    assert [[note.pitch_midi for _, _, note in lane] for lane in laid] == [[60, 72, 60], [64], [67]]
    assert [note.bend for _, _, note in laid[0]] == [(), (25.0, 25.0), ()]


def test_notes_that_find_no_wheel_are_kept_without_their_bend():
    notes = [detected(0, 40 + index, (30.0, 30.0)) for index in range(12)]

    laid = lanes([(Fraction(0), Fraction(1), note) for note in notes])

    assert sum(len(lane) for lane in laid) == 12
    assert len(laid) <= 9
    for lane in laid:
        assert len(lane) == 1 or sum(bool(note.bend) for _, _, note in lane) <= 1


def test_bends_of_chords_are_written_to_channels_of_their_own():
    vibrato = 35 * np.sin(2 * np.pi * 5 * times())
    sound = (voice(52, 0) + voice(69, vibrato)) * np.exp(-0.8 * times()).astype(np.float32)
    heard = transcribe(sound, sample_rate_hz=RATE_HZ, texture="poly", tempo_bpm=60)

    again = midi.read(midi.write(heard.as_score(is_quantised=False)))

    moved = [part for part in again.parts if any(control.controller == PITCH_BEND for control in part.controls)]
    assert [note.pitch_midi for part in moved for note in part.notes] == [69]
    assert again.note_count == len(heard.notes)
