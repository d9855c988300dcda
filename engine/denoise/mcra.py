"""Minima controlled recursive averaging: the noise is learned where music is unlikely."""

from typing import Final

import numpy as np
from scipy import ndimage, special

from engine.arrays import Floats
from engine.denoise.noise_estimate import PARTIAL_FRAMES, TrackingNoise
from engine.denoise.rule import EPSILON, Spec

_HOP_S: Final = 0.008
_SPAN_S: Final = 1.0  # the minimum is looked for over one to two of these
_SMOOTH: Final = 0.8
_NOISE: Final = 0.95
_PRESENCE: Final = 0.2
_RATIO: Final = 5.0  # delta: above this the frequency holds music
_TINY: Final = np.float32(1e-12)


class RunningMinimum:
    """The least value over the last one to two spans, with two arrays in place of a list."""

    def __init__(self, span_frames: int) -> None:
        self._span, self._count = span_frames, 0
        self._least: Floats | None = None
        self._next: Floats | None = None

    def update(self, values: Floats) -> Floats:
        """Take `values` in and return the least."""
        if self._least is None or self._next is None:
            self._least, self._next = values.copy(), values.copy()
            return self._least
        self._count += 1
        if self._count % self._span == 0:
            self._least, self._next = np.minimum(self._next, values), values.copy()
        else:
            self._least, self._next = np.minimum(self._least, values), np.minimum(self._next, values)
        return self._least


def smooth_across(power: Floats) -> Floats:
    """Weighted mean over three neighbouring bins: (channels, bins) to the same."""
    return np.asarray(ndimage.correlate1d(power, (0.25, 0.5, 0.25), axis=1, mode="nearest"), dtype=np.float32)


class Mcra(TrackingNoise):
    """Smoothed power over its minimum says whether music is there; the noise averages over what is left.

    Source: I. Cohen, B. Berdugo, "Noise estimation by minima controlled recursive averaging for robust speech
    enhancement", IEEE Signal Processing Letters 9(1), 2002.
    """

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec)
        self._keep = np.float32(spec.forgetting(_SMOOTH, hop_s=_HOP_S))
        self._keep_noise = np.float32(spec.forgetting(_NOISE, hop_s=_HOP_S))
        self._minimum = RunningMinimum(spec.frames(_SPAN_S))

    def begin(self, power: Floats) -> None:
        """The first frame counts as noise."""
        self._smooth, self._noise = smooth_across(power), power.copy()
        self._presence = np.zeros_like(power)
        if self._seen == PARTIAL_FRAMES:
            self._minimum.update(self._smooth)

    def step(self, power: Floats) -> Floats:
        """Eq. (7)-(13)."""
        self._smooth += (1 - self._keep) * (smooth_across(power) - self._smooth)
        present = self._smooth > _RATIO * self._minimum.update(self._smooth)
        self._presence += np.float32(1 - _PRESENCE) * (present - self._presence)
        keep = self._keep_noise + (1 - self._keep_noise) * self._presence
        self._noise = keep * self._noise + (1 - keep) * power
        return self._noise


class Imcra(TrackingNoise):
    """MCRA twice over: a second minimum is looked for where the first says noise, and presence is a probability.

    Source: I. Cohen, "Noise spectrum estimation in adverse environments: improved minima controlled recursive
    averaging", IEEE Trans. Speech and Audio Processing 11(5), 2003.
    """

    _BIAS_MIN, _GAMMA_0, _GAMMA_1, _ZETA_0, _BETA = 1.66, 4.6, 3.0, 1.67, 1.47
    _A_PRIORI = 0.92

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec)
        self._keep = np.float32(spec.forgetting(0.9, hop_s=_HOP_S))
        self._keep_noise = np.float32(spec.forgetting(0.85, hop_s=_HOP_S))
        self._first, self._second = (RunningMinimum(spec.frames(_SPAN_S)) for _ in range(2))

    def begin(self, power: Floats) -> None:
        """The first frame counts as noise."""
        self._smooth, self._again = smooth_across(power), smooth_across(power)
        self._raw, self._noise = power.copy(), power * np.float32(self._BETA)
        self._prior = np.zeros_like(power)
        if self._seen == PARTIAL_FRAMES:
            self._first.update(self._smooth)
            self._second.update(self._again)

    def step(self, power: Floats) -> Floats:
        """Eq. (14)-(29), (32)."""
        across = smooth_across(power)
        self._smooth += (1 - self._keep) * (across - self._smooth)
        least = self._BIAS_MIN * self._first.update(self._smooth) + _TINY
        quiet = ((power < self._GAMMA_0 * least) & (self._smooth < self._ZETA_0 * least)).astype(np.float32)
        weight = smooth_across(quiet)
        alone = np.where(weight > 0, smooth_across(quiet * power) / (weight + EPSILON), self._again)
        self._again += (1 - self._keep) * (alone - self._again)
        absent = self._absence(power, across, self._BIAS_MIN * self._second.update(self._again) + _TINY)
        presence = self._presence(power, absent)
        keep = self._keep_noise + (1 - self._keep_noise) * presence
        self._raw = keep * self._raw + (1 - keep) * power
        self._noise = np.asarray(self._BETA * self._raw, dtype=np.float32)
        return self._noise

    def _absence(self, power: Floats, across: Floats, least: Floats) -> Floats:
        """Probability before hearing this frame that music is absent, eq. (29)."""
        gamma, zeta = power / least, across / least
        between = np.clip((self._GAMMA_1 - gamma) / (self._GAMMA_1 - 1), 0, 1)
        return np.where(zeta < self._ZETA_0, between, 0)

    def _presence(self, power: Floats, absent: Floats) -> Floats:
        """Probability after it, eq. (7), with the decision-directed ratio of eq. (32)."""
        gamma = power / (self._noise + EPSILON)
        xi = self._A_PRIORI * self._prior + (1 - self._A_PRIORI) * np.maximum(gamma - 1, 0)
        v = gamma * xi / (1 + xi)
        gain = xi / (1 + xi) * np.exp(np.minimum(0.5 * special.exp1(np.maximum(v, 1e-8)), 10))
        self._prior = np.minimum(np.square(gain) * gamma, 1e6)
        odds = absent / np.maximum(1 - absent, 1e-6) * (1 + xi) * np.exp(-np.minimum(v, 50))
        return np.asarray(np.where(absent < 1, 1 / (1 + odds), 0), dtype=np.float32)
