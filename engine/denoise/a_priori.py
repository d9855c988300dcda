"""The SNR before the noise came: the decision-directed estimate that several methods share."""

from typing import Final

import numpy as np

from engine.arrays import Floats
from engine.denoise.rule import EPSILON, Spec

_WEIGHT: Final = 0.98  # of the frame before, for frames 8 ms apart
_HOP_S: Final = 0.008
_LEAST: Final = np.float32(10**-2.5)  # -25 dB


class DecisionDirected:
    """xi = w |s'|^2 / |w'|^2 + (1 - w) max(|y|^2 / |w|^2 - 1, 0), the frame before marked by '.

    Source: Y. Ephraim, D. Malah, "Speech enhancement using a minimum mean-square error short-time spectral amplitude
    estimator", IEEE Trans. ASSP 32(6), 1984, eq. (51).
    """

    def __init__(self, spec: Spec) -> None:
        self._weight = np.float32(spec.forgetting(_WEIGHT, hop_s=_HOP_S))
        self._before = np.zeros((spec.channels, spec.framing.bins), dtype=np.float32)

    def ratio(self, power: Floats, noise: Floats) -> Floats:
        """xi of one frame, (channels, bins), at least -25 dB."""
        above = np.maximum(power / (noise + EPSILON) - 1, 0)
        prior = self._weight * self._before + (1 - self._weight) * above
        return np.asarray(np.maximum(prior, _LEAST), dtype=np.float32)

    def remember(self, clean_power: Floats, noise: Floats) -> None:
        """Keep what was made of this frame."""
        self._before = np.minimum(clean_power / (noise + EPSILON), np.float32(1e6))
