"""Basic spectral subtraction."""

from typing import ClassVar, Final

import numpy as np

from engine.arrays import Floats
from engine.denoise.equations import clean_power, snr_db, subtraction_factor
from engine.denoise.rule import About, Rule, Spec, gain_of

_REMEMBERED: Final = 2  # frames before the present one


class Boll(Rule):
    """Power subtraction by eq. (3) and (4), half-wave rectified, on magnitudes averaged over three frames.

    Source: S. F. Boll, "Suppression of acoustic noise in speech using spectral subtraction", IEEE Trans. ASSP 27, 1979.
    Where we differ: the average reaches back only, so that nothing waits for the future.
    """

    about: ClassVar = About(
        title="Spectral subtraction (Boll)",
        source="S. F. Boll, Suppression of acoustic noise in speech using spectral subtraction, IEEE Trans. ASSP, 1979",
        good_for="a steady hiss under speech, as the plain yardstick for the others",
        text="Takes the noise's power off every frequency and silences what is left below zero.",
    )

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec)
        self._before = np.zeros((_REMEMBERED, spec.channels, spec.framing.bins), dtype=np.float32)

    def gains(self, power: Floats, noise: Floats) -> Floats:
        """Averaged magnitudes, subtraction, rectification."""
        magnitude = np.concatenate([self._before, np.sqrt(power)])
        self._before = magnitude[-_REMEMBERED:].copy()
        averaged = np.square((magnitude[2:] + magnitude[1:-1] + magnitude[:-2]) / np.float32(3))
        factor = subtraction_factor(snr_db(averaged, noise))
        return gain_of(np.maximum(clean_power(averaged, noise, factor), 0), averaged)
