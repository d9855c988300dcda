"""The masking threshold of a frame: what is below it is not heard beside what is above.

Source: J. D. Johnston, "Transform coding of audio signals using perceptual noise criteria", IEEE J. Selected Areas in
Communications 6(2), 1988; absolute threshold after E. Terhardt, 1979.
"""

from typing import Final

import numpy as np

from engine.arrays import Doubles, Floats
from engine.denoise.rule import EPSILON, Spec

_TONE_FLATNESS_DB: Final = -60.0  # spectral flatness of a pure tone


class Masking:
    """Power over critical bands, spread over their neighbours, lowered by what tones and noises mask."""

    def __init__(self, spec: Spec) -> None:
        bark = _bark(spec.frequencies_hz())
        band = np.floor(bark).astype(np.intp)
        bands = int(band.max()) + 1
        self._of_bin = band
        member = (band[None, :] == np.arange(bands)[:, None]).astype(np.float32)  # (bands, bins)
        self._member = member[member.sum(axis=1) > 0]
        self._of_bin = self._member.argmax(axis=0)
        centres = (self._member @ bark) / self._member.sum(axis=1)
        spread = 10 ** (_spreading_db(centres[:, None] - centres[None, :]) / 10)
        self._spread = (spread / spread.sum(axis=1, keepdims=True)).astype(np.float32)
        self._centres = centres.astype(np.float32)
        self._count = self._member.sum(axis=1)

    def threshold(self, power: Floats) -> Floats:
        """(frames, channels, bins) power to the threshold in the same unit."""
        mean = power @ self._member.T / self._count
        flat_db = 10 * (np.log10(power + EPSILON).mean(axis=-1) - np.log10(power.mean(axis=-1) + EPSILON))
        tonality = np.clip(flat_db / _TONE_FLATNESS_DB, 0, 1)[..., None]
        offset_db = tonality * (14.5 + self._centres) + (1 - tonality) * 5.5
        spread = (mean @ self._spread.T) * 10 ** (-offset_db / 10)
        return np.asarray(spread[..., self._of_bin], dtype=np.float32)


def _bark(frequency_hz: Doubles) -> Doubles:
    return np.asarray(13 * np.arctan(0.00076 * frequency_hz) + 3.5 * np.arctan(np.square(frequency_hz / 7500)))


def _spreading_db(apart: Doubles) -> Doubles:
    """Schroeder's spreading function over a distance in Bark."""
    away = apart + 0.474
    return np.asarray(15.81 + 7.5 * away - 17.5 * np.sqrt(1 + np.square(away)))
