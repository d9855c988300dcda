"""Spectral subtraction that minds how alike sound and noise are."""

from typing import ClassVar, Final

import numpy as np

from engine.arrays import Floats
from engine.denoise.rule import EPSILON, About, Rule, gain_of

_FLOOR: Final = np.float32(0.01)


class CrossCorrelation(Rule):
    """|s|^2 = |y|^2 - |w|^2 - delta |y| |w|, delta the correlation of both magnitude spectra over the frame.

    Source: M. Bhatnagar, P. C. Loizou, "A cross-correlation technique for enhancing speech corrupted with correlated
    noise", ICASSP 2001.
    """

    about: ClassVar = About(
        title="Cross-correlation subtraction (Bhatnagar and Loizou)",
        source="M. Bhatnagar, P. C. Loizou, A cross-correlation technique for enhancing speech corrupted with "
        "correlated noise, ICASSP, 2001",
        good_for="noise that resembles the sound, such as people talking behind a singer",
        text="Takes off the noise's power and also the part that sound and noise have in common.",
    )

    def gains(self, power: Floats, noise: Floats) -> Floats:
        """Three terms, then a floor of noise."""
        heard, known = np.sqrt(power), np.sqrt(noise)
        left = power - noise - correlation(heard, known) * heard * known
        return gain_of(np.maximum(left, _FLOOR * noise), power)


def correlation(first: Floats, second: Floats) -> Floats:
    """|E[ab] - E[a] E[b]| / (sigma_a sigma_b) over the last axis, which is kept with length 1."""
    mean_a, mean_b = first.mean(axis=-1, keepdims=True), second.mean(axis=-1, keepdims=True)
    shared = (first * second).mean(axis=-1, keepdims=True) - mean_a * mean_b
    spread = first.std(axis=-1, keepdims=True) * second.std(axis=-1, keepdims=True)
    return np.asarray(np.minimum(np.abs(shared) / (spread + EPSILON), 1), dtype=np.float32)
