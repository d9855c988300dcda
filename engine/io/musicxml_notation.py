"""How notes are written down: bars, note values, spelling."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final, TypeAlias

from engine.io import limits
from engine.score import KeyMark, MeterMark, Mode, Score

# Step and alteration of each pitch class.
Spelling: TypeAlias = tuple[tuple[str, int], ...]

_TYPES: Final = (
    ("breve", Fraction(8)), ("whole", Fraction(4)), ("half", Fraction(2)), ("quarter", Fraction(1)),
    ("eighth", Fraction(1, 2)), ("16th", Fraction(1, 4)), ("32nd", Fraction(1, 8)), ("64th", Fraction(1, 16)),
    ("128th", Fraction(1, 32)),
)  # fmt: skip
_LEAST: Final = Fraction(1, 32)
_LINE_OF_FIFTHS: Final = "FCGDAEB"
_COMMON: Final = MeterMark(at=Fraction(0), numerator=4, denominator=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One bar; `new_meter` and `fifths` are set where they begin."""

    start: Fraction
    length: Fraction
    new_meter: tuple[int, int] | None = None
    fifths: int | None = None
    mode: Mode = "major"

    @property
    def end(self) -> Fraction:
        """Where the next bar begins."""
        return self.start + self.length


def measures_of(score: Score) -> list[Measure]:
    """Bars from 0 to the end of the score; a change of meter inside a bar ends that bar early.

    Raises
    ------
    LimitExceededError
        If there would be too many.
    """
    marks = sorted(score.meters, key=lambda mark: mark.at)
    if not marks or marks[0].at > 0:
        marks.insert(0, _COMMON)
    last = max((note.onset for note in score.notes()), default=Fraction(0))
    times = [mark.at for mark in score.tempos] + [mark.at for mark in score.keys]
    end = max(score.end, max([last, *times]) + _LEAST)
    measures: list[Measure] = []
    for mark, stop in zip(marks, [mark.at for mark in marks[1:]] + [end], strict=True):
        limits.check_count(len(measures) + int((stop - mark.at) / mark.bar), limits.MEASURES_MAX, "measures")
        start = mark.at
        while start < min(stop, end):
            length = mark.bar if mark is marks[-1] else min(mark.bar, stop - start)
            meter = (mark.numerator, mark.denominator) if start == mark.at else None
            measures.append(Measure(start=start, length=length, new_meter=meter))
            start += length
    return _with_keys(measures, score.keys)


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
            measure = Measure(
                start=measure.start,
                length=measure.length,
                new_meter=measure.new_meter,
                fifths=current.fifths,
                mode=current.mode,
            )
            written = current
        found.append(measure)
    return found


@lru_cache(maxsize=4096)
def pieces_of(duration: Fraction) -> tuple[Fraction, ...]:
    """`duration` as note values to be tied, the longest first; one piece where no sum of values fits."""
    if _value(duration) is not None or duration.denominator not in (1, 2, 4, 8, 16, 32) or duration > 64:
        return (duration,)
    pieces, rest = [], duration
    while rest:
        length = max(value for value in _plain_values() if value <= rest)
        pieces.append(length)
        rest -= length
    return tuple(pieces)


@lru_cache(maxsize=4096)
def value_of(duration: Fraction) -> str:
    """Type, dots and tuplet of a note value as MusicXML; empty where there is no such value."""
    found = _value(duration)
    if found is None:
        return ""
    name, dots, is_triplet = found
    tuplet = "<actual-notes>3</actual-notes><normal-notes>2</normal-notes>"
    return (
        f"<type>{name}</type>{'<dot/>' * dots}"
        f"{f'<time-modification>{tuplet}</time-modification>' if is_triplet else ''}"
    )


def _value(duration: Fraction) -> tuple[str, int, bool] | None:
    for is_triplet in (False, True):
        written = duration * Fraction(3, 2) if is_triplet else duration
        for name, length in _TYPES:
            for dots in (0, 1, 2):
                if written == length * (2 - Fraction(1, 2**dots)) and not (dots and is_triplet):
                    return name, dots, is_triplet
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
