"""Notes as frames of 88 keys on an even grid, and frames as notes again.

A note sounds in the frames whose start it covers; played a little late, it still counts from its frame on. The piece is
moved so that its tonic is C, in major as in minor, as the data is, and what is drawn is moved back.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median_low
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.analysis import key as keys
from engine.errors import LimitExceededError, OutOfRangeError
from engine.score import MeterMark, Note, Score
from engine.theory.names import pitch_class

KEYS: Final = 88
LOWEST_MIDI: Final = 21
STEPS_MAX: Final = 4096  # 512 bars of 4/4 in eighths
_RELATIVE_MINOR: Final = 9  # semitones up from the tonic of a major key to that of its relative minor
_LATE: Final = Fraction(1, 4)  # of a step: how late a note may start and still belong to it
_FOUR_FOUR: Final = MeterMark(at=Fraction(0), numerator=4, denominator=4)
Frames = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A score as frames.

    score : what was given; step : quarter notes a frame; shift : semitones added to reach C
    frames : (steps, 88) of 0 and 1, up to where the last pitched note ends
    bars : onset of each bar in quarter notes, up to the end of the frames and one beyond
    """

    score: Score
    step: Fraction
    shift: int
    frames: Frames
    bars: tuple[Fraction, ...]

    @property
    def phase(self) -> int:
        """Steps by which to count so that a bar line falls on 0."""
        missing = (self.score.meters or (_FOUR_FOUR,))[0].bar - self.bars[1]  # of an upbeat
        return max(0, round(missing / self.step))


def lay_out(score: Score, step: Fraction) -> Passage:
    """The pitched notes of `score` on a grid of `step` quarter notes.

    Raises
    ------
    OutOfRangeError
        If there is no pitched note that lasts.
    LimitExceededError
        If it is longer than 4,096 steps.
    """
    notes = pitched(score)
    if not notes:
        raise OutOfRangeError("there is no pitched note to start from")
    end = max(note.offset for note in notes)
    if end > STEPS_MAX * step:
        raise LimitExceededError(f"the notes end at quarter note {end}; at most {STEPS_MAX * step} can be read")
    shift = shift_of(score)
    frames = frames_of(notes, step=step, shift=shift, steps=max(1, ceil(end / step - _LATE)))
    return Passage(score=score, step=step, shift=shift, frames=frames, bars=bars_of(score, end))


def pitched(score: Score) -> list[Note]:
    """Every note of every part without drums that has a length."""
    return [note for part in score.parts if not part.is_drums for note in part.notes if note.duration > 0]


def frames_of(notes: Sequence[Note], *, step: Fraction, shift: int, steps: int) -> Frames:
    """(steps, 88) float32; what lies off the keyboard once it is moved is left out."""
    frames = np.zeros((steps, KEYS), np.float32)
    for note in notes:
        key = note.pitch_midi + shift - LOWEST_MIDI
        if 0 <= key < KEYS:
            frames[ceil(note.onset / step - _LATE) : ceil(note.offset / step - _LATE), key] = 1
    return frames


def shift_of(score: Score) -> int:
    """Semitones, -6..5, that bring the tonic to C: by the piece's key mark, else by its notes."""
    if score.keys and score.keys[0].fifths:  # a mark without accidentals is what many programs write when none was set
        tonic = 7 * score.keys[0].fifths + (_RELATIVE_MINOR if score.keys[0].mode == "minor" else 0)
    else:
        tonic = pitch_class((keys.of_score(score) or "C major").partition(" ")[0])
    return (6 - tonic) % 12 - 6


def bars_of(score: Score, end: Fraction, *, more: int = 1) -> tuple[Fraction, ...]:
    """Bar lines from the first to `more` bars beyond `end`, by the bars drawn in the score, else by its meters."""
    marks = list(score.meters) or [_FOUR_FOUR]
    lines = [Fraction(0), *score.bars] if score.bars else [Fraction(0)]
    beyond = 0
    while beyond < more:
        mark = marks[max(0, bisect_right([mark.at for mark in marks], lines[-1]) - 1)]
        ahead = [other.at for other in marks if other.at > lines[-1]]
        lines.append(min([lines[-1] + mark.bar, *ahead[:1]]))
        beyond += lines[-1] >= end
    return tuple(lines)


def ceil(value: Fraction) -> int:
    """The least whole number that is not below `value`."""
    return -int(-value // 1)


class Touch:
    """How loud the source is played: its median velocity on bar lines, on beats, and between."""

    def __init__(self, passage: Passage) -> None:
        self._bars = frozenset(passage.bars)
        notes = pitched(passage.score)
        found: dict[int, list[int]] = {}
        for note in notes:
            found.setdefault(self._place(note.onset), []).append(note.velocity)
        middle = median_low(note.velocity for note in notes)
        self._velocities = {place: median_low(found.get(place, [middle])) for place in range(3)}

    def velocity(self, onset: Fraction) -> int:
        """1..127 for a note that starts at `onset`."""
        return self._velocities[self._place(onset)]

    def _place(self, onset: Fraction) -> int:
        return 0 if onset in self._bars else 1 if onset.denominator == 1 else 2


def notes_of(frames: Frames, first: int, passage: Passage, touch: Touch) -> list[Note]:
    """Frames from step `first` on as notes: a key that goes on sounding is one note, struck again at a bar line."""
    lines = {ceil(bar / passage.step) for bar in passage.bars}
    notes = []
    for key in np.flatnonzero(frames.any(axis=0)).tolist():
        start = None
        for place in range(len(frames) + 1):
            sounds = place < len(frames) and frames[place, key] > 0
            if start is not None and (not sounds or first + place in lines):
                onset = (first + start) * passage.step
                duration = (place - start) * passage.step
                pitch = key + LOWEST_MIDI - passage.shift
                notes.append(Note(onset=onset, duration=duration, pitch_midi=pitch, velocity=touch.velocity(onset)))
                start = None
            if sounds and start is None:
                start = place
    return notes
