"""What a method is: a rule from the power of what is heard and of the noise to a gain."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from engine.arrays import Doubles, Floats
from engine.dsp.stft import Framing, framing

EPSILON: Final = np.float32(1e-20)
WINDOW_S: Final = 0.04


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a person wants to know before choosing a method."""

    title: str
    source: str  # author, title, venue, year
    good_for: str
    text: str  # one plain sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """The stream that a rule works on."""

    sample_rate_hz: int
    channels: int
    framing: Framing

    @property
    def hop_s(self) -> float:
        """Seconds between two frames."""
        return self.framing.hop / self.sample_rate_hz

    def frames(self, seconds: float) -> int:
        """Frames in so many seconds, at least one."""
        return max(round(seconds / self.hop_s), 1)

    def forgetting(self, factor: float, *, hop_s: float) -> float:
        """A smoothing factor that was given for frames `hop_s` apart, for the frames of this stream."""
        return float(factor ** (self.hop_s / hop_s))

    def frequencies_hz(self) -> Doubles:
        """Frequency of every bin: (bins,)."""
        return np.linspace(0, self.sample_rate_hz / 2, self.framing.bins)


class Rule(ABC):
    """One method. It may remember: frames come in order, in portions of any size."""

    about: ClassVar[About]
    needs_noise: ClassVar[bool] = True  # whether an estimate of the noise goes in

    def __init__(self, spec: Spec) -> None:
        self.spec = spec

    @classmethod
    def spec_for(cls, sample_rate_hz: int, channels: int) -> Spec:
        """The frames that the method works in: windows of 40 ms, 10 ms apart, unless it says otherwise."""
        shape = framing(sample_rate_hz, window_s=WINDOW_S)
        return Spec(sample_rate_hz=sample_rate_hz, channels=channels, framing=shape)

    @abstractmethod
    def gains(self, power: Floats, noise: Floats) -> Floats:
        """Gain of every frequency, 0..1: (frames, channels, bins) of powers to the same."""


class FrameRule(Rule):
    """A rule whose next frame depends on the one before."""

    def gains(self, power: Floats, noise: Floats) -> Floats:
        """Frame after frame."""
        out = np.empty_like(power)
        for index in range(len(power)):
            out[index] = self.step(power[index], noise[index])
        return out

    @abstractmethod
    def step(self, power: Floats, noise: Floats) -> Floats:
        """Gain of one frame: (channels, bins) to the same."""


def gain_of(wanted_power: Floats, power: Floats) -> Floats:
    """The gain that makes `wanted_power` of `power`, at most 1."""
    return np.asarray(np.sqrt(np.clip(wanted_power / (power + EPSILON), 0, 1)), dtype=np.float32)
