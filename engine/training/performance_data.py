"""POP909 as the performance network meets it: features of every note, and how loud it was played."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Doubles, Floats
from engine.recommend.performance_features import Written, features
from engine.training.pop909 import DURATION, ONSET, PITCH, VELOCITY, Song, of_split, read_all


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Played:
    """One song: the notes as written, `seen` (notes, FEATURES) and `velocity` (notes,) 1..127."""

    number: str
    written: Written
    seen: Floats
    velocity: Doubles

    @property
    def bar(self) -> NDArray[np.int64]:
        """Of each note, the bar."""
        return self.written.bar


def read(folder: Path, split: str, *, cache: Path | None = None) -> list[Played]:
    """The songs of one split.

    Raises
    ------
    UnreadableFileError
        If a song is broken, or there is none.
    """
    return [played(song) for song in of_split(read_all(folder, cache=cache), split)]


def played(song: Song) -> Played:
    """One song as features and velocities."""
    table = np.concatenate([song.melody, song.bridge, song.piano])
    role = np.repeat(np.arange(3), [len(song.melody), len(song.bridge), len(song.piano)])
    order = np.lexsort((table[:, PITCH], table[:, ONSET]))
    table, role = table[order], role[order]
    bar, place = _in_bars(song, table[:, ONSET])
    written = Written(
        onset=table[:, ONSET],
        duration=table[:, DURATION],
        pitch=table[:, PITCH].astype(np.int64),
        role=role,
        bar=bar,
        place=place,
        bpm=60 / float(np.median(np.diff(song.beats_s))),
    )
    return Played(number=song.number, written=written, seen=features(written), velocity=table[:, VELOCITY])


def _in_bars(song: Song, onset: Doubles) -> tuple[NDArray[np.int64], Doubles]:
    """Bar and place of each onset; before the first bar line and after the last, bars have the song's usual length."""
    lines = np.flatnonzero(song.is_downbeat).astype(np.float64)
    usual = song.beats_per_bar
    ahead = np.arange(int(max(lines[0] - onset[0], 0) // usual) + 2, 0, -1) * -usual + lines[0]
    behind = np.arange(1, int(max(onset[-1] - lines[-1], 0) // usual) + 3) * usual + lines[-1]
    lines = np.concatenate([ahead, lines, behind])
    # A player's onset a hair before the bar line belongs to the bar.
    index = np.searchsorted(lines, onset + 1 / 24, side="right") - 1
    place = np.clip((onset - lines[index]) / (lines[index + 1] - lines[index]), 0, 0.999)
    return index - int(index[0]), place
