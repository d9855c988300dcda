"""Noise by the probability that music is present, without a minimum and without a delay."""

from typing import Final

import numpy as np

from engine.arrays import Floats
from engine.denoise.noise_estimate import TrackingNoise
from engine.denoise.rule import EPSILON, Spec

_PRESENT_DB: Final = 15.0  # the SNR music is expected to have where it is
_HOP_S: Final = 0.016
_KEEP: Final = 0.8
_KEEP_PRESENCE: Final = 0.9
_STUCK: Final = 0.99


class SppMmse(TrackingNoise):
    """sigma^2 follows E[|w|^2 | y] = p sigma^2 + (1 - p) |y|^2, p the probability of presence at a fixed 15 dB.

    Source: T. Gerkmann, R. C. Hendriks, "Unbiased MMSE-based noise power estimation with low complexity and low
    tracking delay", IEEE Trans. Audio, Speech and Language Processing 20(4), 2012, eq. (18), (22), (23).
    """

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec)
        self._keep = np.float32(spec.forgetting(_KEEP, hop_s=_HOP_S))
        self._keep_presence = np.float32(spec.forgetting(_KEEP_PRESENCE, hop_s=_HOP_S))
        ratio = 10 ** (_PRESENT_DB / 10)
        self._odds, self._slope = np.float32(1 + ratio), np.float32(ratio / (1 + ratio))

    def begin(self, power: Floats) -> None:
        """The first frame counts as noise."""
        self._noise = power.copy()
        self._mean = np.full_like(power, 0.5)

    def step(self, power: Floats) -> Floats:
        """One frame."""
        posterior = np.minimum(power / (self._noise + EPSILON), np.float32(200))
        presence = 1 / (1 + self._odds * np.exp(-posterior * self._slope))
        self._mean += (1 - self._keep_presence) * (presence - self._mean)
        presence = np.where(self._mean > _STUCK, np.minimum(presence, np.float32(_STUCK)), presence)
        expected = presence * self._noise + (1 - presence) * power
        self._noise += (1 - self._keep) * (expected - self._noise)
        return self._noise
