from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import theory
from engine.errors import OutOfRangeError
from engine.theory.tables import PRINTED_TABLE_2


def test_table_1_agrees_in_fifteen_cells_and_names_the_six_that_the_paper_rounds_otherwise():
    rows = theory.table_1()

    assert len(rows) == 21
    assert {row.name: round(row.frequency_hz, 2) for row in rows if not row.agrees} == {
        "D4": 293.66, "G4": 392.0, "E5": 659.26, "B5": 987.77, "F6": 1396.91, "B6": 1975.53,
    }  # fmt: skip
    assert max(abs(row.frequency_hz - row.printed_hz) for row in rows) <= 0.015


def test_table_2_holds_the_printed_ratios_and_how_far_equal_temperament_is_from_them():
    rows = theory.table_2()

    assert {row.semitones: row.ratio for row in rows if row.is_printed} == PRINTED_TABLE_2
    assert rows[7].ratio == Fraction(3, 2)
    assert rows[7].tempered_error_cents == pytest.approx(-1.955, abs=1e-3)


def test_table_3_is_the_geometric_sequence_and_names_the_cell_that_was_cut_off():
    rows = theory.table_3()

    assert [row.semitones for row in rows if not row.agrees] == [3]
    assert [row.white_key for row in rows if row.white_key] == [1, 2, 3, 4, 5, 6, 7]
    assert rows[5].ratio == Fraction(4, 3)


def test_c5_is_three_semitones_above_a4():
    assert theory.frequency_hz(theory.midi_of_name("C5")) == pytest.approx(523.25, abs=0.005)


@given(st.floats(8, 13_000))
def test_frequency_and_midi_number_undo_each_other(frequency: float):
    assert theory.frequency_hz(theory.midi_number(frequency)) == pytest.approx(frequency, rel=1e-12)


@given(st.integers(0, 127))
def test_names_and_midi_numbers_undo_each_other(pitch: int):
    assert theory.midi_of_name(theory.note_name(pitch)) == pitch
    assert theory.midi_of_name(theory.note_name(pitch, flats=True)) == pitch


def test_a_tuner_names_the_nearest_note_and_its_cents():
    name, cents = theory.nearest_note(445.0)

    assert name == "A4"
    assert cents == pytest.approx(19.56, abs=0.01)


def test_the_major_triad_is_the_sum_of_three_sines():
    x = np.linspace(0, 20, 50)
    a = 2 ** (1 / 12)

    assert theory.chord_waveform(x) == pytest.approx(np.sin(x) + np.sin(a**4 * x) + np.sin(a**7 * x))


def test_a_chord_sounds_at_the_frequencies_of_its_notes():
    wave = theory.chord_sound([69, 73, 76], seconds=1.0)

    spectrum = np.abs(np.fft.rfft(wave))
    assert sorted(np.argsort(spectrum)[-3:].tolist()) == [440, 554, 659]
    assert np.abs(wave).max() <= 1


@pytest.mark.parametrize("name", ["H4", "C", "", "C99", "c#x4", "Cb-1"])
def test_what_is_no_note_is_refused(name: str):
    with pytest.raises(OutOfRangeError):
        theory.midi_of_name(name)


@pytest.mark.parametrize("frequency", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_no_frequency_is_refused(frequency: float):
    with pytest.raises(OutOfRangeError):
        theory.midi_number(frequency)


def test_keys_are_named_by_their_signature():
    from engine.theory.names import key_name_of_fifths

    assert [key_name_of_fifths(f, "major") for f in (-7, -1, 0, 6, 7)] == [
        "Cb major", "F major", "C major", "F# major", "C# major",
    ]  # fmt: skip
    assert [key_name_of_fifths(f, "minor") for f in (-7, -3, 0, 7)] == ["Ab minor", "C minor", "A minor", "A# minor"]
