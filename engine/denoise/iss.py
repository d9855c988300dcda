"""Iterative spectral subtraction."""

from typing import ClassVar, Final

import numpy as np

from engine.arrays import Floats
from engine.denoise.equations import floored_power, over_subtraction, snr_db
from engine.denoise.rule import EPSILON, About, FrameRule, Spec, gain_of

_PASSES: Final = 3
_FLOOR: Final = 0.05
_FORGET: Final = 0.95  # of the residual noise, for frames 8 ms apart
_HOP_S: Final = 0.008
_QUIET: Final = np.float32(2.0)  # a frequency counts as noise alone below twice the noise's power


class Iterative(FrameRule):
    """Over-subtraction three times over, the noise that each pass leaves being measured and subtracted by the next.

    Source: S. Ogata, T. Shimamura, "Reinforced spectral subtraction method to enhance speech signal", TENCON 2001.
    Where we differ: the passes share one analysis, so that the delay is that of one.
    """

    about: ClassVar = About(
        title="Iterative subtraction (Ogata and Shimamura)",
        source="S. Ogata, T. Shimamura, Reinforced spectral subtraction method to enhance speech signal, TENCON, 2001",
        good_for="strong steady noise that one pass does not clear",
        text="Subtracts, measures what noise is left, and subtracts that again, three times.",
    )

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec)
        self._keep = np.float32(spec.forgetting(_FORGET, hop_s=_HOP_S))
        self._left = np.full((_PASSES, spec.channels, spec.framing.bins), 0.5, dtype=np.float32)

    def step(self, power: Floats, noise: Floats) -> Floats:
        """One frame through every pass; the share of noise that passes is learned where noise is alone."""
        quiet = power < _QUIET * noise
        now, known = power, noise
        for index in range(_PASSES):
            now = now * np.square(gain_of(floored_power(now, known, over_subtraction(snr_db(now, known)), _FLOOR), now))
            share = np.minimum(now / (noise + EPSILON), 1)
            self._left[index] += np.where(quiet, 1 - self._keep, 0) * (share - self._left[index])
            known = self._left[index] * noise
        return gain_of(now, power)
