"""Given notes as rows of a grid of sixteenths, whatever parts they come in, and a grid as four parts again.

- Up to four parts of one line each are voices: by their names, else by how high they lie. Anything else is taken apart
  by rank: the highest note that sounds is the soprano's, the lowest the bass's.
- The grid starts on the quarter in which the first note starts. A note sounds at the steps whose start lies inside it;
  what is shorter than that is kept in the result and not heard by the network.
- All is moved so that every given voice fits its range, by octaves where octaves suffice; the result is moved back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from statistics import fmean, median_low
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import LimitExceededError, NotAMelodyError, OutOfRangeError
from engine.recommend.polyphony_frames import bars_of, ceil
from engine.score import Note, Part, Score, make_part

VOICES: Final = ("Soprano", "Alto", "Tenor", "Bass")
# What each voice can sound, both ends included: the chorales' compass, and what transposing them adds.
RANGES: Final = ((55, 84), (50, 79), (43, 72), (34, 67))
UNKNOWN: Final = -1
STEPS_PER_QUARTER: Final = 4
STEPS_MAX: Final = 1024  # 64 bars of 4/4
LONG_REST: Final = 2 * STEPS_PER_QUARTER
_OVERLAP_MAX: Final = Fraction(1, 8)  # of a quarter: played legato often runs over into the next note
_MIDDLE: Final = 57  # a single line that lies below this on average is a bass
# Which voices one, two, three or four notes at once belong to, from the highest down.
_BY_COUNT: Final = {1: (0,), 2: (0, 3), 3: (0, 1, 3), 4: (0, 1, 2, 3)}
Grid = NDArray[np.int64]
Lines = tuple[tuple[Note, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Notes as rows.

    score : what was given; lines : its notes by voice, soprano first
    origin : where step 0 lies, quarter notes; shift : semitones that were added
    grid : (4, steps) MIDI numbers after the shift, 0 for a rest that is kept, UNKNOWN where nothing is given
    bars : bar lines in steps from the origin, the last is at or beyond the end
    """

    score: Score
    lines: Lines
    origin: Fraction
    shift: int
    grid: Grid
    bars: tuple[int, ...]

    @property
    def steps(self) -> int:
        """Length in sixteenths."""
        return int(self.grid.shape[1])


def lay_out(score: Score, *, line: str, gaps: str) -> Given:
    """The notes of `score` by voice and sixteenth.

    Parameters
    ----------
    line : voice of a single line, "soprano" ... "bass", or "auto"
    gaps : "fill" rests of given voices with new notes, "keep" them, or "auto": fill where more than one voice is given

    Raises
    ------
    OutOfRangeError
        If there is no pitched note, or the notes cannot be moved into the voices' ranges.
    NotAMelodyError
        If more than four notes sound at once.
    LimitExceededError
        If the notes span more than 1,024 sixteenths.
    """
    lines = _lines(score, line)
    notes = [note for voice in lines for note in voice]
    origin = Fraction(int(min(note.onset for note in notes)))
    end = max(note.offset for note in notes)
    steps = ceil((end - origin) * STEPS_PER_QUARTER)
    if steps > STEPS_MAX:
        raise LimitExceededError(f"the notes span {steps} sixteenths; at most {STEPS_MAX} can be harmonised")
    shift = _shift(lines)
    grid = np.full((4, max(1, steps)), UNKNOWN, np.int64)
    for row, voice in zip(grid, lines, strict=True):
        for note in voice:
            start, stop = (ceil((at - origin) * STEPS_PER_QUARTER) for at in (note.onset, note.offset))
            row[start:stop] = note.pitch_midi + shift
    if gaps == "keep" or (gaps == "auto" and sum(map(bool, lines)) == 1):
        _keep_rests(grid)
    bars = tuple(ceil((bar - origin) * STEPS_PER_QUARTER) for bar in bars_of(score, end))
    return Given(score=score, lines=lines, origin=origin, shift=shift, grid=grid, bars=bars)


def _lines(score: Score, line: str) -> Lines:
    parts = [
        (part.name, [note for note in part.notes if note.duration > 0]) for part in score.parts if not part.is_drums
    ]
    parts = [(name, notes) for name, notes in parts if notes]
    if not parts:
        raise OutOfRangeError("there is no pitched note to set for voices")
    if len(parts) > len(VOICES) or not all(_is_line(notes) for _, notes in parts):
        return _by_rank([note for _, notes in parts for note in notes])
    voices = _voices_of(parts, line)
    found: list[tuple[Note, ...]] = [()] * len(VOICES)
    for voice, (_, notes) in zip(voices, parts, strict=True):
        found[voice] = tuple(notes)
    return tuple(found)


def _voices_of(parts: Sequence[tuple[str, Sequence[Note]]], line: str) -> list[int]:
    """The voice of each part: by name where all names are different voices, else by height."""
    names = [name.strip().lower() for name, _ in parts]
    known = [voice.lower() for voice in VOICES]
    heights = [fmean(note.pitch_midi for note in notes) for _, notes in parts]
    if len(parts) == 1 and line != "auto":
        return [known.index(line)]
    if len(set(names)) == len(names) and set(names) <= set(known):
        return [known.index(name) for name in names]
    if len(parts) == 1:
        return [3 if heights[0] < _MIDDLE else 0]
    order = sorted(range(len(parts)), key=lambda index: -heights[index])
    return [_BY_COUNT[len(parts)][order.index(index)] for index in range(len(parts))]


def _is_line(notes: Sequence[Note]) -> bool:
    return all(
        after.onset > before.onset and before.offset - after.onset <= _OVERLAP_MAX for before, after in pairwise(notes)
    )


def _by_rank(notes: list[Note]) -> Lines:
    found: list[list[Note]] = [[] for _ in VOICES]
    for note in sorted(notes, key=lambda note: (note.onset, -note.pitch_midi)):
        at = note.onset
        together = sorted(
            {n.pitch_midi for n in notes if n.onset <= at and n.offset - at > min(_OVERLAP_MAX, n.duration / 2)},
            reverse=True,
        )
        if len(together) > len(VOICES):
            raise NotAMelodyError(f"{len(together)} notes sound at once at quarter note {float(at):.3f}; four can")
        voice = _BY_COUNT[len(together)][together.index(note.pitch_midi)]
        if len(together) == 1 and note.pitch_midi < _MIDDLE:
            voice = len(VOICES) - 1
        found[voice].append(note)
    return tuple(tuple(voice) for voice in found)


def _shift(lines: Lines) -> int:
    low, high = -127, 127
    for (lowest, highest), voice in zip(RANGES, lines, strict=True):
        if voice:
            pitches = [note.pitch_midi for note in voice]
            low, high = max(low, lowest - min(pitches)), min(high, highest - max(pitches))
    fitting = range(low, high + 1)
    if not fitting:
        raise OutOfRangeError("the notes of the voices lie too far apart to be moved into the ranges of four voices")
    return min(fitting, key=lambda shift: (shift != 0, shift % 12 != 0, abs(shift), shift))


def _keep_rests(grid: Grid) -> None:
    """Short rests of a given voice are sung through; where all given voices rest for long, every voice does."""
    given = [row for row in grid if (row > 0).any()]
    long_ = np.ones(grid.shape[1], np.bool_)
    for row in given:
        silent = row == UNKNOWN
        edges = np.flatnonzero(np.diff(np.concatenate([[0], silent.view(np.int8), [0]])))
        for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            is_long = stop - start >= LONG_REST or start == 0
            row[start:stop] = 0 if is_long else row[start - 1]
        long_ &= row == 0
    grid[:, long_] = 0


def parts_of(given: Given, grid: Grid, open_: NDArray[np.bool_]) -> tuple[Part, ...]:
    """Four parts: the given notes as they came, and new ones wherever a cell was `open_`, (4, steps) bool.

    A pitch that goes on is one note; on a beat where a given voice strikes a note, it is struck again.
    """
    notes = [note for voice in given.lines for note in voice]
    velocity = median_low(note.velocity for note in notes)
    beats = {note.onset for note in notes if note.onset.denominator == 1}
    first = next(part for part in given.score.parts if part.notes and not part.is_drums)
    named = {part.name.strip().lower(): part for part in given.score.parts}
    parts = []
    for voice, name in enumerate(VOICES):
        kept = [piece for note in given.lines[voice] for piece in _closed(given, note, open_[voice])]
        new = _new_notes(given, grid[voice], open_[voice], beats, velocity)
        look = named.get(name.lower(), first)
        parts.append(make_part([*kept, *new], name=name, program=look.program, bank=look.bank))
    return (*parts, *(part for part in given.score.parts if part.is_drums))


def _closed(given: Given, note: Note, open_: NDArray[np.bool_]) -> list[Note]:
    """What stays of a given note: all of it, or its pieces beside what is drawn again."""
    start, stop = (ceil((at - given.origin) * STEPS_PER_QUARTER) for at in (note.onset, note.offset))
    inside = open_[start : max(stop, start + 1)]
    if not inside.any():
        return [note]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], ~inside, [0]]).astype(np.int8))).tolist()
    pieces = []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        onset, offset = (given.origin + Fraction(start + step, STEPS_PER_QUARTER) for step in (first, last))
        onset, offset = max(onset, note.onset), min(offset, note.offset)
        pieces.append(replace(note, onset=onset, duration=offset - onset))
    return pieces


def _new_notes(
    given: Given, row: NDArray[np.int64], open_: NDArray[np.bool_], beats: set[Fraction], velocity: int
) -> list[Note]:
    notes: list[Note] = []
    start = None
    for step in range(len(row) + 1):
        at = given.origin + Fraction(step, STEPS_PER_QUARTER)
        goes_on = start is not None and step < len(row) and open_[step] and row[step] == row[start] and at not in beats
        if start is not None and not goes_on:
            onset = given.origin + Fraction(start, STEPS_PER_QUARTER)
            pitch = int(row[start]) - given.shift
            notes.append(Note(onset=onset, duration=at - onset, pitch_midi=pitch, velocity=velocity))
            start = None
        if start is None and step < len(row) and open_[step] and row[step] > 0:
            start = step
    return notes
