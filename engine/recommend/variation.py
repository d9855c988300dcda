"""Variations of a melody: its structural notes stay where they are, and a network sings from one to the next.

How many notes come is asked for and kept: they are dealt out to the spans between structural notes before anything is
drawn, and each span is drawn to hold exactly its number.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np

from engine.arrays import Floats
from engine.recommend import knobs
from engine.recommend.capability import Capability, Knob, Proposal, Tell, Value, check_call, silent
from engine.recommend.chance import choose, normals
from engine.recommend.lead_events import (
    NO_ROOT,
    REST,
    STEPS_MAX,
    STEPS_PER_QUARTER,
    TOKENS,
    Event,
    Listener,
    Told,
    pitch_of,
)
from engine.recommend.lead_network import LeadNetwork, indices
from engine.recommend.skeleton import EXTRA, KEEPS, Span, extra_of
from engine.recommend.variation_melody import Source, placed, read
from engine.score import Note, Score, make_part
from engine.weights import tensors

MODEL: Final = "variation-1"
SCHEMA: Final = 1
PHRASE_END_SHARE: Final = 0.6  # the last note of a phrase is ornamented less
JITTER: Final = 0.35  # how unevenly notes are dealt out, nats
LEAP_MAX, REACH_MAX = 9, 12  # semitones from the note before, and from the structural note ahead
SOFTER: Final = 6  # velocity an ornament loses against its structural note
_PITCH, _STEPS, _DEAL = range(3)  # kinds of draws
_SCALE: Final = frozenset({0, 2, 4, 5, 7, 9, 11})

KNOBS: Final = (
    Knob(
        name="density_milli",
        words="Notes a beat",
        hint="How many notes are sung on average where the melody sings; structural notes count.",
        milli=True,
        least=500,
        most=4000,
        step=125,
        default=2000,
    ),
    Knob(
        name="keep",
        words="Keep",
        hint="Which notes cannot be touched, beside long ones and those where phrases begin and end.",
        choices=tuple(
            zip(KEEPS, ("Notes on the strong halves of bars", "Notes on every beat", "Every note"), strict=True)
        ),
        default="halves",
    ),
    knobs.temperature(name="temperature_milli", words="Surprise", least=300, most=1500, default=900),
)


def propose(
    given: Score, *, seed: int, count: int, values: Mapping[str, Value], tell: Tell = silent
) -> Iterator[Proposal]:
    """Variations of the melody in `given`; a part that plays chords beside it is heeded and kept.

    Raises
    ------
    OutOfRangeError
        If a value does not fit, or the melody is too wide; see `variation_melody.read` for what else is refused.
    NotAMelodyError
        If there is no melody, or two notes of it sound at once.

    Source: the task is MELONET's (D. Hörnel, "MELONET I: Neural Nets for Inventing Baroque-Style Chorale Variations",
    NIPS 1997); the model is our own, see its card.
    """
    check_call(seed=seed, count=count)
    chosen = CAPABILITY.read(values)
    source = read(given, keep=str(chosen["keep"]))
    for variant in range(count):
        tell(variant / count, f"variation {variant + 1}")
        yield _varied(source, chosen, seed, variant)
    tell(1.0, "done")


def _varied(source: Source, chosen: Mapping[str, Value], seed: int, variant: int) -> Proposal:
    asked = int(chosen["density_milli"]) / 1000
    counts = deal(source, asked, normals(len(source.spans), seed, variant, _DEAL))
    singer = _Singer(source, seed, variant, int(chosen["temperature_milli"]))
    notes: list[Note] = []
    around = iter(zip(source.spans, counts, strict=True))
    for event, first in zip(source.events, source.firsts, strict=True):
        if event.token == REST:
            singer.rest(event)
        elif first:
            span, count = next(around)
            notes += singer.span(span, count)
    part = source.score.parts[source.part]
    varied = make_part(notes, name=part.name, program=part.program, bank=part.bank, controls=part.controls)
    parts = tuple(varied if i == source.part else each for i, each in enumerate(source.score.parts))
    return Proposal(
        score=replace(source.score, parts=parts),
        chords=source.chords,
        log_likelihood_milli=round(1000 * singer.nats),
        remarks=_remarks(source, len(notes), asked),
    )


def beats_sung(source: Source) -> float:
    """Quarter notes in the spans of a melody: where it sings."""
    return sum(span.steps for span in source.spans) / STEPS_PER_QUARTER


def deal(source: Source, density: float, uneven: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[int]:
    """How many notes each span gets, so that all together are as near to `density` a beat as can be.

    uneven : (spans,) standard normal, what makes one variation rest where another runs
    """
    free = np.array([source.is_free(span) for span in source.spans])
    steps = np.array([span.steps for span in source.spans], np.float64)
    own = np.array([len(source.within(span)) for span in source.spans], np.float64)
    least, most = np.where(free, 1, own), np.where(free, steps, own)
    ends = np.array([span.after == REST for span in source.spans])
    weights = steps * np.where(ends, PHRASE_END_SHARE, 1.0) * np.exp(JITTER * uneven)
    total = float(np.clip(round(density * beats_sung(source)), least.sum(), most.sum()))
    low, high = 0.0, float(STEPS_PER_QUARTER * np.exp(8 * JITTER))
    for _ in range(50):
        scale = (low + high) / 2
        reached = np.clip(scale * weights, least, most).sum()
        low, high = (scale, high) if reached < total else (low, scale)
    shares = np.clip(high * weights, least, most)
    counts = np.floor(shares)
    # Whole notes first, then one more each where most was cut off.
    for index in np.argsort(-np.where(counts < most, shares - counts, -1.0), kind="stable"):
        if counts.sum() >= total:
            break
        counts[index] = min(counts[index] + 1, most[index])
    return [int(count) for count in counts]


class _Singer:
    """Walks through the melody, span after span, and remembers what was sung."""

    def __init__(self, source: Source, seed: int, variant: int, temperature_milli: int) -> None:
        self._source, self._seed, self._variant = source, seed, variant
        self._temperature_milli = temperature_milli
        self._listener = Listener(source.setting)
        self._network = _network()
        self._memory = self._network.first_memory()
        pitches = [pitch_of(event.token) for event in source.events if event.token != REST]
        self._lowest, self._highest = min(pitches) - 5, max(pitches) + 5
        self.nats = 0.0

    def rest(self, event: Event) -> None:
        """Take in a rest."""
        self._hear(event, extra_of(notes_left=0, steps_left=event.steps, after=REST, is_structural=False))

    def span(self, span: Span, count: int) -> list[Note]:
        """The notes of a span, the structural one first."""
        if not self._source.is_free(span):
            self._hear(span.first, _left(count, span.steps, span.after, is_first=True))
            return self._source.within(span)
        events, at, stop = list[Event](), span.first.step, span.first.step + span.steps
        for left in range(count, 0, -1):
            told = self._listener.tell(at)
            more = _left(left, stop - at, span.after, is_first=not events)
            self._remember(told, more)
            token = self._pitch(told, at, span) if events else span.first.token
            steps = self._steps(told, token, at, stop - at, left)
            events.append(Event(at, token, steps))
            self._listener.heard(events[-1])
            at += steps
        return self._notes(span, events)

    def _hear(self, event: Event, more: tuple[int, int, int, int]) -> None:
        self._remember(self._listener.tell(event.step), more)
        self._listener.heard(event)

    def _remember(self, told: Told, more: tuple[int, int, int, int]) -> None:
        self._memory = self._network.remember(indices(told, more, EXTRA), self._memory)

    def _pitch(self, told: Told, at: int, span: Span) -> int:
        logits = self._network.pitch_logits(self._memory, told)
        allowed = _allowed(told, at, span.after, self._lowest, self._highest)
        token, nats = choose(
            np.where(allowed, logits, -np.inf),
            *(self._seed, self._variant, at, _PITCH),
            temperature_milli=self._temperature_milli,
        )
        self.nats += nats
        return token

    def _steps(self, told: Told, token: int, at: int, left: int, notes: int) -> int:
        most = left - (notes - 1)
        if notes == 1 or most == 1:
            return left if notes == 1 else 1
        logits: Floats = self._network.steps_logits(self._memory, told, token)[: min(most, STEPS_MAX)]
        index, nats = choose(logits, self._seed, self._variant, at, _STEPS, temperature_milli=self._temperature_milli)
        self.nats += nats
        return index + 1

    def _notes(self, span: Span, events: list[Event]) -> list[Note]:
        first = self._source.notes[span.first.step][0]
        last = self._source.within(span)[-1]
        if len(events) == 1 and span.notes == 1:
            return [first]
        found = [replace(first, duration=placed(events[0].steps))]
        for event in events[1:]:
            found.append(
                Note(
                    onset=placed(event.step),
                    duration=placed(event.steps),
                    pitch_midi=pitch_of(event.token) - self._source.shift,
                    velocity=max(first.velocity - SOFTER, 1),
                )
            )
        # Where a phrase ends, it ends when it did.
        if span.after == REST and last.offset > found[-1].onset:
            found[-1] = replace(found[-1], duration=last.offset - found[-1].onset)
        return found


def _left(notes: int, steps: int, after: int, *, is_first: bool) -> tuple[int, int, int, int]:
    return extra_of(notes_left=notes, steps_left=steps, after=after, is_structural=is_first)


def _allowed(told: Told, at: int, after: int, lowest: int, highest: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(TOKENS,) bool: pitches an ornament may have: on a beat a tone of the chord, else one of the key or chord."""
    tokens = np.arange(TOKENS)
    pitches = tokens + pitch_of(0)
    near = (tokens > 0) & (pitches >= lowest) & (pitches <= highest) & (np.abs(tokens - told.last_pitch) <= LEAP_MAX)
    if after != REST:
        near &= np.abs(tokens - after) <= REACH_MAX
    tones = np.isin(pitches % 12, list(told.now.tones))
    inside = tones | np.isin(pitches % 12, list(_SCALE))
    if at % STEPS_PER_QUARTER == 0 and told.now.root != NO_ROOT:
        inside = tones
    for allowed in (near & inside, near):
        if allowed.any():
            return np.asarray(allowed)
    return np.asarray(tokens > 0)


def _remarks(source: Source, count: int, asked: float) -> tuple[str, ...]:
    got = count / beats_sung(source)
    kept = len(source.spans)
    found = [f"{kept} structural notes stay; {count} notes in all, {got:.2f} a beat where the melody sings."]
    if abs(got - asked) > 0.05 * asked:
        found.append(f"{asked:g} a beat were asked for: keep fewer notes, or other bars, to come nearer.")
    if not all(source.is_free(span) for span in source.spans):
        found.append("Notes off the grid of sixteenths stay as they came.")
    return tuple(found)


@cache
def _network() -> LeadNetwork:
    return LeadNetwork(tensors.read(MODEL))


CAPABILITY: Final = Capability(
    name="variation",
    title="Variations of a melody",
    words="Ornaments a melody: the notes it stands on stay in place, what leads from one to the next is new.",
    model=MODEL,
    weights_hash=lambda: tensors.hash_of(MODEL),
    schema=SCHEMA,
    takes="melody",
    propose=propose,
    knobs=KNOBS,
    ending="varied",
    role="arranger",
)
