"""Progressions and rhythms: found in any key and tempo, weighed by how rare they are."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest

from engine.io import progression
from engine.originality import figures
from engine.originality.figures import CHORDS, RHYTHM, chord_steps, index_of, rhythm_steps, shared, training_figures
from engine.originality.lines import line_at
from engine.originality.whole import CHORD_BITS_MIN, compare_whole, is_telling, known_of, training
from engine.weights import tensors
from tests.engine.originality.test_compare import score_of, tune

ODD = [0, 16, 17, 8, 1, 18, 11, 20, 4, 22, 3, 14, 9, 19]
COMMON = {
    "I-V-vi-IV": [0, 7, 21, 5],
    "I-vi-IV-V": [0, 21, 5, 7],
    "ii-V-I": [14, 7, 0],
    "blues": [0, 5, 0, 5, 0, 7, 5, 0, 7],
}


def moved(words: list[int], by: int) -> list[int]:
    return [(word + by) % 12 + word // 12 * 12 for word in words]


@pytest.mark.parametrize("by", [0, 3, 11])
def test_a_rare_progression_is_told_in_any_key(by: int) -> None:
    known = index_of(CHORDS, [("odd", [chord_steps(ODD)])], like=training_figures(CHORDS).bits)

    (found,) = shared(chord_steps([5, 0, *moved(ODD, by), 5, 0]), known)

    assert found.count >= len(ODD) - 1
    assert is_telling(found)


@pytest.mark.parametrize("name", list(COMMON))
def test_a_common_progression_is_everybodys_however_long_it_goes_round(name: str) -> None:
    words = COMMON[name] * 16
    known = index_of(CHORDS, [("song", [chord_steps(words)])], like=training_figures(CHORDS).bits)

    (found,) = shared(chord_steps(moved(words, 2)), known)

    assert found.count > 40
    assert found.bits < CHORD_BITS_MIN
    assert not is_telling(found)


def test_what_is_declared_says_nothing() -> None:
    known = index_of(CHORDS, [("odd", [chord_steps(ODD)])], like=training_figures(CHORDS).bits)

    assert shared(chord_steps(ODD), known, without=[chord_steps(ODD)]) == []


def test_a_rhythm_is_told_at_any_tempo_and_by_any_pitches() -> None:
    sixteenths = [round(at * 4) for at, _ in tune(3)]
    known = index_of(RHYTHM, [("song", [rhythm_steps(line_at([60] * 40, sixteenths))])])

    (found,) = shared(rhythm_steps(line_at(list(range(40)), [2 * at for at in sixteenths])), known)

    assert found.count == 38


def test_everything_is_compared_at_once_and_rhythm_alone_is_no_copy() -> None:
    same_rhythm = [(at, 60 + place * 7 % 12) for place, (at, _) in enumerate(tune(3))]
    known = known_of([("song", score_of(tune(3)))], training().melody)

    found = compare_whole(score_of(same_rhythm), known)

    assert [one.name for one in found.rhythm] == ["song"]
    assert found.chords == ()
    assert found.melody.copies == ()


def test_a_progression_of_the_training_music_is_found_in_the_index_that_ships() -> None:
    chords = progression.to_score(progression.parse("C | G | Am | F | C | G | Am | F | C | G | Am | F"))

    found = compare_whole(chords, training())

    assert found.chords
    assert not any(is_telling(one) for one in found.chords)


def test_the_card_names_the_index_it_describes_and_the_index_is_small() -> None:
    path = tensors.path_of(figures.MODEL)

    assert re.findall(r"\b[0-9a-f]{64}\b", path.with_suffix(".md").read_text()) == [tensors.hash_of(figures.MODEL)]
    assert path.stat().st_size < 2_000_000


def test_an_index_is_the_same_bytes_for_the_same_figures(tmp_path) -> None:
    index = index_of(CHORDS, [("odd", [chord_steps(ODD)])])

    assert figures.write(tmp_path / "a", index) == figures.write(tmp_path / "b", index)


def test_kept_onsets_give_the_rhythm_of_the_line_they_were_kept_from() -> None:
    line = line_at([pitch for _, pitch in tune(5)], [round(at * 4) for at, _ in tune(5)])

    assert np.array_equal(line.onsets, [float(Fraction(at)) for at, _ in tune(5)])
