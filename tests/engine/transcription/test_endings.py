"""Where a note's end is put, from how likely it falls into each of its frames."""

import numpy as np
import pytest

from engine.transcription.endings import INPUTS, Sounding, best_end
from engine.transcription.features import FRAME_S


def test_an_end_that_is_sure_is_put_where_it_is():
    strength = np.full(100, -9.0)
    strength[40] = 5.0

    assert best_end(strength, 0.0, FRAME_S) == pytest.approx(41 * FRAME_S)


def test_an_end_is_put_amid_several_likely_frames_rather_than_at_a_lonely_likelier_one():
    strength = np.full(60, -20.0)
    strength[5] = 1.0
    strength[30:37] = 0.5

    assert best_end(strength, 0.0, FRAME_S) == pytest.approx(34 * FRAME_S, abs=2 * FRAME_S)


def test_what_is_seen_of_a_note_is_the_same_in_one_stretch_and_in_two():
    draw = np.random.default_rng(2)
    sounding = Sounding(draw.random((80, 88, 7), np.float32), draw.random((80, 104, 2), np.float32))
    first, second = np.arange(11, 30), np.arange(30, 60)

    whole = sounding.along(10, 40, np.arange(11, 60))
    parts = [sounding.along(10, 40, first), sounding.along(10, 40, second, sounding.peaks(40, first, (0.0, 0.0)))]

    assert whole.shape == (49, INPUTS)
    assert np.array_equal(whole, np.concatenate(parts))


def test_the_highest_and_the_lowest_key_are_seen_too():
    sounding = Sounding(np.zeros((20, 88, 7), np.float32), np.ones((20, 104, 2), np.float32))

    for key in (0, 87):
        assert np.isfinite(sounding.along(0, key, np.arange(1, 20))).all()
