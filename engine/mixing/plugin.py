"""What every plugin is: fixed-size blocks in, as many samples out, state between."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

import numpy as np

from engine.arrays import Doubles, Signal
from engine.errors import ChannelsError
from engine.mixing.automation import STEP, Values, held, to_samples
from engine.mixing.parameters import Json, Parameter, filled

# Every plugin hears blocks of exactly this many samples, whatever sizes the caller brings: so the bytes that come out
# never depend on how a signal was cut up, and there is time to work on whole arrays.
BLOCK: Final = 8_192
STEPS: Final = BLOCK // STEP


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a plugin is put.

    impulses : impulse responses by name, each (1 or channels, samples) at the place's sampling rate
    """

    sample_rate_hz: int
    channels: int
    impulses: Mapping[str, Signal] = field(default_factory=dict)


class Plugin:
    """Base of all plugins.

    A subclass says what it is called and what it can be told, prepares its state in `prepare`, and turns one block of
    (channels, BLOCK) float64 into another in `run`. It may be late by `latency_samples` and ring for `tail_samples`.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    text: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]]
    channels_needed: ClassVar[int | None] = None
    takes_side_chain: ClassVar[bool] = False

    latency_samples: int = 0
    tail_samples: int = 0

    def __init__(self, given: Json, place: Place, *, where: str) -> None:
        self.where = where
        self.rate = place.sample_rate_hz
        self.channels = place.channels
        if self.channels_needed is not None and self.channels != self.channels_needed:
            raise ChannelsError(f"{where}: needs {self.channels_needed} channels, not {self.channels}")
        values = filled(given, self.parameters, where, known="type")
        self.values = Values(values, self.parameters, where=where, sample_rate_hz=self.rate)
        self._step = 0
        self.prepare(place)

    def prepare(self, place: Place) -> None:
        """Set up state; `values`, `rate` and `channels` are there."""

    def run(self, block: Doubles, key: Doubles) -> Doubles:
        """One block; `key` is what a side chain listens to, the block itself if there is none."""
        raise NotImplementedError

    def length(self, samples: int) -> int:
        """How many samples `samples` become, latency and tail left out."""
        return samples

    def process(self, block: Doubles, key: Doubles | None = None) -> Doubles:
        """One block of (channels, BLOCK) and what a side chain brought with it."""
        out = self.run(block, block if key is None else key)
        self._step += STEPS
        return out

    def steps(self, name: str) -> Doubles:
        """The block's values of a parameter, one a step: (STEPS,), or (1,) if it does not move."""
        return self.values.steps(name, self._step, STEPS)

    def step_samples(self, name: str) -> Doubles:
        """The same, each held for its 32 samples: (BLOCK,), or (1,)."""
        return held(self.steps(name))

    def line(self, name: str, *, is_db: bool = False) -> Doubles:
        """A straight line through the values at the steps: (BLOCK,), or (1,); from decibels to factors if asked."""
        values = self.values.steps(name, self._step, STEPS + 1)
        return to_samples(linear(values) if is_db else values)

    def mixed(self, dry: Doubles, wet: Doubles) -> Doubles:
        """`dry` and `wet` faded by the parameter `mix`."""
        share = self.line("mix")
        return np.asarray((1 - share) * dry + share * wet)


def linear(level_db: Doubles) -> Doubles:
    """Decibels to factors."""
    return np.asarray(np.exp(level_db * (np.log(10.0) / 20.0)))


def decibels(factor: Doubles, *, floor: float = 1e-7) -> Doubles:
    """Factors to decibels, at least `floor` (-140 dB)."""
    return np.asarray(20.0 * np.log10(np.maximum(factor, floor)))
