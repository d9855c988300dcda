"""What every estimator of noise has in common, and the two simple ones: the beginning, and a region someone chose."""

from abc import ABC, abstractmethod
from typing import Final

import numpy as np

from engine.arrays import Floats
from engine.denoise.rule import Spec

LEADING_S: Final = 0.12
# Windows hang over the beginning; the first frames hold part of the sound only and say nothing about its level.
PARTIAL_FRAMES: Final = 3


class NoiseEstimator(ABC):
    """Power of the noise alone, frame by frame; frames come in order, in portions of any size."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec

    @abstractmethod
    def track(self, power: Floats) -> Floats:
        """Power heard to power of the noise: (frames, channels, bins) to the same."""


class FixedNoise(NoiseEstimator):
    """The mean of a region that holds noise alone."""

    def __init__(self, spec: Spec, profile: Floats) -> None:
        super().__init__(spec)
        self._profile = profile

    def track(self, power: Floats) -> Floats:
        """The same in every frame."""
        return np.broadcast_to(self._profile, power.shape)


class LeadingSilence(NoiseEstimator):
    """The mean of the first 0.12 s, in which nobody plays yet; it stays for the rest."""

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec)
        self._wanted = spec.frames(LEADING_S)
        self._sum = np.zeros((spec.channels, spec.framing.bins), dtype=np.float64)
        self._seen = 0

    def track(self, power: Floats) -> Floats:
        """Until the time is over, the mean so far."""
        out = np.empty_like(power)
        for index, now in enumerate(power):
            if self._seen < PARTIAL_FRAMES:
                out[index] = now
            elif self._seen < PARTIAL_FRAMES + self._wanted:
                self._sum += now
                out[index] = self._sum / (self._seen - PARTIAL_FRAMES + 1)
            else:
                out[index:] = self._sum / self._wanted
                break
            self._seen += 1
        return out


class TrackingNoise(NoiseEstimator):
    """An estimator that goes on listening; the first whole frame is where it begins."""

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec)
        self._seen = 0

    def track(self, power: Floats) -> Floats:
        """Frame after frame."""
        out = np.empty_like(power)
        for index, now in enumerate(power):
            if self._seen <= PARTIAL_FRAMES:
                self.begin(now)
                out[index] = now
            else:
                out[index] = self.step(now)
            self._seen += 1
        return out

    @abstractmethod
    def begin(self, power: Floats) -> None:
        """Start from one frame, (channels, bins)."""

    @abstractmethod
    def step(self, power: Floats) -> Floats:
        """Take one frame in and return the noise in it."""
