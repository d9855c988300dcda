"""Counts of what a harmony teacher would underline: the same counts for Bach and for us."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PERFECT_INTERVALS = (0, 7)  # unison or octave, fifth; semitones within the octave
SPACING_MAX = 12  # semitones between neighbours of the three upper voices
LEAP_MAX = 12  # semitones in one voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Violations:
    """How often each rule is broken; `chords` is the number of different sonorities they are counted over."""

    chords: int
    parallel_octaves: int
    parallel_fifths: int
    crossings: int
    wide_spacings: int
    leaps: int

    @property
    def total(self) -> int:
        """All of them, each counting one."""
        return self.parallel_octaves + self.parallel_fifths + self.crossings + self.wide_spacings + self.leaps


def violations(pitches: NDArray[np.int64]) -> Violations:
    """Count the broken rules between and inside successive sonorities.

    Parameters
    ----------
    pitches : (4, steps) int64, soprano alto tenor bass, MIDI numbers, 0 for silence

    Steps at which nothing changes count as one sonority. A parallel is two voices that both move and stand in the same
    perfect interval (octaves apart or not) before and after.
    """
    changed = np.concatenate([[True], (np.diff(pitches, axis=1) != 0).any(axis=0)])
    chords = pitches[:, changed]
    before, after = chords[:, :-1], chords[:, 1:]
    parallels = dict.fromkeys(PERFECT_INTERVALS, 0)
    for upper in range(4):
        for lower in range(upper + 1, 4):
            for interval in PERFECT_INTERVALS:
                parallels[interval] += int(is_parallel(before, after, upper, lower, interval).sum())
    sung = chords > 0
    both = sung[:-1] & sung[1:]
    gaps = chords[:-1] - chords[1:]
    held = (before > 0) & (after > 0)
    return Violations(
        chords=chords.shape[1],
        parallel_octaves=parallels[0],
        parallel_fifths=parallels[7],
        crossings=int((both & (gaps < 0)).sum()),
        wide_spacings=int((both & (gaps > SPACING_MAX))[:2].sum()),
        leaps=int((held & (np.abs(after - before) > LEAP_MAX)).sum()),
    )


def is_parallel(
    before: NDArray[np.int64], after: NDArray[np.int64], upper: int, lower: int, interval: int
) -> NDArray[np.bool_]:
    """(chords,) bool: `upper` and `lower` both move and keep `interval`; before and after are (4, chords)."""
    was, now = (before[upper] - before[lower]) % 12, (after[upper] - after[lower]) % 12
    sung = (before[[upper, lower]] > 0).all(axis=0) & (after[[upper, lower]] > 0).all(axis=0)
    moved = (before[upper] != after[upper]) & (before[lower] != after[lower])
    return np.asarray(sung & moved & (was == interval) & (now == interval))
