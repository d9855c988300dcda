"""A score as its player sees it: who leads and who accompanies, and where each note stands in its bar."""

from collections import Counter
from fractions import Fraction
from statistics import fmean
from typing import Final

import numpy as np

from engine.errors import LimitExceededError, OutOfRangeError
from engine.recommend.performance_features import ACCOMPANIMENT, BRIDGE, MELODY, Written
from engine.score import MeterMark, Note, Part, Score

NOTES_MAX: Final = 50_000
LINE_SHARE: Final = 0.8  # of a line's onsets, at least so many have one note
BASS_BELOW: Final = 52.0  # a line whose mean pitch is lower accompanies
_NAMES: Final = (
    (MELODY, ("melody", "vocal", "voice", "lead", "soprano")),
    (BRIDGE, ("bridge", "counter")),
    (ACCOMPANIMENT, ("piano", "chord", "bass", "pad", "accomp")),
)

Place = tuple[int, int]  # part, note


def roles(score: Score) -> dict[int, int]:
    """Role of each part that has pitched notes: by its name, else lines lead, the highest of them first."""
    found, lines = {}, []
    for index, part in enumerate(score.parts):
        if part.is_drums or not part.notes:
            continue
        named = [role for role, words in _NAMES if any(word in part.name.lower() for word in words)]
        if named:
            found[index] = named[0]
        elif _is_line(part) and _height(part) >= BASS_BELOW:
            lines.append(index)
        else:
            found[index] = ACCOMPANIMENT
    lines.sort(key=lambda index: -_height(score.parts[index]))
    for index in lines:
        found[index] = BRIDGE if MELODY in found.values() else MELODY
    return found


def _is_line(part: Part) -> bool:
    together = Counter(note.onset for note in part.notes)
    return sum(count == 1 for count in together.values()) >= LINE_SHARE * len(together)


def _height(part: Part) -> float:
    return fmean(note.pitch_midi for note in part.notes)


def written(score: Score) -> tuple[Written, list[Place]]:
    """The pitched notes of a score for the network, and the part and index of each.

    Raises
    ------
    OutOfRangeError
        If there is no pitched note.
    LimitExceededError
        If there are more than 50,000.
    """
    role_of = roles(score)
    places = [(part, index) for part in role_of for index in range(len(score.parts[part].notes))]
    if not places:
        raise OutOfRangeError("there is no pitched note to perform")
    if len(places) > NOTES_MAX:
        raise LimitExceededError(f"there are {len(places)} notes; at most {NOTES_MAX} can be performed at once")
    places.sort(key=lambda place: (_note(score, place).onset, _note(score, place).pitch_midi))
    notes = [_note(score, place) for place in places]
    bars = [_bar_of(lines, note.onset) for lines in [_bar_lines(score)] for note in notes]
    first = bars[0][0]
    return Written(
        onset=np.array([float(note.onset) for note in notes]),
        duration=np.array([float(note.duration) for note in notes]),
        pitch=np.array([note.pitch_midi for note in notes]),
        role=np.array([role_of[part] for part, _ in places]),
        bar=np.array([bar - first for bar, _ in bars]),
        place=np.array([place for _, place in bars]),
        bpm=_bpm(score),
    ), places


def _note(score: Score, place: Place) -> Note:
    return score.parts[place[0]].notes[place[1]]


def _bpm(score: Score) -> float:
    seconds = score.clock().seconds(score.end)
    return float(score.end) * 60 / seconds if seconds > 0 else 120.0


def _bar_lines(score: Score) -> list[tuple[Fraction, Fraction, int]]:
    """(where a run of equal bars starts, how long each is, how many bars came before), in order."""
    marks = list(score.meters) or [MeterMark(at=Fraction(0), numerator=4, denominator=4)]
    if marks[0].at > 0:
        marks.insert(0, MeterMark(at=Fraction(0), numerator=4, denominator=4))
    runs: list[tuple[Fraction, Fraction, int]] = []
    bars = 0
    for index, mark in enumerate(marks):
        # A meter of one or two quarters, as some programs write, is felt in bars of four.
        length = mark.bar if mark.bar > 2 else mark.bar * -int(-4 // mark.bar)
        runs.append((mark.at, length, bars))
        if index + 1 < len(marks):
            bars += -int(-(marks[index + 1].at - mark.at) // length)
    return runs


def _bar_of(runs: list[tuple[Fraction, Fraction, int]], onset: Fraction) -> tuple[int, float]:
    """Index of the bar and the place in it, 0 <= place < 1."""
    start, length, before = next(run for run in reversed(runs) if run[0] <= onset)
    bars, rest = divmod(onset - start, length)
    return before + int(bars), float(rest / length)
