"""Minimum statistics: between notes and words, every frequency falls back to the noise."""

from typing import Final

import numpy as np

from engine.arrays import Floats
from engine.denoise.noise_estimate import TrackingNoise
from engine.denoise.rule import EPSILON, Spec

_WINDOW_S: Final = 1.5
_PARTS: Final = 8  # the minimum is looked for in so many parts of the window
_ALPHA_MAX: Final = 0.96
_ALPHA_MIN: Final = 0.3
_ALPHA_C_MIN: Final = 0.7
_BETA_MAX: Final = 0.8
_INVERSE_Q_MAX: Final = 0.5
_INVERSE_Q_MIN: Final = 1 / 140
_SOURCE_HOP_S: Final = 0.016
_SPREAD: Final = 2.12  # a_v of eq. (23)
_SLOPES: Final = ((0.03, 8.0), (0.05, 4.0), (0.06, 2.0), (np.inf, 1.2))
# Table III of the source: the mean of the minimum of D values that do not depend on each other.
_TABLE_D: Final = (1, 2, 5, 8, 10, 15, 20, 30, 40, 60, 80, 120, 140, 160)
_TABLE_M: Final = (0, 0.26, 0.48, 0.58, 0.61, 0.668, 0.705, 0.762, 0.8, 0.841, 0.865, 0.89, 0.9, 0.91)


class MinimumStatistics(TrackingNoise):
    """Smoothed power by an optimal factor, its minimum over 1.5 s, and the bias of a minimum made good.

    Source: R. Martin, "Noise power spectral density estimation based on optimal smoothing and minimum statistics",
    IEEE Trans. Speech and Audio Processing 9(5), 2001.
    """

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec)
        self._part_frames = max(round(spec.frames(_WINDOW_S) / _PARTS), 2)
        shape = (spec.channels, spec.framing.bins)
        self._correction = np.ones((spec.channels, 1), dtype=np.float32)
        self._minimum, self._part_minimum = np.full(shape, np.inf), np.full(shape, np.inf)
        self._parts = np.full((_PARTS, *shape), np.inf, dtype=np.float32)
        self._may_rise = np.zeros(shape, dtype=bool)
        self._in_part = self._part = 0

    def begin(self, power: Floats) -> None:
        """All moments start from one frame."""
        self._smooth = power.copy()
        self._noise = power.copy()
        self._mean, self._mean_square = power.copy(), np.square(power)

    def step(self, power: Floats) -> Floats:
        """Eq. (4)-(23) and the search for the minimum."""
        self._smooth_power(power)
        inverse_q = self._inverse_degrees()
        spread = 1 + _SPREAD * np.sqrt(inverse_q.mean(axis=1, keepdims=True))
        whole = self._smooth * _bias(inverse_q, _PARTS * self._part_frames) * spread
        part = self._smooth * _bias(inverse_q, self._part_frames) * spread
        lower = whole < self._minimum
        self._minimum = np.where(lower, whole, self._minimum)
        self._part_minimum = np.where(lower, part, self._part_minimum)
        self._in_part += 1
        if self._in_part == self._part_frames:
            self._end_part(lower, inverse_q.mean(axis=1, keepdims=True))
        elif self._in_part > 1:
            self._may_rise |= lower
            self._noise = np.minimum(self._part_minimum, self._noise)
        return np.asarray(self._noise, dtype=np.float32)

    def _smooth_power(self, power: Floats) -> None:
        total = self._smooth.sum(axis=1, keepdims=True) / (power.sum(axis=1, keepdims=True) + EPSILON)
        wanted = 1 / (1 + np.square(total - 1))
        self._correction = 0.7 * self._correction + 0.3 * np.maximum(wanted, _ALPHA_C_MIN)
        alpha = _ALPHA_MAX * self._correction / (1 + np.square(self._smooth / (self._noise + EPSILON) - 1))
        alpha = np.maximum(alpha, _ALPHA_MIN)
        self._smooth = alpha * self._smooth + (1 - alpha) * power
        beta = np.minimum(np.square(alpha), _BETA_MAX)
        self._mean = beta * self._mean + (1 - beta) * self._smooth
        self._mean_square = beta * self._mean_square + (1 - beta) * np.square(self._smooth)

    def _inverse_degrees(self) -> Floats:
        """1 / Q_eq, eq. (20), held to what the smoothing can bring about."""
        variance = np.maximum(self._mean_square - np.square(self._mean), 0)
        found = variance / (2 * np.square(self._noise) + EPSILON)
        return np.asarray(np.clip(found, _INVERSE_Q_MIN, _INVERSE_Q_MAX), dtype=np.float32)

    def _end_part(self, lower: Floats, inverse_q: Floats) -> None:
        self._may_rise &= ~np.asarray(lower, dtype=bool)
        self._parts[self._part] = self._minimum
        self._part = (self._part + 1) % _PARTS
        least = self._parts.min(axis=0)
        slope = np.full_like(inverse_q, _SLOPES[-1][1])
        for limit, factor in reversed(_SLOPES):
            slope = np.where(inverse_q < limit, factor, slope)
        rising = self._may_rise & (self._part_minimum < slope * least) & (self._part_minimum > least)
        least = np.where(rising, self._part_minimum, least)
        self._parts[:, rising] = self._part_minimum[rising]
        self._noise = least
        self._minimum, self._part_minimum = np.full_like(least, np.inf), np.full_like(least, np.inf)
        self._may_rise[:] = False
        self._in_part = 0


def _bias(inverse_q: Floats, frames: int) -> Floats:
    """B_min, eq. (17): how far the minimum of `frames` values lies under their mean."""
    m = float(np.interp(frames, _TABLE_D, _TABLE_M))
    degrees = (1 / inverse_q - 2 * m) / (1 - m)
    return np.asarray(1 + (frames - 1) * 2 / np.maximum(degrees, 1e-3), dtype=np.float32)
