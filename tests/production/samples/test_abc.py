"""Reading tunes: pitches, lengths and the signs of the two dance collections."""

from __future__ import annotations

from fractions import Fraction

import pytest

from engine.score import Score
from production.samples import abc


def tune(body: str, *, key: str = "C", meter: str = "4/4", unit: str = "1/8") -> abc.Tune:
    return abc.read(f"X:1\nT:Test\nM:{meter}\nL:{unit}\nK:{key}\n{body}\n")


def pitches(body: str, **more: str) -> list[int]:
    return [note.pitch_midi for bar in tune(body, **more).bars for note in bar]


def lengths(body: str, **more: str) -> list[Fraction]:
    return [note.duration for bar in tune(body, **more).bars for note in bar]


def test_octaves_are_written_with_case_commas_and_apostrophes() -> None:
    assert pitches("C, C c c'") == [48, 60, 72, 84]


def test_the_key_signature_sharpens_and_an_accidental_lasts_to_the_bar_line() -> None:
    assert pitches("F =F F | F", key="D") == [66, 65, 65, 66]


@pytest.mark.parametrize(("key", "fifths", "mode"), [("Edor", 1, "minor"), ("Gm", -2, "minor"), ("Dmix", 2, "major")])
def test_church_modes_keep_their_tonic(key: str, fifths: int, mode: str) -> None:
    mark = tune("C", key=key).key

    assert (mark.fifths, mark.mode) == (fifths, mode)


def test_a_dorian_tune_reads_its_own_signature() -> None:
    assert pitches("F C", key="Edor") == [66, 61]


def test_lengths_multiply_and_divide_the_unit() -> None:
    assert lengths("C2 C C/ C// C3/2") == [Fraction(1), Fraction(1, 2), Fraction(1, 4), Fraction(1, 8), Fraction(3, 4)]


def test_broken_rhythm_dots_one_note_and_halves_the_other() -> None:
    assert lengths("C>C C<C") == [Fraction(3, 4), Fraction(1, 4), Fraction(1, 4), Fraction(3, 4)]


def test_three_in_the_time_of_two() -> None:
    assert lengths("(3CDE F") == [Fraction(1, 3)] * 3 + [Fraction(1, 2)]


def test_fingerings_graces_and_slurs_are_no_notes() -> None:
    assert pitches('v"4"C{de}(D"1"E).F~G') == [60, 62, 64, 65, 67]


def test_second_endings_are_left_out() -> None:
    assert pitches("C8|1 D8:|2 E8|]F8|") == [60, 62, 65]


def test_a_loop_leaves_out_the_upbeat_and_joins_ties() -> None:
    score: Score = tune("G2|C4 D4-|D8|").loop(2, tempo_bpm=90, program=40)

    notes = [(note.onset, note.duration, note.pitch_midi) for note in score.notes()]

    assert notes == [(0, 2, 60), (2, 6, 62)]


def test_a_short_bar_makes_no_loop() -> None:
    with pytest.raises(abc.AbcError, match="no 2 full bars"):
        tune("C8|C4|").loop(2, tempo_bpm=90, program=0)
