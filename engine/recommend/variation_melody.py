"""A given melody on the grid of sixteenths, with the notes it stands on, ready to be ornamented."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Final

from engine.errors import LimitExceededError, OutOfRangeError
from engine.io import progression
from engine.recommend.lead_chords import BEFORE_ALL, Symbols, bar_steps_of, key_of, setting_of
from engine.recommend.lead_events import (
    NO_ROOT,
    PITCH_LOW,
    PITCHES,
    REST,
    STEPS_PER_QUARTER,
    Event,
    Harmony,
    Setting,
    shift_of_key,
)
from engine.recommend.melody_grid import single_line
from engine.recommend.skeleton import Span, joined, spans, structural
from engine.score import Note, Score

STEPS_LONGEST: Final = 4096  # 256 bars of 4/4
OCTAVE: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A melody to be varied.

    score : what it came in; part : the index of the melody's part
    shift : semitones that were added to bring it into the network's key and range
    events : the melody on the grid, short rests joined to the note before; firsts : which of them are structural
    spans : from each structural note to the next; notes : of each step with a note, the notes as they came
    """

    score: Score
    part: int
    shift: int
    setting: Setting
    chords: Symbols
    events: tuple[Event, ...]
    firsts: tuple[bool, ...]
    spans: tuple[Span, ...]
    notes: dict[int, tuple[Note, ...]]

    def within(self, span: Span) -> list[Note]:
        """The notes the melody has in a span."""
        stop = span.first.step + span.steps
        return [note for step in sorted(self.notes) if span.first.step <= step < stop for note in self.notes[step]]

    def is_free(self, span: Span) -> bool:
        """Whether a span lies on the grid; the others (triplets, played time) stay as they came."""
        notes = self.within(span)
        after = self.notes.get(span.first.step + span.steps, ())
        return all((note.onset * STEPS_PER_QUARTER).denominator == 1 for note in (*notes, *after[:1]))


def read(score: Score, *, keep: str) -> Source:
    """The melody of `score`, reduced to the notes it stands on.

    The chords are those of a part that plays chords beside the melody; without one, none are known.

    Raises
    ------
    NotAMelodyError
        If there is no note, or two sound at once in the part that is to be varied.
    LimitExceededError
        If the melody is longer than 4,096 sixteenths.
    OutOfRangeError
        If it spans more than three octaves, or the meter is not one of up to six quarters.
    """
    chorded = progression.chord_part(score)
    chord_index = next((i for i, part in enumerate(score.parts) if part is chorded), None)
    others = [i for i, part in enumerate(score.parts) if part.notes and i != chord_index and not part.is_drums]
    with_chords = chorded is not None and len(others) == 1
    line = single_line(replace(score, parts=(score.parts[others[0]],)) if with_chords else score)
    part = others[0] if with_chords else next(i for i, each in enumerate(score.parts) if each.notes)
    steps = [round(note.onset * STEPS_PER_QUARTER) for note in line]
    if steps[-1] > STEPS_LONGEST:
        raise LimitExceededError(f"the melody ends at sixteenth {steps[-1]}; at most {STEPS_LONGEST} can be varied")
    setting, chords, key_shift = _setting(score, with_chords)
    shift = key_shift + _octaves([note.pitch_midi + key_shift for note in line])
    at: dict[int, tuple[Note, ...]] = {}
    for step, note in zip(steps, line, strict=True):
        at[step] = (*at.get(step, ()), note)
    events = joined(_events(at, shift))
    firsts = structural(events, bar_steps=setting.bar_steps, keep=keep)
    return Source(
        score=score,
        part=part,
        shift=shift,
        setting=setting,
        chords=chords,
        events=tuple(events),
        firsts=tuple(firsts),
        spans=tuple(spans(events, firsts)),
        notes=at,
    )


def _setting(score: Score, with_chords: bool) -> tuple[Setting, Symbols, int]:
    if with_chords:
        part = progression.chord_part(score)
        chords = tuple(progression.named(replace(score, parts=(part,) if part else ())))
        setting, shift = setting_of(score, chords)
        return setting, chords, shift
    tonic, is_minor = key_of(score)
    silence = (Harmony(BEFORE_ALL, NO_ROOT, frozenset()),)
    setting = Setting(harmonies=silence, bar_steps=bar_steps_of(score), is_minor=is_minor)
    return setting, (), shift_of_key(tonic, is_minor=is_minor)


def _octaves(pitches: Sequence[int]) -> int:
    """Octaves, in semitones, that bring the pitches into the network's range."""
    low, high = PITCH_LOW, PITCH_LOW + PITCHES - 1
    fitting = [12 * k for k in range(-7, 8) if low <= min(pitches) + 12 * k and max(pitches) + 12 * k <= high]
    if not fitting:
        raise OutOfRangeError(f"the melody spans {max(pitches) - min(pitches)} semitones; 25 always fit, 36 at most")
    return min(fitting, key=abs)


def _events(at: dict[int, tuple[Note, ...]], shift: int) -> list[Event]:
    order = sorted(at)
    found: list[Event] = []
    if order[0] > 0:
        found.append(Event(0, REST, order[0]))
    for step, after in pairwise([*order, 1 << 20]):
        note = at[step][-1]
        end = max(round(note.offset * STEPS_PER_QUARTER), step + 1)
        steps = min(end, after) - step
        found.append(Event(step, note.pitch_midi + shift - PITCH_LOW + 1, steps))
        if step + steps < after < 1 << 20:
            found.append(Event(step + steps, REST, after - step - steps))
    return found


def placed(step: int) -> Fraction:
    """Where a step lies, quarter notes."""
    return Fraction(step, STEPS_PER_QUARTER)
