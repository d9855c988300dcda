"""A lead melody written bar by bar, over whatever chord comes: what a live player of melodies calls once a bar.

Nothing is kept between two calls but the value `Live`: the same value, chords and steering give the same bar.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np

from engine.arrays import Floats
from engine.errors import OutOfRangeError
from engine.recommend.chance import choose, normals
from engine.recommend.lead_events import (
    LOOKBACK_BARS,
    NO_ROOT,
    NOTHING,
    PITCH_LOW,
    PITCHES,
    PLACES,
    REST,
    STEPS_MAX,
    STEPS_PER_QUARTER,
    TOKENS,
    Event,
    Listener,
    Setting,
    Told,
    pitch_of,
)
from engine.recommend.lead_network import LeadNetwork, indices
from engine.weights import tensors

MODEL: Final = "melody-1"
OCTAVE: Final = 12
TEMPERATURE_MILLI: Final = 750
# How far songs differ from one another in what one network cannot know beforehand, nats: see `character`.
LEAP_SPREAD, REPEAT_SPREAD, LENGTH_SPREAD = 0.1, 0.7, 0.4
# Drawn cooler than it believes, a melody stays on its pitch and hurries more than people's do: pulled back, nats.
REPEAT_MEAN, LENGTH_MEAN = -0.4, 0.1
_PITCH, _STEPS = range(2)  # kinds of draws
_CHARACTER: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """How a melody is drawn.

    lowest, highest : MIDI pitches, relative to the key as the events are
    temperature_milli : 1000 draws as the model believes
    length_pull : nats for each doubling of a note's length, so that 0.5 makes long notes likelier, -0.5 short ones
    chord_pull : nats for the chord's tones on beats
    leap_pull : nats for each semitone, up to an octave, from the last pitch; repeat_pull : nats for that pitch itself
    """

    lowest: int = PITCH_LOW
    highest: int = PITCH_LOW + PITCHES - 1
    temperature_milli: int = 1000
    length_pull: float = 0.0
    chord_pull: float = 0.0
    leap_pull: float = 0.0
    repeat_pull: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A melody so far.

    step : where the next bar begins; free : where the last event ends, at or after `step`
    recent : the events of the last bars; memory : of the network; log_likelihood : ln P of what was drawn
    """

    seed: int
    variant: int = 0
    step: int = 0
    free: int = 0
    recent: tuple[Event, ...] = ()
    memory: tuple[float, ...] = ()
    log_likelihood: float = 0.0


def character(seed: int, variant: int) -> Steering:
    """What one melody does all along: how far it leaps, how often it stays, how long it holds, drawn once.

    A network that draws every melody from the same beliefs writes songs that are more alike than people's are.
    """
    leap, repeat, length = normals(3, seed, variant, _CHARACTER).tolist()
    return Steering(
        temperature_milli=TEMPERATURE_MILLI,
        leap_pull=LEAP_SPREAD * leap,
        repeat_pull=REPEAT_MEAN + REPEAT_SPREAD * repeat,
        length_pull=LENGTH_MEAN + LENGTH_SPREAD * length,
    )


def next_bar(live: Live, setting: Setting, steering: Steering | None = None) -> tuple[tuple[Event, ...], Live]:
    """The events that begin in the bar at `live.step`, and the melody with them.

    setting : `harmonies` in steps of the whole melody, at least the chord of this bar; what comes after is told to the
        network as far as it is known

    The last event may last into the next bar; it is cut there by whoever does not want that.

    Raises
    ------
    OutOfRangeError
        If the bar is longer than 24 sixteenths, no chord stands at its start, or no pitch lies within the range.
    """
    steering = steering or character(live.seed, live.variant)
    _check(live, setting, steering)
    network = load()
    memory = np.array(live.memory, np.float32) if live.memory else network.first_memory()
    listener = Listener(setting)
    for event in live.recent:
        listener.heard(event)
    found, nats, at, stop = [], live.log_likelihood, live.free, live.step + setting.bar_steps
    while at < stop:
        told = listener.tell(at)
        memory = network.remember(indices(told), memory)
        event, gained = _drawn(network, memory, told, at, live, steering)
        listener.heard(event)
        found.append(event)
        nats += gained
        at += event.steps
    begin = stop - (max(LOOKBACK_BARS) + 2) * setting.bar_steps
    recent = (*live.recent, *found)
    kept = tuple(event for event in recent if event.step >= begin or event is _last_pitched(recent))
    after = replace(
        live, step=stop, free=at, recent=kept, memory=tuple(float(value) for value in memory), log_likelihood=nats
    )
    return tuple(found), after


def _last_pitched(events: tuple[Event, ...]) -> Event | None:
    return next((event for event in reversed(events) if event.token != REST), None)


def _check(live: Live, setting: Setting, steering: Steering) -> None:
    if not STEPS_PER_QUARTER <= setting.bar_steps <= PLACES:
        raise OutOfRangeError(f"a bar of {setting.bar_steps} sixteenths; it can have {STEPS_PER_QUARTER} to {PLACES}")
    if not setting.harmonies or setting.harmonies[0].step > live.step:
        raise OutOfRangeError(f"no chord stands at sixteenth {live.step}, where the next bar begins")
    top = PITCH_LOW + PITCHES - 1
    if not (PITCH_LOW <= steering.lowest <= steering.highest - 11 and steering.highest <= top):
        raise OutOfRangeError(f"{steering.lowest}..{steering.highest} must hold an octave within {PITCH_LOW}..{top}")


def _drawn(
    network: LeadNetwork, memory: Floats, told: Told, at: int, live: Live, steering: Steering
) -> tuple[Event, float]:
    logits = steered(network.pitch_logits(memory, told), told, at, steering)
    token, pitch_nats = choose(
        logits, live.seed, live.variant, at, _PITCH, temperature_milli=steering.temperature_milli
    )
    lasting = network.steps_logits(memory, told, token)
    lasting += np.log2(np.arange(1, STEPS_MAX + 1, dtype=np.float32)) * np.float32(steering.length_pull)
    index, steps_nats = choose(
        lasting, live.seed, live.variant, at, _STEPS, temperature_milli=steering.temperature_milli
    )
    return Event(at, token, index + 1), pitch_nats + steps_nats


def steered(logits: Floats, told: Told, at: int, steering: Steering) -> Floats:
    """The logits of pitches, those out of range ruled out, the others pulled as `steering` says."""
    found = logits.astype(np.float32).copy()
    if told.last_pitch not in (NOTHING, REST):
        found[1:] += steering.leap_pull * np.minimum(np.abs(np.arange(1, TOKENS) - told.last_pitch), OCTAVE)
        found[told.last_pitch] += steering.repeat_pull
    for token in range(1, TOKENS):
        pitch = pitch_of(token)
        if not steering.lowest <= pitch <= steering.highest:
            found[token] = -np.inf
        elif at % STEPS_PER_QUARTER == 0 and told.now.root != NO_ROOT and pitch % 12 in told.now.tones:
            found[token] += steering.chord_pull
    return found


@cache
def load() -> LeadNetwork:
    """The shipped network."""
    return LeadNetwork(tensors.read(MODEL))
