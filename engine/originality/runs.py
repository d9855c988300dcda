"""Runs of places in a row at which a known piece agrees."""

import numpy as np
from numpy.typing import NDArray

Run = tuple[int, int, int]
"""Piece, first place, how many places in a row."""


def runs(pieces: NDArray[np.int64], places: NDArray[np.int64]) -> list[Run]:
    """Every run, by piece and place.

    pieces, places : (agreements,) which piece agrees at which place, in any order
    """
    if not len(pieces):
        return []
    table = np.unique(np.column_stack([pieces, places]), axis=0)
    breaks = np.flatnonzero((np.diff(table[:, 0]) != 0) | (np.diff(table[:, 1]) != 1)) + 1
    starts = np.concatenate([[0], breaks])
    lengths = np.diff(np.append(starts, len(table)))
    return [
        (int(table[start, 0]), int(table[start, 1]), length)
        for start, length in zip(starts.tolist(), lengths.tolist(), strict=True)
    ]


def longest_runs(pieces: NDArray[np.int64], places: NDArray[np.int64]) -> list[Run]:
    """The longest run of each piece; of equal ones the first."""
    best: dict[int, Run] = {}
    for run in runs(pieces, places):
        if run[0] not in best or run[2] > best[run[0]][2]:
            best[run[0]] = run
    return list(best.values())
