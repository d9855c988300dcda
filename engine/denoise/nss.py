"""Nonlinear spectral subtraction."""

from typing import ClassVar, Final

import numpy as np

from engine.arrays import Floats
from engine.denoise.equations import magnitude_gain
from engine.denoise.rule import EPSILON, About, FrameRule, Spec

_REACH_S: Final = 0.32  # the loudest noise of the last 40 frames of 8 ms
_SLOPE: Final = np.float32(0.5)  # gamma: how fast less is taken off as the SNR rises
_OVER_MAX: Final = np.float32(3.0)  # of the smoothed noise
_SMOOTH_NOISY: Final = 0.5
_SMOOTH_NOISE: Final = 0.9
_HOP_S: Final = 0.008
_FLOOR: Final = np.float32(0.1)  # of the noise's magnitude


class Nonlinear(FrameRule):
    """Eq. (7) with the noise replaced by phi = a / (1 + gamma rho), between one and three times the smoothed noise.

    a is the loudest noise of the last 0.3 s at each frequency, rho the ratio of smoothed noisy to noise magnitude.

    Source: P. Lockwood, J. Boudy, "Experiments with a nonlinear spectral subtractor (NSS), hidden Markov models and the
    projection, for robust speech recognition in cars", Speech Communication 11, 1992.
    """

    about: ClassVar = About(
        title="Nonlinear subtraction (Lockwood and Boudy)",
        source="P. Lockwood, J. Boudy, Experiments with a nonlinear spectral subtractor (NSS), hidden Markov models "
        "and the projection, for robust speech recognition in cars, Speech Communication, 1992",
        good_for="coloured noise such as engines, strong in some frequencies and weak in others",
        text="Takes much off the frequencies that noise covers and little off those that stand out of it.",
    )

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec)
        shape = (spec.channels, spec.framing.bins)
        self._heard, self._known = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
        self._fall = np.float32(spec.forgetting(0.1, hop_s=_REACH_S))
        self._loudest = np.zeros(shape, dtype=np.float32)
        self._keep_heard = np.float32(spec.forgetting(_SMOOTH_NOISY, hop_s=_HOP_S))
        self._keep_known = np.float32(spec.forgetting(_SMOOTH_NOISE, hop_s=_HOP_S))
        self._begun = False

    def step(self, power: Floats, noise: Floats) -> Floats:
        """One frame; the loudest noise fades by 20 dB over 0.3 s instead of being looked up in a list."""
        magnitude, known = np.sqrt(power), np.sqrt(noise)
        keep = self._keep_known if self._begun else np.float32(0)
        self._begun = True
        self._heard += (1 - self._keep_heard) * (magnitude - self._heard)
        self._known += (1 - keep) * (known - self._known)
        self._loudest = np.maximum(self._fall * self._loudest, known)
        ratio = self._heard / (self._known + EPSILON)
        taken = _OVER_MAX * self._loudest / (1 + _SLOPE * ratio)
        taken = np.clip(taken, self._known, _OVER_MAX * self._known)
        least = np.minimum(_FLOOR * self._known / (magnitude + EPSILON), 1)
        return np.maximum(magnitude_gain(magnitude, taken), least)
