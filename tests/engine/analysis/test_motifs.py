"""What is searched of a piece, and what people type to find it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from engine.analysis import motif_query, motifs
from engine.errors import LimitExceededError, UnreadableFileError
from engine.io import progression
from engine.score import MeterMark, Note, Score, make_part


def score_of(pitches: list[int], *, meters: tuple[MeterMark, ...] = (), bars: tuple[Fraction, ...] = ()) -> Score:
    notes = [Note(onset=Fraction(place), duration=Fraction(1), pitch_midi=pitch) for place, pitch in enumerate(pitches)]
    return Score(parts=(make_part(notes),), meters=meters, bars=bars)


def test_each_note_of_a_melody_knows_its_bar_through_a_change_of_meter():
    three_then_two = (
        MeterMark(at=Fraction(0), numerator=3, denominator=4),
        MeterMark(at=Fraction(6), numerator=2, denominator=4),
    )

    found = motifs.of_score(score_of([60, 62, 64] * 3 + [65], meters=three_then_two), key="C major")

    assert found.pitch_bars == (1, 1, 1, 2, 2, 2, 3, 3, 4, 4)
    assert found.tonic == 0


def test_an_upbeat_that_the_source_draws_is_the_first_bar():
    found = motifs.of_score(score_of([60, 62, 64, 65, 67], bars=(Fraction(1),)), key=None)

    assert found.pitch_bars == (1, 2, 2, 2, 2)
    assert found.tonic is None


def test_bars_with_the_same_notes_are_told_by_the_first_of_them():
    verse, chorus = [60, 62, 64, 65], [67, 65, 64, 62]

    found = motifs.of_score(score_of(verse + chorus + verse + chorus + verse), key="C major")

    assert found.form == (0, 1, 0, 1, 0)


def test_written_chords_keep_their_bars_and_repeats_are_one():
    written = progression.parse("C | C G | Am | N.C. | F")

    found = motifs.of_score(progression.to_score(written), key="C major", chords=written)

    assert found.chords == (0, 7, 21, 5)
    assert found.chord_bars == (1, 2, 3, 5)


def test_chords_under_a_melody_are_named_from_the_part_that_plays_them():
    chords = progression.to_score(progression.parse("C | G | Am | F"))
    tune = score_of([72, 74, 76, 77] * 4)

    found = motifs.of_score(Score(parts=(*tune.parts, *chords.parts)), key="C major")

    assert found.chords == (0, 7, 21, 5)
    assert found.chord_bars == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("text", "steps", "contour"),
    [
        ("E E F G G F E D", (0, 1, 2, 0, -2, -1, -2), "ruurddd"),
        ("e-e-f-g", (0, 1, 2), "ruu"),
        ("1 1 5 5 6 6 5", (0, 7, 0, 2, 0, -2), "rururd"),
        ("1155665", (0, 7, 0, 2, 0, -2), "rururd"),
        ("1-1-5-5", (0, 7, 0), "rur"),
        ("5. 1 b3 1'", (5, 3, 9), "uuu"),
        ("C4 G4 E5 C3", (7, 9, -28), "uud"),
        ("B C D Bb", (1, 2, -4), "uud"),
        ("uddruu", (), "uddruu"),
        ("*U-D-D-R-U", (), "uddru"),
    ],
)
def test_a_tune_is_read_as_people_write_it(text, steps, contour):
    found = motif_query.melody(text)

    assert (found.steps, found.contour) == (steps, contour)


def test_a_leap_without_an_octave_may_go_either_way():
    assert motif_query.melody("C C G G A A G").contour == ""


@pytest.mark.parametrize(
    ("text", "words", "absolute"),
    [
        ("I-V-vi-IV", (0, 7, 21, 5), False),
        ("I | V | vi | IV", (0, 7, 21, 5), False),
        ("i bVII bVI V7", (12, 10, 8, 7), False),
        ("viio I I IV", (23, 0, 5), False),
        ("Am F C G", (21, 5, 0, 7), True),
        ("Am→F→C→G", (21, 5, 0, 7), True),
        ("Dm7, G7, Cmaj7", (14, 7, 0), True),
        ("C-7 F7 Bb", (12, 5, 10), True),
    ],
)
def test_a_progression_is_read_as_people_write_it(text, words, absolute):
    found = motif_query.chords(text)

    assert (found.words, found.absolute) == (words, absolute)


@pytest.mark.parametrize(
    ("read", "text", "says"),
    [
        (motif_query.melody, "", "nothing"),
        (motif_query.melody, "E E H G", "'H', number 3"),
        (motif_query.melody, "1 2 3 9", "'9', number 4"),
        (motif_query.melody, "E E F", "at least 4"),
        (motif_query.melody, "U U R", "at least 5"),
        (motif_query.chords, "I V xx IV", "'xx', number 3"),
        (motif_query.chords, "Am F Cq G", "'Cq', number 3"),
        (motif_query.chords, "Vi IV I", "number 1"),
        (motif_query.chords, "I I V", "at least 3"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(read, text, says):
    with pytest.raises(UnreadableFileError) as refused:
        read(text)

    assert says in refused.value.message


@pytest.mark.parametrize(
    ("read", "word"), [(motif_query.melody, "C "), (motif_query.melody, "U"), (motif_query.chords, "I V ")]
)
def test_a_question_has_an_end(read, word):
    with pytest.raises(LimitExceededError):
        read(word * 65)
