"""Melody and voices on a grid of sixteenths, and back to notes."""

import numpy as np
from numpy.typing import NDArray

STEPS_PER_QUARTER = 4
# Soprano, alto, tenor, bass: the compass of the voices in the chorales, as MIDI numbers, both ends included.
RANGES = ((57, 81), (53, 76), (48, 69), (36, 64))
SOPRANO, ALTO, TENOR, BASS = range(4)
LOWER_VOICES = (BASS, TENOR, ALTO)  # the order in which they are drawn
LEVELS = 5
# What a voice does at a step: go on with what it sounds, fall silent, or start the pitch `token - FIRST_PITCH + low`.
HOLD, REST, FIRST_PITCH = 0, 1, 2
TOKENS = tuple(high - low + 1 + FIRST_PITCH for low, high in RANGES)
# What a voice sounds at a step: nothing, or the pitch `sound - 1 + low`.
SOUNDS = tuple(high - low + 2 for low, high in RANGES)
# How far one pitch lies below another, as the network reads it: -12..48 semitones and beyond, or one of them is silent.
INTERVAL_MIN, INTERVAL_MAX = -12, 48
NO_INTERVAL = INTERVAL_MAX - INTERVAL_MIN + 1
INTERVALS = NO_INTERVAL + 1
# The melody as the network reads it: silence, a pitch that starts here, or a pitch that goes on.
MELODY_SYMBOLS = 2 * SOUNDS[SOPRANO] - 1


def beat_levels(bars: list[tuple[int, int]], steps: int) -> NDArray[np.int64]:
    """Metrical weight of every step: 0 bar line, 1 middle of an even bar, 2 other beat, 3 eighth, 4 sixteenth.

    Parameters
    ----------
    bars : (first step, length in steps) of each bar, in order; the first may start before step 0 (a pickup)
    steps : length of the result

    Returns
    -------
    (steps,) int64
    """
    levels = np.full(steps, 4, np.int64)
    for start, length in bars:
        for step in range(max(0, start), min(steps, start + length)):
            within = step - start
            if within == 0:
                level = 0
            elif within % STEPS_PER_QUARTER == 0:
                level = 1 if 2 * within == length and length % (2 * STEPS_PER_QUARTER) == 0 else 2
            else:
                level = 3 if within % (STEPS_PER_QUARTER // 2) == 0 else 4
            levels[step] = level
    return levels


def melody_symbols(pitches: NDArray[np.int64], onsets: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Symbols the network reads: 0 silence, then each pitch twice, first as it starts, then as it goes on.

    Parameters
    ----------
    pitches : (..., steps) int64 MIDI numbers in the soprano's range, 0 for silence
    onsets : (..., steps) bool

    Returns
    -------
    (..., steps) int64 in 0..MELODY_SYMBOLS - 1
    """
    low = RANGES[SOPRANO][0]
    return (pitches > 0) * (1 + 2 * (pitches - low) + ~onsets)


def sounds_of(pitches: NDArray[np.int64], voice: int) -> NDArray[np.int64]:
    """MIDI numbers (0 for silence) as the numbers of the voice's own sounds, same shape."""
    return np.where(pitches == 0, 0, pitches - RANGES[voice][0] + 1)


def tokens_of(pitches: NDArray[np.int64], onsets: NDArray[np.bool_], voice: int) -> NDArray[np.int64]:
    """What the voice does at each step, same shape as `pitches`."""
    starts = np.where(pitches == 0, REST, pitches - RANGES[voice][0] + FIRST_PITCH)
    return np.where(onsets, starts, HOLD)


def interval_symbols(upper: NDArray[np.int64], lower: NDArray[np.int64]) -> NDArray[np.int64]:
    """How far `lower` lies below `upper`, as the network reads it; MIDI numbers, 0 for silence, broadcast together."""
    sung = (upper > 0) & (lower > 0)
    return np.where(sung, np.clip(upper - lower, INTERVAL_MIN, INTERVAL_MAX) - INTERVAL_MIN, NO_INTERVAL)


def motion_symbols(pitches: NDArray[np.int64]) -> NDArray[np.int64]:
    """The melody's own step from the sixteenth before, (..., steps) as `interval_symbols` of before and now."""
    before = np.concatenate([np.zeros_like(pitches[..., :1]), pitches[..., :-1]], axis=-1)
    return interval_symbols(before, pitches)


def interval_tables(voice: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For every MIDI number of the tune, and of a voice drawn before, its interval to each pitch of `voice`.

    Returns
    -------
    (128, pitches) int64 from the tune down to the pitch, and the same from the pitch down to the voice drawn before
    """
    low, high = RANGES[voice]
    midi, pitches = np.arange(128)[:, None], np.arange(low, high + 1)[None]
    return interval_symbols(midi, pitches), interval_symbols(pitches, midi)


def pair_index(rank: int, drawn: int) -> int:
    """Number of the pair of the `rank`-th voice and one drawn before it: (1, 0), (2, 0), (2, 1) count 0, 1, 2."""
    return rank * (rank - 1) // 2 + drawn
