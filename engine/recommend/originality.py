"""How much of a recommendation was heard before: the longest run it shares, note for note, with known music.

Runs are compared in any key, and with their rhythm: a tune that is moved by a third is still the same tune.
"""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

Run = Sequence[Hashable]


class KnownRuns:
    """An index of known sequences that answers how long a run of them another sequence repeats."""

    def __init__(self, sequences: Sequence[Run]) -> None:
        self._sequences = [tuple(sequence) for sequence in sequences]
        self._by_length: dict[int, set[tuple[Hashable, ...]]] = {}

    def longest_copied_run(self, sequence: Run) -> int:
        """Length of the longest run of `sequence` that occurs in any known sequence, 0 if not even one symbol does."""
        low, high = 0, len(sequence)
        # A run that is known has known beginnings, so the answer can be halved towards.
        while low < high:
            middle = (low + high + 1) // 2
            if any(run in self._runs(middle) for run in _windows(tuple(sequence), middle)):
                low = middle
            else:
                high = middle - 1
        return low

    def _runs(self, length: int) -> set[tuple[Hashable, ...]]:
        if length not in self._by_length:
            self._by_length[length] = {run for known in self._sequences for run in _windows(known, length)}
        return self._by_length[length]


def _windows(sequence: tuple[Hashable, ...], length: int) -> list[tuple[Hashable, ...]]:
    return [sequence[start : start + length] for start in range(len(sequence) - length + 1)]


def line(pitches: NDArray[np.int64], onsets: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """One voice as (semitones from the note before, sixteenths it lasts); pitches and onsets are (steps,)."""
    starts = np.flatnonzero(onsets)
    lengths = np.diff(np.append(starts, len(pitches)))
    moves = np.diff(pitches[starts], prepend=pitches[starts[:1]])
    return list(zip(moves.tolist(), lengths.tolist(), strict=True))


def sonorities(pitches: NDArray[np.int64]) -> list[tuple[int, ...]]:
    """All voices as (bass's move, intervals above the bass, sixteenths until any voice changes); pitches (4, steps)."""
    changed = np.concatenate([[True], (np.diff(pitches, axis=1) != 0).any(axis=0)])
    starts = np.flatnonzero(changed)
    lengths = np.diff(np.append(starts, pitches.shape[1]))
    chords = pitches[:, starts]
    moves = np.diff(chords[3], prepend=chords[3, :1])
    above = chords[:3] - chords[3]
    return [tuple(row) for row in np.column_stack([moves, above.T, lengths]).tolist()]
