"""A melody laid on the grid of sixteenths that the harmoniser thinks in.

Four sixteenths a quarter note. The grid starts on the quarter in which the melody starts. What does not fit is met so:

- A note sounds at the steps whose start lies inside it; grace notes and notes between two steps are kept in the result
  but not heard by the network.
- In a quarter whose notes do not start on sixteenths (triplets, and finer), the lower voices move on the beat only.
- Rests shorter than two quarters are sung through; in longer ones all voices are silent.
- Bar lines follow the meter map; with none, 4/4 from 0. A meter that starts late has a pickup before it.
- The melody is moved so that it fits the soprano, by octaves where octaves suffice; the result is moved back.
"""

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.errors import LimitExceededError, NotAMelodyError, OutOfRangeError
from engine.recommend.chorale_grid import RANGES, SOPRANO, STEPS_PER_QUARTER, beat_levels
from engine.score import MeterMark, Note, Score

STEPS_MAX = 1024  # 64 bars of 4/4
REST_STEPS_SUNG_THROUGH = 2 * STEPS_PER_QUARTER - 1
OVERLAP_MAX = Fraction(1, 8)  # of a quarter: played legato often runs over into the next note
OCTAVE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class MelodyGrid:
    """A melody as the harmoniser needs it.

    origin : where step 0 lies in the score, quarter notes
    end : where the last note ends in the score, quarter notes
    shift : semitones that were added to bring the melody into the soprano's range
    pitches : (steps,) int64, shifted MIDI numbers, 0 in a rest that all voices keep
    onsets : (steps,) bool
    levels : (steps,) int64, see `beat_levels`
    may_move : (steps,) bool, where lower voices may start notes
    """

    origin: Fraction
    end: Fraction
    shift: int
    pitches: NDArray[np.int64]
    onsets: NDArray[np.bool_]
    levels: NDArray[np.int64]
    may_move: NDArray[np.bool_]


def lay_out(melody: Score) -> MelodyGrid:
    """The one line of `melody` on the grid.

    Raises
    ------
    NotAMelodyError
        If there is no note, or two sound at once (beyond a legato overlap of 1/8 quarter note).
    LimitExceededError
        If it spans more than 1,024 sixteenths.
    OutOfRangeError
        If its lowest and highest notes lie further apart than two octaves.
    """
    notes = single_line(melody)
    origin = Fraction(int(notes[0].onset))
    end = max(note.offset for note in notes)
    steps = -int(-(end - origin) * STEPS_PER_QUARTER // 1)
    if steps > STEPS_MAX:
        raise LimitExceededError(f"the melody is {steps} sixteenths long; at most {STEPS_MAX} can be harmonised")
    shift = shift_into_range([note.pitch_midi for note in notes])
    pitches, onsets = _sounding(notes, origin, steps, shift)
    levels = _levels(melody.meters, origin, steps)
    may_move = _may_move(notes, origin, steps)
    return MelodyGrid(
        origin=origin, end=end, shift=shift, pitches=pitches, onsets=onsets, levels=levels, may_move=may_move
    )


def single_line(melody: Score) -> list[Note]:
    """The notes with a duration, in order, after checking that no two sound at once."""
    parts = [part for part in melody.parts if part.notes]
    if len(parts) > 1 or any(part.is_drums for part in parts):
        raise NotAMelodyError(f"a melody has one pitched part with notes, this has {len(parts)} parts")
    notes = [note for part in parts for note in part.notes if note.duration > 0]
    if not notes:
        raise NotAMelodyError("there is no note to harmonise")
    for before, after in pairwise(notes):
        if after.onset == before.onset or before.offset - after.onset > OVERLAP_MAX:
            raise NotAMelodyError(f"two notes sound at once at quarter note {float(after.onset):.3f}")
    return notes


def shift_into_range(pitches: list[int]) -> int:
    """Semitones to add so that every pitch lies in the soprano's range: 0, else octaves, else the smallest move."""
    low, high = RANGES[SOPRANO]
    fitting = range(low - min(pitches), high - max(pitches) + 1)
    if not fitting:
        raise OutOfRangeError(
            f"the melody spans {max(pitches) - min(pitches)} semitones; at most {high - low} can be harmonised"
        )
    return min(fitting, key=lambda shift: (shift != 0, shift % OCTAVE != 0, abs(shift), shift))


def _sounding(
    notes: list[Note], origin: Fraction, steps: int, shift: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    pitches = np.zeros(steps, np.int64)
    onsets = np.zeros(steps, np.bool_)
    for note in notes:
        # The first and last + 1 of the steps whose start lies inside the note.
        start = -int(-(note.onset - origin) * STEPS_PER_QUARTER // 1)
        stop = -int(-(note.offset - origin) * STEPS_PER_QUARTER // 1)
        pitches[start:stop] = note.pitch_midi + shift
        onsets[start : start + 1] |= stop > start
    return _sing_through_short_rests(pitches, onsets)


def _sing_through_short_rests(
    pitches: NDArray[np.int64], onsets: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    onsets[0] = True
    step = int(np.argmax(pitches > 0))  # silence before the first note stays: there is nothing to sing on from
    while step < len(pitches):
        stop = step
        while stop < len(pitches) and pitches[stop] == 0:
            stop += 1
        if 0 < stop - step <= REST_STEPS_SUNG_THROUGH:
            pitches[step:stop] = pitches[step - 1]
        elif stop > step:
            onsets[step] = True
        step = stop + 1
    return pitches, onsets


def _levels(meters: tuple[MeterMark, ...], origin: Fraction, steps: int) -> NDArray[np.int64]:
    marks = list(meters) or [MeterMark(at=Fraction(0), numerator=4, denominator=4)]
    # Bars before the first mark are counted back from it: they hold the pickup.
    bars_before = max(0, -int(-(marks[0].at - origin) // marks[0].bar))
    at = marks[0].at - bars_before * marks[0].bar
    bars: list[tuple[int, int]] = []
    last = origin + Fraction(steps, STEPS_PER_QUARTER)
    while at < last:
        index = max(0, bisect_right([mark.at for mark in marks], at) - 1)
        ahead = marks[index + 1].at if index + 1 < len(marks) else last
        stop = min(at + marks[index].bar, ahead) if ahead > at else at + marks[index].bar
        if stop > origin:
            start_step = round((at - origin) * STEPS_PER_QUARTER)
            bars.append((start_step, round((stop - origin) * STEPS_PER_QUARTER) - start_step))
        at = stop
    return beat_levels(bars, steps)


def _may_move(notes: list[Note], origin: Fraction, steps: int) -> NDArray[np.bool_]:
    may_move = np.ones(steps, np.bool_)
    for note in notes:
        place = (note.onset - origin) * STEPS_PER_QUARTER
        if place.denominator != 1:
            beat = int((note.onset - origin) // 1) * STEPS_PER_QUARTER
            may_move[beat + 1 : beat + STEPS_PER_QUARTER] = False
    return may_move
