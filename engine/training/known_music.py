"""The index of what the models learned from: `python -m engine.training known_music --data FOLDER`.

FOLDER holds the data sets by name: `pop909` (melodies and bridges of the songs that train), `chorales`
(`Jsb16thSeparated.npz`) and `polyphony` (the four files of N. Boulanger-Lewandowski, ICML 2012, their upper line).
What is not there is left out, and said so. Nothing is drawn: the same data give the same file.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.errors import UnreadableFileError
from engine.originality import known
from engine.originality.known import Piece
from engine.originality.lines import GRAM_NOTES, Line, line_of
from engine.training import pop909
from engine.weights import tensors

_POLYPHONY: Final = {"Nottingham": False, "Piano_midi": True, "MuseData": True, "JSB_Chorales": True}
"""Whether its music is old enough for anybody to use. Nottingham's folk tunes come as one collector wrote them down."""
_LOWEST_KEY: Final = 21  # of the 88


def main() -> None:
    """Write the index and print what is in it."""
    parser = argparse.ArgumentParser(prog="python -m engine.training known_music", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with pop909, chorales, polyphony")
    parser.add_argument("--out", type=Path, default=tensors.path_of(known.MODEL))
    parser.add_argument("--cache", type=Path, help="a file that keeps the songs, which take minutes to read")
    options = parser.parse_args()
    pieces = list(pieces_of(options.data, cache=options.cache))
    digest = known.write(options.out, known.index_of(pieces))
    notes = sum(len(line.pitches) for piece in pieces for line in piece.lines)
    print(f"{options.out}: {len(pieces)} pieces, {notes} notes, {options.out.stat().st_size} bytes, SHA-256 {digest}")


def pieces_of(folder: Path, *, cache: Path | None = None) -> Iterator[Piece]:
    """Every piece that trains, of the data sets that are there; `cache` is for the songs of POP909.

    Raises
    ------
    UnreadableFileError
        If none is there.
    """
    readers: dict[str, Callable[[Path], Iterator[Piece]]] = {
        "pop909": partial(_songs, cache=cache),
        "chorales": _chorales,
        "polyphony": _polyphony,
    }
    there = [name for name in readers if (folder / name).is_dir()]
    if not there:
        raise UnreadableFileError(f"{folder} holds none of {', '.join(readers)}")
    for name in readers:
        if name not in there:
            print(f"{folder / name} is not there: left out", file=sys.stderr)
            continue
        yield from readers[name](folder / name)


def song_piece(song: pop909.Song) -> Piece:
    """A song's melody and bridge."""
    lines = (line_of((row[0], int(row[2])) for row in track) for track in (song.melody, song.bridge))
    return Piece(name=f"POP909 {song.number}", lines=_long_enough(lines))


def _songs(folder: Path, *, cache: Path | None) -> Iterator[Piece]:
    for song in pop909.read_all(folder, cache=cache):
        if song.split == "train":
            yield song_piece(song)


def _chorales(folder: Path) -> Iterator[Piece]:
    with np.load(folder / "Jsb16thSeparated.npz", allow_pickle=True, encoding="latin1") as file:
        for number, rows in enumerate(file["train"], start=1):
            lines = (_held(np.nan_to_num(np.asarray(rows, float)[:, voice])) for voice in range(4))
            yield Piece(name=f"Bach chorale, JSB {number}", lines=_long_enough(lines), is_free=True)


def _held(pitches: Any) -> Line:
    """A voice on the grid of sixteenths: a note begins where the pitch changes."""
    starts = np.flatnonzero(np.diff(pitches, prepend=-1.0) != 0)
    return line_of((start / 4, int(pitches[start])) for start in starts if pitches[start] > 0)


def _polyphony(folder: Path) -> Iterator[Piece]:
    from scipy.io import loadmat

    for name, is_free in _POLYPHONY.items():
        file = loadmat(folder / f"{name}.mat", squeeze_me=True)
        for number, roll in enumerate(file["traindata"], start=1):
            yield Piece(
                name=f"{name.replace('_', ' ')} {number}",
                lines=_long_enough([upper_line(np.asarray(roll))]),
                is_free=is_free,
            )


def upper_line(roll: Any) -> Line:
    """The highest key that is down in each eighth; where it stays, the note stays."""
    highest = np.where(roll.any(axis=1), (roll * np.arange(_LOWEST_KEY, _LOWEST_KEY + roll.shape[1])).max(axis=1), 0)
    starts = np.flatnonzero(np.diff(highest, prepend=-1) != 0)
    return line_of((start / 2, int(highest[start])) for start in starts if highest[start] > 0)


def _long_enough(lines: Any) -> tuple[Line, ...]:
    return tuple(line for line in lines if len(line.pitches) >= GRAM_NOTES)
