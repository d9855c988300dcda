"""Which seconds of a recording come from another: the same peaks of the spectrum, at the same distances in time.

Both recordings become constellations of peaks (`fingerprint.constellation`); a landmark is a peak with one of the five
that follow it. Four seconds of the child vote for the offsets at which most landmarks of the parent fall on theirs. A
cell of half a second comes from the parent where, at one of those offsets, at least `CELL_LANDMARKS` landmarks and a
`CELL_SHARE` of all it has are the parent's, or where the cells before and after do. Louder, softer, filtered, lossy
and mixed copies are found, repeated loops as often as they sound, each to within a cell at either end; a copy that was
stretched or transposed is not found.

Source: A. Wang, "An industrial-strength audio search algorithm", ISMIR 2003.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from engine.analysis import fingerprint
from engine.arrays import Mono
from engine.errors import LimitExceededError

Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]

CELL_S: Final = 0.5
CELL_LANDMARKS: Final = 3
CELL_SHARE: Final = 0.2
_TARGETS: Final = 5
_REACH_FRAMES: Final = 86
_BLOCK_CELLS: Final = 8
_OFFSETS: Final = 3  # offsets tried for each block
_VOTES_MIN: Final = 8
_REPEATS_MAX: Final = 64  # a landmark the parent holds more often says nothing of time
LANDMARKS_MAX: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Pairs of peaks: `frames` of the first one, `codes` of both bins and their distance; sorted by frame."""

    frames: Ints
    codes: Ints
    seconds: float

    @property
    def cells(self) -> Ints:
        """The half second each begins in."""
        return (self.frames * fingerprint.FRAME_S / CELL_S).astype(np.int64)


def landmarks(mono: Mono, *, sample_rate_hz: int) -> Landmarks:
    """The landmarks of a recording.

    Parameters
    ----------
    mono : (samples,)

    Raises
    ------
    LimitExceededError
        If there are more than `LANDMARKS_MAX`.
    """
    frames, bins = fingerprint.constellation(mono, sample_rate_hz=sample_rate_hz)
    if len(frames) * _TARGETS > LANDMARKS_MAX:
        raise LimitExceededError("the recording is too long or too dense to compare")
    firsts, codes = [], []
    for step in range(1, _TARGETS + 1):
        if len(frames) <= step:
            break
        gap = frames[step:] - frames[:-step]
        fits = (gap > 0) & (gap <= _REACH_FRAMES)
        firsts.append(frames[:-step][fits])
        codes.append((bins[:-step][fits] << 20) | (bins[step:][fits] << 8) | gap[fits])
    at = np.concatenate([*firsts, np.zeros(0, np.int64)])
    code = np.concatenate([*codes, np.zeros(0, np.int64)])
    order = np.argsort(at, kind="stable")
    return Landmarks(frames=at[order], codes=code[order], seconds=len(mono) / sample_rate_hz)


def sounding_cells(child: Landmarks) -> Bools:
    """(cells,): whether anything sounds in each half second; silence belongs to nobody."""
    count = np.bincount(child.cells, minlength=_cell_count(child))
    return np.asarray(count >= CELL_LANDMARKS)


def cells_from(child: Landmarks, parent: Landmarks) -> Bools:
    """(cells,): whether each half second of `child` that sounds comes from `parent`."""
    kept = np.zeros(_cell_count(child), np.bool_)
    order = np.argsort(parent.codes, kind="stable")
    codes, frames = parent.codes[order], parent.frames[order]
    cells = child.cells
    edges = np.searchsorted(cells, np.arange(0, len(kept) + _BLOCK_CELLS, _BLOCK_CELLS))
    for first, last in pairwise(edges.tolist()):
        _trace_block(child, slice(first, last), codes, frames, kept)
    kept[1:-1] |= kept[:-2] & kept[2:]  # a note held on has no new peaks
    return kept & sounding_cells(child)


def _trace_block(child: Landmarks, block: slice, codes: Ints, frames: Ints, kept: Bools) -> None:
    own_codes, own_frames, own_cells = child.codes[block], child.frames[block], child.cells[block]
    left = np.searchsorted(codes, own_codes, "left")
    count = np.searchsorted(codes, own_codes, "right") - left
    count[count > _REPEATS_MAX] = 0
    if not count.any():
        return
    mine = np.repeat(np.arange(len(count)), count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    shifts = own_frames[mine] - frames[left[mine] + within]
    values, votes = np.unique(shifts, return_counts=True)
    total = np.bincount(own_cells - own_cells[0])
    for place in np.argsort(-votes, kind="stable")[:_OFFSETS]:
        if votes[place] < _VOTES_MIN:
            break
        found = np.unique(mine[np.abs(shifts - values[place]) <= 1])
        share = np.bincount(own_cells[found] - own_cells[0], minlength=len(total))
        good = (share >= CELL_LANDMARKS) & (share >= CELL_SHARE * total)
        kept[own_cells[0] + np.flatnonzero(good)] = True


def _cell_count(child: Landmarks) -> int:
    return int(child.seconds / CELL_S) + 1
