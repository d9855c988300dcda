import numpy as np

from engine.recommend.voice_leading import violations


def count(*chords: tuple[int, int, int, int]):
    return violations(np.array(chords).T)


def test_parallel_fifths_and_octaves_are_found():
    assert count((79, 67, 64, 48), (81, 69, 65, 50)).parallel_octaves == 1
    assert count((72, 67, 64, 60), (74, 69, 65, 62)).parallel_fifths == 1


def test_repeated_and_contrary_intervals_are_no_parallels():
    assert count((72, 67, 64, 48), (72, 67, 64, 48)).total == 0
    assert count((72, 67, 64, 48), (71, 67, 62, 55)).total == 0


def test_crossings_spacings_and_leaps_are_counted():
    broken = count((72, 74, 60, 48), (84, 64, 57, 36), (71, 64, 57, 57))

    assert broken.crossings == 1
    assert broken.wide_spacings == 2
    assert broken.leaps == 2


def test_steps_without_change_are_one_sonority():
    assert count(*[(72, 67, 64, 48)] * 5, (71, 67, 62, 55)).chords == 2
