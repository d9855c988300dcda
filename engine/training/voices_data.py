"""Bach's chorales on sixteenths with their usual split, and which of their notes are given while training.

The file is `Jsb16thSeparated.npz` (Huang and others, 2017, after Boulanger-Lewandowski's split: 229 / 76 / 77): each
chorale (steps, 4), soprano alto tenor bass, MIDI numbers, not a number or below 0 for silence. Whether a repeated pitch
is struck again is not in it.
"""

import io
import pickle
import random
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import OutOfRangeError, UnreadableFileError
from engine.recommend.voices_parts import RANGES, UNKNOWN

FILE: Final = "Jsb16thSeparated.npz"
SPLITS: Final = ("train", "valid", "test")
SHIFT_MAX: Final = 6
Grid = NDArray[np.int64]


class _PlainArrays(pickle.Unpickler):
    """Lists and arrays of numbers, and nothing that runs: the file is an array of objects, which NumPy pickles."""

    def find_class(self, module: str, name: str) -> Any:
        if module.split(".")[0] == "numpy" and name in ("_reconstruct", "ndarray", "dtype", "scalar"):
            return super().find_class(module.replace("numpy.core", "numpy._core"), name)
        raise pickle.UnpicklingError(f"{module}.{name} is no array")


def read(folder: Path) -> dict[str, list[Grid]]:
    """The chorales by split, each (4, steps) int64 MIDI numbers, 0 for silence.

    Raises
    ------
    OutOfRangeError
        If the file is not in the folder.
    UnreadableFileError
        If it holds anything but arrays (steps, 4), or lacks a split.
    """
    path = folder / FILE
    if not path.is_file():
        raise OutOfRangeError(f"{folder} has no {FILE}")
    with zipfile.ZipFile(path) as archive:
        return {split: [_grid(piece) for piece in _pieces(archive, split)] for split in SPLITS}


def _pieces(archive: zipfile.ZipFile, split: str) -> list[Any]:
    try:
        stream = io.BytesIO(archive.read(f"{split}.npy"))
        np.lib.format.read_magic(stream)
        np.lib.format.read_array_header_1_0(stream)
        return list(_PlainArrays(stream, encoding="latin1").load())
    except (KeyError, ValueError, pickle.UnpicklingError) as error:
        raise UnreadableFileError(f"{FILE}: {split} cannot be read: {error}") from error


def _grid(piece: Any) -> Grid:
    values = np.nan_to_num(np.asarray(piece, np.float64), nan=0.0)
    if values.ndim != 2 or values.shape[1] != len(RANGES):
        raise UnreadableFileError(f"{FILE}: a chorale is {values.shape}, not (steps, 4)")
    return np.maximum(values, 0).astype(np.int64).T


def shifts(grid: Grid) -> list[int]:
    """Semitones a chorale can move by with every voice in its range."""
    return [
        shift
        for shift in range(-SHIFT_MAX, SHIFT_MAX + 1)
        if all(
            low <= int(row[row > 0].min()) + shift and int(row.max()) + shift <= high
            for row, (low, high) in zip(grid, RANGES, strict=True)
        )
    ]


def hidden(steps: int, generator: random.Random) -> NDArray[np.bool_]:
    """Which notes are to be found, (4, steps) bool: as a person would leave them open, in many ways."""
    way = generator.random()
    if way < 0.3:  # whole voices are given, most often the tune, then the bass
        given = generator.choice(((0,), (0,), (0,), (3,), (0, 3), (1,), (2,), (0, 1), (2, 3), (0, 1, 3), (0, 2, 3)))
        return np.array([[voice not in given] * steps for voice in range(4)])
    if way < 0.6:  # some bars of some voices are open
        found = np.zeros((4, steps), np.bool_)
        length = generator.randint(1, min(64, steps))
        start = generator.randint(0, steps - length)
        for voice in generator.sample(range(4), generator.randint(1, 4)):
            found[voice, start : start + length] = True
        return found
    share, found = generator.random(), np.zeros((4, steps), np.bool_)  # stretches of any length, here and there
    for row in found:
        step = 0
        while step < steps:
            stop = step + generator.choice((2, 4, 4, 8, 16, 32))
            row[step:stop], step = generator.random() < share, stop
    found[generator.randrange(4), generator.randrange(steps)] = True
    return found


def given_of(grid: Grid, open_: NDArray[np.bool_]) -> Grid:
    """The grid with UNKNOWN where it is open."""
    return np.where(open_, UNKNOWN, grid)
