"""Music as lines: one note at a time, its steps in semitones, its rhythm as ratios; neither key nor tempo counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.score import Part, Score

GRAM_NOTES: Final = 8
"""So many notes in a row are one gram: the shortest passage that is looked up."""
_STEP_MAX: Final = 24  # semitones; wider leaps count as this
_GRID: Final = 4  # of a quarter note: rhythm is heard in sixteenths
_RATIO_MAX: Final = 6  # in half octaves of length: eight times as long, or as short

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """Notes one after the other.

    pitches : (notes,) int64, MIDI numbers
    onsets : (notes,) float64, quarter notes, ascending
    """

    pitches: Ints
    onsets: NDArray[np.float64]

    @property
    def steps(self) -> Ints:
        """(notes - 1,) semitones from each note to the next, at most two octaves."""
        return np.clip(np.diff(self.pitches), -_STEP_MAX, _STEP_MAX)

    @property
    def ratios(self) -> Ints:
        """(notes - 2,) how much longer each step in time is than the one before: 2 log2, rounded."""
        grid = np.maximum(np.diff(np.round(self.onsets * _GRID)), 1.0)
        ratios = np.round(2 * np.log2(grid[1:] / grid[:-1]))
        return np.clip(ratios, -_RATIO_MAX, _RATIO_MAX).astype(np.int64)


def line_of(notes: Iterable[tuple[float, int]]) -> Line:
    """A line of (onset in quarter notes, pitch): of those that begin together the highest is heard."""
    highest: dict[float, int] = {}
    for onset, pitch in notes:
        highest[onset] = max(pitch, highest.get(onset, 0))
    onsets = sorted(highest)
    return Line(pitches=np.array([highest[onset] for onset in onsets], np.int64), onsets=np.array(onsets, np.float64))


def line_at(pitches: Sequence[int], sixteenths: Sequence[int]) -> Line:
    """A line of pitches and of where they begin, in sixteenths, as it is kept to be searched."""
    return Line(pitches=np.array(pitches, np.int64), onsets=np.array(sixteenths, np.float64) / _GRID)


def lines_of(score: Score) -> list[Line]:
    """One line for each part that has pitches, and that is long enough to be compared."""
    lines = [_of_part(part) for part in score.parts if not part.is_drums]
    return [line for line in lines if len(line.pitches) >= GRAM_NOTES]


def step_grams(line: Line) -> Hashes:
    """(notes - 7,) uint32: a hash of the steps of every eight notes in a row; empty for a shorter line."""
    return hashed(line.steps, GRAM_NOTES - 1)


def rhythm_grams(line: Line) -> NDArray[np.uint8]:
    """(notes - 7,) uint8: a hash of the rhythm of the same notes."""
    return (hashed(line.ratios, GRAM_NOTES - 2) >> np.uint32(24)).astype(np.uint8)


def _of_part(part: Part) -> Line:
    return line_of((float(Fraction(note.onset)), note.pitch_midi) for note in part.notes if note.duration > 0)


def hashed(values: Ints, length: int) -> Hashes:
    """A hash of each `length` values in a row: a polynomial, its bits well mixed, the same on every machine."""
    if len(values) < length:
        return np.zeros(0, np.uint32)
    windows = np.lib.stride_tricks.sliding_window_view((values + 64).astype(np.uint64), length)
    mixed = np.zeros(len(windows), np.uint64)
    for column in range(length):
        mixed = mixed * np.uint64(1_000_003) + windows[:, column]
    # The last steps of SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (mixed >> np.uint64(32)).astype(np.uint32)
