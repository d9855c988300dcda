"""How notes are written down: bars, note values, spelling."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Final, TypeAlias

from engine.errors import LimitExceededError
from engine.io import limits
from engine.score import KeyMark, MeterMark, Mode, Note, Part, Score

# Step and alteration of each pitch class.
Spelling: TypeAlias = tuple[tuple[str, int], ...]

_TYPES: Final = (
    ("long", Fraction(16)), ("breve", Fraction(8)), ("whole", Fraction(4)), ("half", Fraction(2)),
    ("quarter", Fraction(1)), ("eighth", Fraction(1, 2)), ("16th", Fraction(1, 4)), ("32nd", Fraction(1, 8)),
    ("64th", Fraction(1, 16)), ("128th", Fraction(1, 32)), ("256th", Fraction(1, 64)),
)  # fmt: skip
# How a controller movement stands in a `sound` element, as "64 127"; the standard leaves such types to programs.
CONTROL_TYPE: Final = "midi-control"
_LEAST: Final = Fraction(1, 32)
_LINE_OF_FIFTHS: Final = "FCGDAEB"
_COMMON: Final = MeterMark(at=Fraction(0), numerator=4, denominator=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One bar; `new_meter` and `fifths` are set where they begin; `nominal` is the length that the meter asks for."""

    start: Fraction
    length: Fraction
    nominal: Fraction = Fraction(4)
    new_meter: tuple[int, int] | None = None
    fifths: int | None = None
    mode: Mode = "major"

    @property
    def end(self) -> Fraction:
        """Where the next bar begins."""
        return self.start + self.length


def measures_of(score: Score) -> list[Measure]:
    """Bars from 0 to the end of the score: as drawn, then as the meter asks; a change of meter begins a bar.

    Raises
    ------
    LimitExceededError
        If there would be too many.
    """
    marks = sorted(score.meters, key=lambda mark: mark.at)
    if not marks or marks[0].at > 0:
        marks.insert(0, _COMMON)
    end = _end_of(score)
    drawn = sorted({*score.bars})
    measures: list[Measure] = []
    place = 0
    for mark, stop in zip(marks, [mark.at for mark in marks[1:]] + [end], strict=True):
        limits.check_count(len(measures) + int((stop - mark.at) / mark.bar), limits.MEASURES_MAX, "measures")
        start = mark.at
        while start < min(stop, end):
            while place < len(drawn) and drawn[place] <= start:
                place += 1
            limits.check_count(len(measures) + 1, limits.MEASURES_MAX, "measures")
            # The last drawn bar ends where its meter says, the bars before it where the next one begins.
            length = drawn[place] - start if place < len(drawn) else mark.bar
            length = length if mark is marks[-1] else min(length, stop - start)
            meter = (mark.numerator, mark.denominator) if start == mark.at else None
            measures.append(Measure(start=start, length=length, nominal=mark.bar, new_meter=meter))
            start += length
    return _with_keys(measures, score.keys)


def with_drawn_bars(score: Score, starts: Sequence[Fraction]) -> Score:
    """`score` with the bars that begin at `starts`, where they are not those of the meter alone."""
    drawn = tuple(sorted({at for at in starts if at > 0}))
    end = _end_of(score)
    try:
        regular = {measure.start for measure in measures_of(score)}
    except LimitExceededError:
        return replace(score, bars=drawn)
    if {at for at in drawn if at < end} == regular - {0}:
        return score
    return replace(score, bars=drawn)


def _end_of(score: Score) -> Fraction:
    times = [mark.at for mark in score.tempos] + [mark.at for mark in score.keys]
    times += [control.at for part in score.parts for control in part.controls[-1:]]
    offsets = (note.offset for note in score.written_notes())
    last = max((note.onset for note in score.written_notes()), default=Fraction(0))
    return max(max(offsets, default=Fraction(0)), max([last, *times]) + _LEAST)


def _with_keys(measures: list[Measure], keys: Sequence[KeyMark]) -> list[Measure]:
    """Key signatures at the bars in which they begin; C major where none is given at the start."""
    found: list[Measure] = []
    index, current = 0, KeyMark(at=Fraction(0), fifths=0)
    written: KeyMark | None = None
    ordered = sorted(keys, key=lambda mark: mark.at)
    for measure in measures:
        while index < len(ordered) and ordered[index].at < measure.end:
            current = ordered[index]
            index += 1
        changed = written is None or (current.fifths, current.mode) != (written.fifths, written.mode)
        if changed:
            measure = replace(measure, fifths=current.fifths, mode=current.mode)
            written = current
        found.append(measure)
    return found


@lru_cache(maxsize=4096)
def pieces_of(duration: Fraction) -> tuple[Fraction, ...]:
    """`duration` as note values to be tied, the longest first; one piece where no sum of values fits."""
    if _value(duration) is not None or duration.denominator not in (1, 2, 4, 8, 16, 32, 64) or duration > 64:
        return (duration,)
    pieces, rest = [], duration
    while rest:
        length = max(value for value in _plain_values() if value <= rest)
        pieces.append(length)
        rest -= length
    return tuple(pieces)


@lru_cache(maxsize=4096)
def value_of(duration: Fraction) -> tuple[str, str]:
    """Type and dots of a note value as MusicXML, and its tuplet; empty where there is no such value."""
    found = _value(duration)
    if found is None:
        return "", ""
    name, dots, actual = found
    if actual == 1:
        return f"<type>{name}</type>{'<dot/>' * dots}", ""
    normal = 1 << actual.bit_length() - 1
    tuplet = f"<actual-notes>{actual}</actual-notes><normal-notes>{normal}</normal-notes>"
    return f"<type>{name}</type>{'<dot/>' * dots}", f"<time-modification>{tuplet}</time-modification>"


def _value(duration: Fraction) -> tuple[str, int, int] | None:
    """Name, dots, and how many notes of the tuplet stand in the place of the next lower power of two (1: none)."""
    for actual in (1, 3, 5, 7, 9, 11, 13):
        written = duration * Fraction(actual, 1 << actual.bit_length() - 1)
        for name, length in _TYPES:
            for dots in (0, 1, 2) if actual == 1 else (0, 1):
                if written == length * (2 - Fraction(1, 2**dots)):
                    return name, dots, actual
    return None


@lru_cache(maxsize=1)
def _plain_values() -> tuple[Fraction, ...]:
    return tuple(length * (2 - Fraction(1, 2**dots)) for _, length in _TYPES for dots in (0, 1))


@lru_cache(maxsize=16)
def spell(fifths: int) -> Spelling:
    """How each pitch class is written under a key signature: its own notes, else the nearest on the line of fifths."""
    spelled = []
    for pitch_class in range(12):
        # Place on the line of fifths, F is 0; the twelve places around the key begin a third below its tonic.
        place = (pitch_class * 7 + 1 - (fifths - 2)) % 12 + fifths - 2
        spelled.append((_LINE_OF_FIFTHS[place % 7], place // 7))
    return tuple(spelled)


def spelled_by_key(pitch_midi: int, fifths: int) -> tuple[str, int, int]:
    """Step, alteration and octave of a key's usual spelling; MusicXML's octaves are 0 to 9."""
    step, alter = spell(fifths)[pitch_midi % 12]
    octave = (pitch_midi - alter) // 12 - 1
    if octave < 0:
        return "C", pitch_midi - 12, 0  # what lies outside is spelled at the edge with more accidentals
    return (step, alter, octave) if octave <= 9 else ("B", pitch_midi - 131, 9)


def drum_display(pitch_midi: int) -> str:
    """Where a drum's note stands if the source does not say: the line of its key."""
    return f"x{spell(0)[pitch_midi % 12][0]}{min(max(pitch_midi // 12 - 1, 0), 9)}"


def without_usual_spellings(score: Score) -> Score:
    """`score`, the spelling kept only where a note is written otherwise than its key suggests."""
    places = [mark.at for mark in score.keys]

    def plain(note: Note, is_drums: bool) -> Note:
        index = bisect_right(places, note.onset) - 1
        step, alter, octave = spelled_by_key(note.pitch_midi, score.keys[index].fifths if index >= 0 else 0)
        usual = drum_display(note.pitch_midi) if is_drums else f"{step}{'#' * alter or 'b' * -alter}{octave}"
        return replace(note, spelling="") if note.spelling == usual else note

    def plain_part(part: Part) -> Part:
        notes, cues, beyond = (
            tuple(plain(note, part.is_drums) for note in group) for group in (part.notes, part.cues, part.beyond)
        )
        return replace(part, notes=notes, cues=cues, beyond=beyond)

    return replace(score, parts=tuple(map(plain_part, score.parts)))
