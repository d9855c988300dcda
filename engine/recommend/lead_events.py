"""A lead melody as events on a grid of sixteenths, and what a network is told before it chooses the next one.

An event is a pitch, or a rest, and how many sixteenths it lasts. Everything is told relative to the key: the melody and
its chords are moved so that the tonic of a major key, or the relative major of a minor one, is C.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

STEPS_PER_QUARTER: Final = 4
REST: Final = 0
PITCH_LOW: Final = 48  # token 1
PITCHES: Final = 37
TOKENS: Final = PITCHES + 1
NOTHING: Final = TOKENS  # before the first event
STEPS_MAX: Final = 16  # an event lasts at most so long
LOOKBACK_BARS: Final = (1, 2, 4)
PLACES: Final = 24  # sixteenths in the longest bar that is told apart
NO_ROOT: Final = 12
_PHRASE_BARS: Final = 8

_EVENT: Final = (("token", TOKENS + 1), ("steps", STEPS_MAX + 1))

# What is told, in order, and how many values each can take; the tones of both chords follow as 24 yes or no.
FIELDS: Final[tuple[tuple[str, int], ...]] = (
    ("token before", TOKENS + 1),
    ("its steps", STEPS_MAX + 1),
    ("last pitch", TOKENS + 1),
    ("place in the bar", PLACES),
    ("bar of the phrase", _PHRASE_BARS),
    ("root", NO_ROOT + 1),
    ("next root", NO_ROOT + 1),
    ("steps to the next chord", STEPS_MAX + 1),
    ("minor", 2),
    *((f"{what} {bars} bars ago", size) for bars in LOOKBACK_BARS for what, size in _EVENT),
)  # fmt: skip
TONES: Final = 12


@dataclass(frozen=True, slots=True)
class Event:
    """`token` is `REST` or pitch - PITCH_LOW + 1; it begins at `step` and lasts `steps` sixteenths."""

    step: int
    token: int
    steps: int


@dataclass(frozen=True, slots=True)
class Harmony:
    """A chord from `step` on: root 0..11 or `NO_ROOT`, and its pitch classes, relative to the key."""

    step: int
    root: int
    tones: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a melody is written over.

    harmonies : in order of step, the first at or before every event
    bar_steps : sixteenths in a bar; step 0 is a bar line
    phrase_step : where the phrase begins
    """

    harmonies: tuple[Harmony, ...]
    bar_steps: int
    is_minor: bool
    phrase_step: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """One event's context: `fields` as in `FIELDS`, the chords now and next, and what sounded some bars ago.

    past : (token, steps) for each of `LOOKBACK_BARS`; steps is 0 where the note was already sounding
    """

    fields: tuple[int, ...]
    now: Harmony
    following: Harmony
    last_pitch: int
    past: tuple[tuple[int, int], ...]


class Listener:
    """Follows a melody and tells the context of the next event."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._starts = [harmony.step for harmony in setting.harmonies]
        self._events: list[Event] = []
        self._steps: list[int] = []  # where each event begins
        self._last_pitch = NOTHING

    def heard(self, event: Event) -> None:
        """Take in the event that follows."""
        self._events.append(event)
        self._steps.append(event.step)
        if event.token != REST:
            self._last_pitch = event.token

    def tell(self, step: int) -> Told:
        """The context of an event at `step`."""
        setting = self._setting
        index = max(bisect_right(self._starts, step) - 1, 0)
        now = setting.harmonies[index]
        following = setting.harmonies[min(index + 1, len(self._starts) - 1)]
        ahead = min(max(following.step - step, 0), STEPS_MAX)
        before = self._events[-1] if self._events else Event(0, NOTHING, 0)
        past = tuple(self._ago(step, bars * setting.bar_steps) for bars in LOOKBACK_BARS)
        fields = (
            before.token,
            min(before.steps, STEPS_MAX),
            self._last_pitch,
            min(step % setting.bar_steps, PLACES - 1),
            (step - setting.phrase_step) // setting.bar_steps % _PHRASE_BARS,
            now.root,
            following.root,
            ahead,
            int(setting.is_minor),
            *(value for pair in past for value in pair),
        )
        return Told(fields, now, following, self._last_pitch, past)

    def _ago(self, step: int, lag: int) -> tuple[int, int]:
        index = bisect_right(self._steps, step - lag) - 1
        if index < 0:
            return NOTHING, 0
        event = self._events[index]
        if event.step + event.steps <= step - lag:
            return NOTHING, 0
        return event.token, min(event.steps, STEPS_MAX) if event.step == step - lag else 0


def contexts(events: Sequence[Event], setting: Setting) -> Iterator[Told]:
    """The context of each event of a whole melody."""
    listener = Listener(setting)
    for event in events:
        yield listener.tell(event.step)
        listener.heard(event)


def token_of(pitch_midi: int) -> int:
    """Token of a pitch, moved by octaves into the range there is."""
    while pitch_midi < PITCH_LOW:
        pitch_midi += 12
    while pitch_midi >= PITCH_LOW + PITCHES:
        pitch_midi -= 12
    return pitch_midi - PITCH_LOW + 1


def pitch_of(token: int) -> int:
    """MIDI number of a token that is no rest."""
    return token + PITCH_LOW - 1


def shift_of_key(tonic: int, *, is_minor: bool) -> int:
    """Semitones, -6..5, that move a key to C major or A minor."""
    return (-(tonic + 3 * is_minor) + 6) % 12 - 6
