"""Broken files end in a typed error or in a value, never in a crash or a foreign exception."""

import contextlib

import numpy as np
import pytest

from engine.describe import describe
from engine.errors import EngineError
from tests.helpers.music_files import one_of_each

FILES = one_of_each()
_CUTS_MAY_STAND = {"progression"}  # a shorter text of chords is a progression as well


@pytest.mark.parametrize("media", sorted(set(FILES) - _CUTS_MAY_STAND))
def test_a_file_cut_off_at_any_twentieth_is_refused(media: str):
    data = FILES[media]

    for twentieth in range(20):
        with pytest.raises(EngineError):
            describe(data[: len(data) * twentieth // 20])


@pytest.mark.parametrize("media", sorted(FILES))
def test_flipped_bits_are_read_or_refused(media: str):
    random = np.random.default_rng(7)

    for _ in range(25):
        data = bytearray(FILES[media])
        for place in random.integers(0, min(len(data), 2000), 3):
            data[place] ^= 1 << int(random.integers(0, 8))
        with contextlib.suppress(EngineError):
            describe(bytes(data))


@pytest.mark.parametrize("media", sorted(FILES))
def test_rubbish_behind_a_good_beginning_is_read_or_refused(media: str):
    random = np.random.default_rng(11)
    for kept in (4, 12, 44, 100):
        with contextlib.suppress(EngineError):
            describe(FILES[media][:kept] + random.bytes(3000))
