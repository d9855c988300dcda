"""Measured contribution: what of a piece stands in another, or in its own earlier versions."""

from __future__ import annotations

import io
import random
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.analysis import contribution, note_trace
from engine.analysis.contribution import Kept, bars_used, notes_kept, origins, parameters_unchanged, seconds_from
from engine.errors import EngineError, LimitExceededError, OutOfRangeError
from engine.io import midi_writer, mix_setting
from engine.score import MeterMark, Note, Score, TempoMark, make_part
from tests.engine.strategies import scores

FOUR_FOUR = (MeterMark(at=Fraction(0), numerator=4, denominator=4),)
RATE = 22_050


def tune(seed: int, length: int = 64, *, low: int = 55) -> Score:
    """A random line of eighths, eight a bar, over two octaves; `low` keeps two tunes apart."""
    draw = random.Random(seed)
    notes = [
        Note(onset=Fraction(n, 2), duration=Fraction(1, 2), pitch_midi=low + draw.randrange(24)) for n in range(length)
    ]
    return Score(parts=(make_part(notes),), meters=FOUR_FOUR)


def joined(*scores_: Score) -> Score:
    """One after the other, each on a new bar."""
    notes, at = [], Fraction(0)
    for score in scores_:
        notes += [replace(note, onset=note.onset + at) for note in score.notes()]
        at += -(-score.end // 4) * 4
    return Score(parts=(make_part(notes),), meters=FOUR_FOUR)


def stretched(score: Score, factor: Fraction) -> Score:
    notes = [replace(n, onset=n.onset * factor, duration=n.duration * factor) for n in score.notes()]
    return Score(parts=(make_part(notes),), meters=score.meters)


@given(scores)
@settings(max_examples=40, deadline=None)
def test_a_copy_is_kept_whole(score: Score) -> None:
    kept = notes_kept(score, score)

    assert kept == Kept(score.note_count, score.note_count)
    assert bars_used(score, score).kept == bars_used(score, score).total


@pytest.mark.parametrize("seed", range(6))
def test_a_piece_of_its_own_keeps_nothing(seed: int) -> None:
    assert notes_kept(tune(seed), tune(seed + 100)) == Kept(0, 64)
    assert bars_used(tune(seed), tune(seed + 100)) == Kept(0, 8)


def test_half_a_piece_is_half() -> None:
    theirs, ours = tune(1), tune(2)

    half = joined(theirs, ours)

    assert notes_kept(half, theirs) == Kept(64, 128)
    assert notes_kept(half, theirs).ppm == 500_000
    assert bars_used(half, theirs) == Kept(8, 16)


@pytest.mark.parametrize("semitones", [-12, -5, 1, 7])
def test_a_transposed_copy_counts(semitones: int) -> None:
    assert notes_kept(tune(3).transposed(semitones), tune(3)).ppm == 1_000_000


@pytest.mark.parametrize("factor", [Fraction(2), Fraction(1, 2)])
def test_a_copy_at_half_or_double_speed_counts_and_the_written_tempo_says_nothing(factor: Fraction) -> None:
    fast = replace(tune(4), tempos=(TempoMark(at=Fraction(0), us_per_quarter=250_000),))

    assert notes_kept(stretched(tune(4), factor), fast).ppm == 1_000_000


def test_a_loop_played_four_times_is_the_loops_four_times() -> None:
    loop = tune(5, 16)

    assert notes_kept(joined(loop, loop, loop, loop), loop) == Kept(64, 64)


def test_other_lengths_other_velocities_and_a_voice_added_change_nothing_of_what_was_kept() -> None:
    theirs = tune(6)
    played = [replace(n, duration=n.duration / 3, velocity=33) for n in theirs.notes()]
    bass = [Note(onset=Fraction(4 * n), duration=Fraction(4), pitch_midi=30 + n % 3) for n in range(8)]

    child = Score(parts=(make_part([*played, *bass]),), meters=FOUR_FOUR)

    assert notes_kept(child, theirs) == Kept(64, 72)


@given(st.integers(0, 1000), st.integers(0, 63), st.integers(0, 63))
@settings(max_examples=40, deadline=None)
def test_who_keeps_more_is_never_measured_as_keeping_less(seed: int, first: int, second: int) -> None:
    theirs, ours = list(tune(seed).notes()), list(tune(seed + 5000).notes())

    fewer, more = (
        notes_kept(Score(parts=(make_part([*theirs[:cut], *ours[cut:]]),)), tune(seed))
        for cut in sorted((first, second))
    )

    assert fewer.kept <= more.kept


def test_bars_follow_changes_of_meter() -> None:
    meters = (FOUR_FOUR[0], MeterMark(at=Fraction(8), numerator=3, denominator=4))
    notes = [Note(onset=Fraction(n), duration=Fraction(1), pitch_midi=60) for n in range(14)]

    bars = contribution.bar_numbers(Score(parts=(make_part(notes),), meters=meters))

    assert bars.tolist() == [0] * 4 + [1] * 4 + [2] * 3 + [3] * 3


def test_too_many_notes_are_refused_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(note_trace, "PAIRS_MAX", 64 * 64 - 1)

    with pytest.raises(LimitExceededError):
        notes_kept(tune(1), tune(2))


# ------------------------------------------------------------------------------------------------------ mix settings
SETTING = {
    "version": 1,
    "name": "Warm",
    "plugins": [
        {"type": "eq", "bands": [{"shape": "low_shelf", "frequency_hz": 200, "gain_db": 3}]},
        {"type": "compressor", "threshold_db": -18, "ratio": 3},
    ],
}


def test_parameters_are_unchanged_where_plugin_and_value_are_the_same() -> None:
    eq, compressor = SETTING["plugins"]
    child = {**SETTING, "plugins": [{"type": "reverb"}, eq, {**compressor, "ratio": 4}]}

    assert parameters_unchanged(SETTING, SETTING) == Kept(7, 7)
    assert parameters_unchanged(child, SETTING) == Kept(6, 8)  # the reverb and the ratio are new
    assert parameters_unchanged({**SETTING, "plugins": []}, SETTING).ppm == 0


# -------------------------------------------------------------------------------------------------------- recordings
def sound(seed: int, seconds: float) -> np.ndarray:
    """Plucked tones at random: something with peaks."""
    draw = np.random.default_rng(seed)
    out = np.zeros(int(seconds * RATE), np.float32)
    for start in np.arange(0, seconds - 0.3, 0.11):
        length = min(int(0.3 * RATE), len(out) - int(start * RATE))
        time = np.arange(length) / RATE
        tone = np.sin(2 * np.pi * draw.uniform(200, 4500) * time) * np.exp(-9 * time)
        out[int(start * RATE) : int(start * RATE) + length] += (0.3 * tone).astype(np.float32)
    return out


def seconds(child: np.ndarray, parent: np.ndarray) -> Kept:
    return seconds_from(child, parent, child_rate_hz=RATE, parent_rate_hz=RATE)


def test_seconds_of_a_recording_are_whole_none_or_half() -> None:
    theirs, ours = sound(1, 10), sound(2, 10)

    assert seconds(theirs, theirs).ppm == 1_000_000
    assert seconds(ours, theirs).kept == 0
    assert 430_000 <= seconds(np.concatenate([ours, theirs]), theirs).ppm <= 550_000  # a cell at each border


def test_a_quieter_copy_under_another_sound_is_heard_and_silence_is_nobodys() -> None:
    theirs = sound(3, 8)
    mixed = 0.5 * theirs + 0.2 * sound(4, 8)

    assert seconds(mixed.astype(np.float32), theirs).ppm > 800_000
    assert seconds(np.zeros(4 * RATE, np.float32), theirs) == Kept(0, 0)


# ------------------------------------------------------------------------------------------------- versions and files
def midi(score: Score) -> bytes:
    return midi_writer.write(score)


def test_each_note_is_the_first_versions_that_holds_it() -> None:
    first = tune(7)
    second = joined(first, tune(8, 32))
    without = joined(tune(9, 8), Score(parts=(make_part(list(first.notes())[32:]),)))
    third = joined(second, tune(10, 16))

    found = origins([midi(first), midi(without), midi(second), midi(third)], [])

    assert [found.new_in(version) for version in range(4)] == [64, 0, 32, 16]


def test_one_changed_note_costs_one_note() -> None:
    first = tune(11)
    notes = list(first.notes())
    changed = Score(parts=(make_part([*notes[:30], replace(notes[30], pitch_midi=100), *notes[31:]]),))

    found = origins([midi(first), midi(changed)], [])

    assert [found.new_in(0), found.new_in(1)] == [63, 1]


def test_what_comes_from_parents_is_no_contributors_and_shared_notes_are_divided() -> None:
    parent, other = tune(12), tune(13, 32)
    child = joined(parent, tune(14, 32))

    found = origins([midi(child)], [midi(parent), midi(parent), midi(other)])

    assert found.parent_ppm() == [333_333, 333_333, 0]
    assert found.new_in(0) == 32


def test_notes_and_recordings_cannot_be_compared_and_that_is_said() -> None:
    out = io.BytesIO()
    soundfile.write(out, sound(5, 3), RATE, format="WAV")

    found = origins([out.getvalue()], [midi(tune(1)), mix_setting.write(SETTING)])

    assert found.parent_ppm() == [None, None]
    assert found.new_in(0) == 500 * found.piece.count > 0


@given(st.binary(max_size=400))
@settings(max_examples=60, deadline=None)
def test_bytes_from_anywhere_are_refused_or_measured(data: bytes) -> None:
    try:
        found = origins([data], [data])
    except EngineError:
        return

    assert all(ppm is None or 0 <= ppm <= 1_000_000 for ppm in found.parent_ppm())


def test_no_version_and_too_many_files_are_refused() -> None:
    with pytest.raises(OutOfRangeError):
        origins([], [])
    with pytest.raises(OutOfRangeError):
        origins([midi(tune(1))], [midi(tune(1))] * contribution.PIECES_MAX)
