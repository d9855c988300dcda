import numpy as np

from engine.recommend.originality import KnownRuns, line, sonorities


def test_the_longest_shared_run_is_found():
    known = KnownRuns(["abcdef", "xyz"])

    assert known.longest_copied_run("qqbcdeqq") == 4
    assert known.longest_copied_run("xyz") == 3
    assert known.longest_copied_run("qq") == 0
    assert known.longest_copied_run("") == 0


def test_a_line_is_the_same_in_every_key():
    pitches = np.array([60, 60, 62, 64, 64, 64])
    onsets = np.array([True, False, True, True, False, False])

    assert line(pitches, onsets) == [(0, 2), (2, 1), (2, 3)]
    assert line(pitches + 5, onsets) == line(pitches, onsets)


def test_sonorities_are_the_same_in_every_key():
    pitches = np.array([[72, 72, 71], [67, 67, 67], [64, 64, 62], [48, 48, 43]])

    assert sonorities(pitches) == [(0, 24, 19, 16, 2), (-5, 28, 24, 19, 1)]
    assert sonorities(pitches + 3) == sonorities(pitches)
