"""Extended spectral subtraction."""

from typing import ClassVar, Final

import numpy as np

from engine.arrays import Floats
from engine.denoise.rule import EPSILON, About, FrameRule, Spec

_FORGET: Final = 0.95  # of the noise, for frames 8 ms apart
_HOP_S: Final = 0.008
_FLOOR: Final = np.float32(0.05)
_OVER: Final = np.float32(1.4)


class Extended(FrameRule):
    """Subtraction of magnitudes beside a Wiener filter that listens for the noise: no pause is needed to find it.

    |n| = |y| sqrt(N^2 / (N^2 + S'^2)), smoothed to N; |s| = |y| - N.

    Source: P. Sovka, P. Pollak, J. Kybic, "Extended spectral subtraction", EUSIPCO 1996.
    """

    about: ClassVar = About(
        title="Extended subtraction (Sovka)",
        source="P. Sovka, P. Pollak, J. Kybic, Extended spectral subtraction, EUSIPCO, 1996",
        good_for="noise that changes slowly, when there is no pause to measure it in",
        text="Follows the noise while the music plays, with a filter that lets only noise through.",
    )

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec)
        self._keep = np.float32(spec.forgetting(_FORGET, hop_s=_HOP_S))
        self._known: Floats | None = None
        self._before = np.zeros((spec.channels, spec.framing.bins), dtype=np.float32)

    def step(self, power: Floats, noise: Floats) -> Floats:
        """One frame; the estimate it is given only starts its own, and bounds it to within 6 dB."""
        magnitude, given = np.sqrt(power), np.sqrt(noise)
        known = given if self._known is None else np.clip(self._known, given / 2, given * 2)
        share = np.sqrt(np.square(known) / (np.square(known) + np.square(self._before) + EPSILON))
        known = self._keep * known + (1 - self._keep) * share * magnitude
        left = np.maximum(magnitude - _OVER * known, _FLOOR * magnitude)
        self._known, self._before = known, left
        return np.asarray(np.minimum(left / (magnitude + EPSILON), 1), dtype=np.float32)
