"""POP909's melodies as events over their chords: stretches of singing, relative to the key."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.recommend.lead_events import (
    NO_ROOT,
    REST,
    STEPS_MAX,
    STEPS_PER_QUARTER,
    Event,
    Harmony,
    Setting,
    shift_of_key,
    token_of,
)
from engine.training.pop909 import NO_ROOT as NO_CHORD
from engine.training.pop909 import TONES, Song

PAUSE_STEPS: Final = 32  # a rest so long ends a stretch
NOTES_MIN: Final = 8  # of a stretch


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretch:
    """A stretch of one song's melody; step 0 is the bar line at or before its first note.

    number : of the song; beat : of the song at step 0; shift : semitones that were added to bring the key to C
    """

    number: str
    beat: float
    shift: int
    setting: Setting
    events: tuple[Event, ...]

    @property
    def stop(self) -> int:
        """The step after the last event."""
        return self.events[-1].step + self.events[-1].steps


def stretches(songs: Iterable[Song]) -> list[Stretch]:
    """Every stretch of every song, in order."""
    return [stretch for song in songs for stretch in _of_song(song)]


def _of_song(song: Song) -> list[Stretch]:
    notes = _line(song)
    found, first = [], 0
    for index in range(1, len(notes) + 1):
        if index == len(notes) or notes[index][0] - notes[index - 1][0] - notes[index - 1][2] >= PAUSE_STEPS:
            if index - first >= NOTES_MIN:
                found.append(_stretch(song, notes[first:index]))
            first = index
    return found


def _line(song: Song) -> list[tuple[int, int, int]]:
    """(step from the first beat, pitch, steps), one note at a time; of notes that meet on a step the highest stays."""
    top: dict[int, tuple[int, int]] = {}
    for onset, duration, pitch, _ in song.melody:
        step, steps = round(onset * STEPS_PER_QUARTER), max(round(duration * STEPS_PER_QUARTER), 1)
        if step >= 0 and (step not in top or top[step][0] < pitch):
            top[step] = (int(pitch), steps)
    order = sorted(top)
    found = []
    for step, after in zip(order, [*order[1:], order[-1] + PAUSE_STEPS * 2] if order else [], strict=True):
        pitch, steps = top[step]
        gap = after - step - steps
        # A gap of a sixteenth is how a singer breathes or a player lifts, not a rest that is written.
        found.append((step, pitch, after - step if gap <= 1 else steps))
    return found


def _stretch(song: Song, notes: Sequence[tuple[int, int, int]]) -> Stretch:
    lines = np.flatnonzero(song.is_downbeat) * STEPS_PER_QUARTER
    before = lines[lines <= notes[0][0]]
    bar_steps = song.beats_per_bar * STEPS_PER_QUARTER
    origin = (
        int(before[-1]) if len(before) else int(lines[0]) - bar_steps * -(-(int(lines[0]) - notes[0][0]) // bar_steps)
    )
    beat = origin / STEPS_PER_QUARTER
    key = [key for key in song.keys if key.start <= beat][-1:] or [song.keys[0]]
    shift = shift_of_key(key[0].tonic, is_minor=key[0].is_minor)
    return Stretch(
        number=song.number,
        beat=beat,
        shift=shift,
        setting=Setting(harmonies=_harmonies(song, origin, shift), bar_steps=bar_steps, is_minor=key[0].is_minor),
        events=tuple(_events(notes, origin, shift)),
    )


def _harmonies(song: Song, origin: int, shift: int) -> tuple[Harmony, ...]:
    found = [Harmony(-1 << 20, NO_ROOT, frozenset())]
    for chord in song.chords:
        root = NO_ROOT if chord.root == NO_CHORD else (chord.root + shift) % 12
        tones = frozenset((root + tone) % 12 for tone in TONES[chord.quality]) if root != NO_ROOT else frozenset[int]()
        if (found[-1].root, found[-1].tones) != (root, tones):
            found.append(Harmony(chord.start * STEPS_PER_QUARTER - origin, root, tones))
    return tuple(found)


def _events(notes: Sequence[tuple[int, int, int]], origin: int, shift: int) -> list[Event]:
    found: list[Event] = []
    at = 0
    for step, pitch, steps in notes:
        _rest(found, at, step - origin)
        held = min(steps, STEPS_MAX)
        found.append(Event(step - origin, token_of(pitch + shift), held))
        at = step - origin + held
    return found


def _rest(found: list[Event], at: int, until: int) -> None:
    while at < until:
        steps = min(until - at, STEPS_MAX)
        found.append(Event(at, REST, steps))
        at += steps
