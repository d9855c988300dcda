"""Spectral subtraction based on perceptual properties."""

from typing import ClassVar, Final

import numpy as np

from engine.arrays import Floats
from engine.denoise.masking import Masking
from engine.denoise.rule import EPSILON, About, Rule, Spec

_OVER: Final = (2.0, 10.0)  # alpha where noise is masked, and where it is heard
_FLOOR: Final = 0.01  # beta


class Perceptual(Rule):
    """Over-subtraction whose factor follows the masking threshold: little is taken where nothing is heard.

    Source: N. Virag, "Single channel speech enhancement based on masking properties of the human auditory system",
    IEEE Trans. Speech and Audio Processing 7(2), 1999.
    """

    about: ClassVar = About(
        title="Perceptual subtraction (Virag)",
        source="N. Virag, Single channel speech enhancement based on masking properties of the human auditory system, "
        "IEEE Trans. Speech and Audio Processing, 1999",
        good_for="music and voices whose overtones should stay untouched",
        text="Works out which noise the ear would hear beside the music, and takes off only that.",
    )

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec)
        self._masking = Masking(spec)

    def gains(self, power: Floats, noise: Floats) -> Floats:
        """Threshold of a rough estimate, factor and floor from it, then the subtraction."""
        rough = np.maximum(power - noise, np.float32(0.05) * power)
        threshold = np.log(self._masking.threshold(rough) + EPSILON)
        low, high = threshold.min(axis=-1, keepdims=True), threshold.max(axis=-1, keepdims=True)
        heard = (high - threshold) / (high - low + EPSILON)  # 0 where the threshold is highest, 1 where it is lowest
        over = _OVER[0] + (_OVER[1] - _OVER[0]) * heard
        ratio = noise / (power + EPSILON)
        left = np.where(ratio < 1 / (over + _FLOOR), 1 - over * ratio, _FLOOR * ratio)
        return np.asarray(np.sqrt(np.clip(left, 0, 1)), dtype=np.float32)
