"""How well known melodies sing over given chords, beside those that the model writes."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import fmean
from typing import Final

import numpy as np

from engine.analysis.statistics import melody_notes
from engine.arrays import Floats
from engine.errors import EngineError
from engine.recommend.capability import Value
from engine.recommend.lead_chords import chords_of, key_of, setting_of
from engine.recommend.lead_events import (
    REST,
    STEPS_MAX,
    STEPS_PER_QUARTER,
    Event,
    Setting,
    contexts,
    pitch_of,
    shift_of_key,
    token_of,
)
from engine.recommend.lead_network import indices
from engine.recommend.melody_stream import load
from engine.recommend.ranking import Fit, Passage, first_bar, moved_words
from engine.score import Score

CONSIDERED_EVENTS: Final = 128
NOTES_MIN: Final = 6
"""Fewer notes over the chords are no melody."""
_MIDDLE: Final = 66  # F#4: known melodies are moved by octaves until they lie around it
_OCTAVE: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Sung:
    """A note of a line: quarter notes, MIDI pitch."""

    onset: Fraction
    offset: Fraction
    pitch: int


def measure(given: Score, passages: Sequence[Passage], values: Mapping[str, Value]) -> list[Fit]:
    """1000 ln P of a note or rest, its pitch and its length, over the first 128 of a melody.

    Known melodies begin with the bar of their first note on the first bar of the chords, moved by key and octave, and
    are cut where the chords end; those with fewer than 6 notes there are left out.

    Raises
    ------
    OutOfRangeError
        If no chord can be named, or the meter cannot be written in.
    """
    setting, shift = setting_of(given, chords_of(given))
    fits = (_fit(one, setting, shift, given.end) for one in passages)
    return [fit for fit in fits if fit is not None]


def _fit(one: Passage, setting: Setting, shift: int, end: Fraction) -> Fit | None:
    try:
        line, moved = _line(one, shift)
    except EngineError:
        return None
    events = events_of(line, shift + moved, end)[:CONSIDERED_EVENTS]
    if sum(event.token != REST for event in events) < NOTES_MIN:
        return None
    words = () if one.is_drawn else (*_words(events, setting), moved_words(moved))
    milli = round(1000 * log_likelihood(events, setting) / len(events))
    return Fit(id=one.id, per_event_milli=milli, events=len(events), semitones=moved, words=words)


def _line(one: Passage, shift: int) -> tuple[list[Sung], int]:
    """Its notes from the first bar line on, and the semitones that bring them into the key of the chords."""
    if one.is_drawn:  # the melody is the first part, above the chords
        return top_line(Score(parts=one.score.parts[:1])), 0
    start = first_bar(one.score)
    line = [Sung(onset=n.onset - start, offset=n.offset - start, pitch=n.pitch) for n in top_line(one.score)]
    if not line:
        return [], 0
    tonic, is_minor = key_of(one.score)
    moved = shift_of_key(tonic, is_minor=is_minor) - shift
    middle = fmean(note.pitch for note in line) + moved + shift
    moved += _OCTAVE * round((_MIDDLE - middle) / _OCTAVE)
    return line, moved


def top_line(score: Score) -> list[Sung]:
    """The line that a listener follows, one note at a time."""
    onsets = melody_notes(score)
    ends: dict[tuple[Fraction, int], Fraction] = {}
    for note in score.notes():
        place = (note.onset, note.pitch_midi)
        ends[place] = max(note.offset, ends.get(place, note.onset))
    following = [onset for onset, _ in onsets[1:]] + [score.end]
    return [
        Sung(onset=onset, offset=min(ends[onset, pitch], until), pitch=pitch)
        for (onset, pitch), until in zip(onsets, following, strict=True)
    ]


def events_of(line: Sequence[Sung], shift: int, end: Fraction) -> list[Event]:
    """The line on the grid of sixteenths, silence between its notes as rests, cut at `end` quarter notes."""
    found: list[Event] = []
    at = 0
    for note in line:
        step = round(note.onset * STEPS_PER_QUARTER)
        steps = min(max(round(note.offset * STEPS_PER_QUARTER) - step, 1), STEPS_MAX)
        if step < at or step >= end * STEPS_PER_QUARTER:
            continue  # two notes on one sixteenth: the first is sung
        while at < step:
            found.append(Event(at, REST, min(step - at, STEPS_MAX)))
            at += found[-1].steps
        found.append(Event(step, token_of(note.pitch + shift), steps))
        at = step + steps
    return found


def log_likelihood(events: Sequence[Event], setting: Setting) -> float:
    """ln P of the events' pitches and lengths under the network, as it was trained: nothing is pulled or ruled out."""
    judge = load()
    memory, nats = judge.first_memory(), 0.0
    for event, told in zip(events, contexts(events, setting), strict=True):
        memory = judge.remember(indices(told), memory)
        nats += _log_chance(judge.pitch_logits(memory, told), event.token)
        nats += _log_chance(judge.steps_logits(memory, told, event.token), event.steps - 1)
    return nats


def _log_chance(logits: Floats, index: int) -> float:
    likely = logits.astype(np.float64) - float(logits.max())
    return float(likely[index] - np.log(np.exp(likely).sum()))


def _words(events: Sequence[Event], setting: Setting) -> tuple[str, ...]:
    """How many of its notes on beats are tones of the chord below."""
    starts = [harmony.step for harmony in setting.harmonies]
    on_beat = [event for event in events if event.token != REST and event.step % STEPS_PER_QUARTER == 0]
    inside = sum(
        pitch_of(event.token) % 12 in setting.harmonies[bisect_right(starts, event.step) - 1].tones for event in on_beat
    )
    return (f"{inside} of its {len(on_beat)} notes on beats are tones of your chords.",) if on_beat else ()
