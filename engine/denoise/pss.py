"""Parametric spectral subtraction."""

from typing import ClassVar, Final

import numpy as np

from engine.arrays import Floats
from engine.denoise.a_priori import DecisionDirected
from engine.denoise.rule import EPSILON, About, FrameRule, Spec

_HALF: Final = np.float32(0.5)  # delta of the constrained estimator for exponent 2: 1 - Gamma(2)^2 / Gamma(3)
_FLOOR: Final = np.float32(0.1)  # mu, of the noisy magnitude


class Parametric(FrameRule):
    """|s|^2 = a (|y|^2 - |w|^2) with a = xi / (xi + 0.5), the constrained estimator of least mean square error.

    Below a tenth of the noisy magnitude the estimate is the mean of that tenth and the frame before.

    Source: B. L. Sim, Y. C. Tong, J. S. Chang, C. T. Tan, "A parametric formulation of the generalized spectral
    subtraction method", IEEE Trans. Speech and Audio Processing 6(4), 1998, exponent 2.
    """

    about: ClassVar = About(
        title="Parametric subtraction (Sim)",
        source="B. L. Sim et al., A parametric formulation of the generalized spectral subtraction method, IEEE Trans. "
        "Speech and Audio Processing, 1998",
        good_for="voices in steady noise when plain subtraction sounds watery",
        text="Weighs the subtraction at every frequency so that the mean square error is least.",
    )

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec)
        self._a_priori = DecisionDirected(spec)
        self._before = np.zeros((spec.channels, spec.framing.bins), dtype=np.float32)

    def step(self, power: Floats, noise: Floats) -> Floats:
        """One frame; remembers its magnitudes."""
        prior = self._a_priori.ratio(power, noise)
        wanted = np.sqrt(prior / (prior + _HALF) * np.maximum(power - noise, 0))
        magnitude = np.sqrt(power)
        low = _FLOOR * magnitude
        found = np.where(wanted < low, np.minimum(_HALF * (low + self._before), magnitude), wanted)
        self._before = found
        self._a_priori.remember(np.square(found), noise)
        return np.asarray(np.minimum(found / (magnitude + EPSILON), 1), dtype=np.float32)
