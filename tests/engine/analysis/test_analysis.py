from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.analysis import fingerprint, key, meter, tempo
from engine.analysis.peaks import BUCKETS, peaks
from engine.io import audio
from engine.score import MeterMark, Score, TempoMark, make_part
from tests.engine.strategies import scores
from tests.helpers.music_files import note, tone, tune

RATE_HZ = 44_100


def clicks(bpm: float, seconds: float = 20) -> np.ndarray:
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    phase = time % (60 / bpm)
    return (0.5 * np.sin(2 * np.pi * 800 * time) * np.exp(-phase * 40)).astype(np.float32)


@pytest.mark.parametrize("bpm", [72.0, 96.0, 120.0, 128.0, 150.0])
def test_the_tempo_of_clicks_is_heard_within_half_a_beat_a_minute(bpm: float):
    assert tempo.of_signal(clicks(bpm), sample_rate_hz=RATE_HZ) == pytest.approx(bpm, abs=0.5)


def test_a_steady_tone_and_silence_have_no_tempo():
    silence = np.zeros(10 * RATE_HZ, dtype=np.float32)

    assert tempo.of_signal(silence, sample_rate_hz=RATE_HZ) is None
    assert tempo.of_signal(silence[:1000], sample_rate_hz=RATE_HZ) is None


def test_the_tempo_of_a_score_is_the_one_that_holds_longest():
    marks = (TempoMark(at=Fraction(0), us_per_quarter=1_000_000), TempoMark(at=Fraction(2), us_per_quarter=400_000))
    score = Score(parts=(make_part([note(0, 16, 60)]),), tempos=marks)

    assert tempo.of_score(score) == 150
    assert tempo.of_score(Score(parts=score.parts)) == 120


@pytest.mark.parametrize(("semitones", "name"), [(0, "C major"), (3, "Eb major"), (6, "F# major"), (10, "Bb major")])
def test_a_scale_is_heard_in_its_key(semitones: int, name: str):
    steps = (0, 4, 7, 5, 9, 7, 4, 2, 0, 11, 0)
    score = Score(parts=(make_part([note(i, 1, 60 + semitones + s) for i, s in enumerate(steps)]),))

    assert key.of_score(score) == name


def test_a_minor_chord_is_heard_in_its_key_in_a_recording():
    chord = sum(tone(4, hz=hz, level=0.2, rate=RATE_HZ) for hz in (220.0, 261.63, 329.63, 440.0))

    assert key.of_signal(chord[0], sample_rate_hz=RATE_HZ) == "A minor"


def test_drums_and_silence_have_no_key():
    drums = Score(parts=(make_part([note(0, 1, 36)], is_drums=True),))

    assert key.of_score(drums) is None
    assert key.of_signal(np.zeros(RATE_HZ, dtype=np.float32), sample_rate_hz=RATE_HZ) is None


@given(st.integers(-12, 12))
def test_transposing_a_piece_moves_its_key_along(semitones: int):
    first, moved = (key.of_score(tune().transposed(by)) for by in (semitones, semitones + 12))

    assert first == moved


def test_the_time_signature_is_the_one_that_holds_longest():
    marks = (
        MeterMark(at=Fraction(0), numerator=4, denominator=4),
        MeterMark(at=Fraction(4), numerator=6, denominator=8),
    )

    assert meter.of_score(Score(parts=(make_part([note(0, 32, 60)]),), meters=marks)) == "6/8"
    assert meter.of_score(Score()) is None


@given(st.integers(1, 5000))
@settings(max_examples=25)
def test_the_outline_has_as_many_buckets_for_any_length_and_holds_the_extremes(count: int):
    signal = np.random.default_rng(count).uniform(-1, 1, (2, count)).astype(np.float32)

    outline = peaks(signal)

    assert len(outline) == BUCKETS
    assert min(low for low, _ in outline) == pytest.approx(float(signal.min()), abs=1e-3)
    assert max(high for _, high in outline) == pytest.approx(float(signal.max()), abs=1e-3)


def melody(seed: int, count: int = 60) -> Score:
    random = np.random.default_rng(seed)
    onsets = np.cumsum(random.choice([1, 2, 4], count))
    pairs = zip(onsets.tolist(), random.integers(50, 80, count).tolist(), strict=True)
    notes = [note(Fraction(onset, 4), Fraction(1, 4), pitch) for onset, pitch in pairs]
    return Score(parts=(make_part(notes),))


def test_a_transposed_faster_excerpt_still_matches_and_another_melody_does_not():
    first, other = melody(1), melody(2)
    slower = Score(parts=(make_part([note(n.onset * 2, n.duration * 2, n.pitch_midi + 5) for n in first.notes()]),))
    excerpt = slower.between(Fraction(20), Fraction(80))
    sketch = fingerprint.of_score(first)

    assert fingerprint.similarity(sketch, fingerprint.of_score(slower)) == 1.0
    assert fingerprint.similarity(sketch, fingerprint.of_score(excerpt)) > 0.9
    assert fingerprint.similarity(sketch, fingerprint.of_score(other)) < 0.1


def music(seed: int, seconds: int = 12) -> np.ndarray:
    """Random notes with decaying partials, (1, samples)."""
    random = np.random.default_rng(seed)
    out = np.zeros(seconds * RATE_HZ)
    time = np.arange(RATE_HZ // 2) / RATE_HZ
    for start in range(0, len(out) - len(time), RATE_HZ // 4):
        hz = 110 * 2 ** (random.integers(0, 36) / 12)
        partials = sum(np.sin(2 * np.pi * hz * k * time) / k for k in range(1, 6))
        out[start : start + len(time)] += 0.2 * partials * np.exp(-6 * time)
    return out.astype(np.float32)[np.newaxis]


def test_a_lossy_copy_and_an_excerpt_of_a_recording_match_and_another_recording_does_not():
    first = music(1)
    lossy, _ = audio.read(audio.write(first, sample_rate_hz=RATE_HZ, format="ogg", quality=0.3))
    sketch, copy, excerpt, other = (
        fingerprint.of_signal(signal[0], sample_rate_hz=RATE_HZ)
        for signal in (first, lossy, first[:, 3 * RATE_HZ + 77 : 9 * RATE_HZ], music(2))
    )

    assert fingerprint.similarity(sketch, copy) > 0.5
    assert fingerprint.similarity(sketch, excerpt) > 0.3
    assert fingerprint.similarity(sketch, other) < 0.15


@given(scores)
@settings(max_examples=25, deadline=None)
def test_every_score_is_its_own_match_and_similarity_is_symmetric(score: Score):
    sketch, other = fingerprint.of_score(score), fingerprint.of_score(tune())

    assert fingerprint.similarity(sketch, sketch) == (1.0 if sketch else 0.0)
    assert fingerprint.similarity(sketch, other) == fingerprint.similarity(other, sketch)
    assert all(0 <= value < 2**48 for value in sketch)
