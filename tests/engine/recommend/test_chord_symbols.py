import numpy as np
import pytest

from engine.recommend.chord_symbols import label, progression


def beat(*chord: int):
    return np.repeat(np.array(chord)[:, None], 4, axis=1)


@pytest.mark.parametrize(
    ("chord", "fifths", "symbol"),
    [
        ((72, 67, 64, 48), 0, "C"),
        ((72, 67, 64, 52), 0, "C/E"),
        ((69, 64, 60, 57), 0, "Am"),
        ((71, 65, 62, 55), 0, "G7"),
        ((69, 66, 62, 50), 2, "D"),
        ((70, 66, 61, 54), 6, "F#"),
        ((70, 66, 61, 54), -6, "Gb"),
        ((69, 66, 60, 57), 1, "F#dim/A"),
        ((71, 65, 62, 47), 0, "Bdim"),
        ((67, 62, 60, 55), 0, "Gsus4"),
        ((0, 0, 0, 0), 0, "N.C."),
    ],
)
def test_chords_have_the_names_musicians_use(chord, fifths, symbol):
    assert label(beat(*chord), fifths=fifths) == symbol


def test_a_passing_tone_does_not_rename_the_chord():
    pitches = beat(72, 67, 64, 48)
    pitches[1, 3] = 65

    assert label(pitches, fifths=0) == "C"


def test_a_progression_lists_only_changes():
    pitches = np.concatenate([beat(72, 67, 64, 48), beat(76, 67, 60, 48), beat(74, 67, 59, 43)], axis=1)

    assert progression(pitches, [0, 4, 8], fifths=0) == [(0, "C"), (8, "G")]
