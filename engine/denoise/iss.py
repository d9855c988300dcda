"""Iterative spectral subtraction."""

from typing import ClassVar, Final

import numpy as np

from engine.arrays import Floats
from engine.denoise.equations import over_subtraction, snr_db
from engine.denoise.rule import EPSILON, About, FrameRule, Spec, gain_of

_PASSES: Final = 3
_FLOOR: Final = np.float32(0.05)
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
        learning = (power < _QUIET * noise) * (1 - self._keep)
        over_noise = 1 / (noise + EPSILON)
        now, known = power, noise
        for left in self._left:
            # What a pass leaves never exceeds what went in: a gain is at most 1.
            rest = over_subtraction(snr_db(now, known)) * known
            np.subtract(now, rest, out=rest)
            np.maximum(rest, _FLOOR * known, out=rest)
            now = np.minimum(rest, now, out=rest)
            share = now * over_noise
            np.minimum(share, 1, out=share)
            share -= left
            share *= learning
            left += share
            known = left * noise
        return gain_of(now, power)
