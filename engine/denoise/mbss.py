"""Multi-band spectral subtraction."""

from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Floats
from engine.denoise.equations import clean_power, subtraction_factor
from engine.denoise.rule import EPSILON, About, Rule, Spec, gain_of

_EDGES_HZ: Final = (0, 1_000, 2_000, 3_000, 4_000, 6_000, 8_000, 12_000, 16_000, 24_000, 48_000, 96_000)
_WEIGHTS: Final = np.array([0.15, 0.25, 0.6], dtype=np.float32)  # oldest first
_FLOOR: Final = np.float32(0.005)  # of the noisy power


class MultiBand(Rule):
    """Eq. (5) and (6): each band has its own factor from its own SNR, weighted by where the band lies.

    Source: S. Kamath, P. Loizou, "A multi-band spectral subtraction method for enhancing speech corrupted by colored
    noise", ICASSP 2002. Where we differ: bands go on above 4 kHz, smoothing looks
    back only, and a higher floor stands in for the noisy sound that the source puts back.
    """

    about: ClassVar = About(
        title="Multi-band subtraction (Kamath and Loizou)",
        source="S. Kamath, P. Loizou, A multi-band spectral subtraction method for enhancing speech corrupted by "
        "colored noise, ICASSP, 2002",
        good_for="real rooms and streets: noise that is not equally strong everywhere",
        text="Divides the spectrum into bands and takes from each as much as its own noise asks for.",
    )

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec)
        self._starts = _starts(spec)
        self._sizes = np.diff(np.append(self._starts, spec.framing.bins))
        self._tweak = _tweaks(spec, self._starts)
        self._before = np.zeros((2, spec.channels, spec.framing.bins), dtype=np.float32)

    def gains(self, power: Floats, noise: Floats) -> Floats:
        """Smooth over three frames, subtract band by band, leave a floor."""
        magnitude = np.concatenate([self._before, np.sqrt(power)])
        self._before = magnitude[-2:].copy()
        smooth = np.square(_WEIGHTS[0] * magnitude[:-2] + _WEIGHTS[1] * magnitude[1:-1] + _WEIGHTS[2] * magnitude[2:])
        ratio = self._band_sums(smooth) / (self._band_sums(noise) + EPSILON)
        factor = subtraction_factor(10 * np.log10(ratio + EPSILON)) * self._tweak
        left = clean_power(smooth, noise, np.repeat(factor, self._sizes, axis=-1))
        return gain_of(np.maximum(left, _FLOOR * smooth), smooth)

    def _band_sums(self, power: Floats) -> Floats:
        return np.asarray(np.add.reduceat(power, self._starts, axis=-1), dtype=np.float32)


def _starts(spec: Spec) -> NDArray[np.intp]:
    """First bin of every band below half the sampling rate."""
    frequencies = spec.frequencies_hz()
    edges = [edge for edge in _EDGES_HZ if edge < frequencies[-1]]
    return np.unique(np.searchsorted(frequencies, edges))


def _tweaks(spec: Spec, starts: NDArray[np.intp]) -> Floats:
    """delta of the source: 1 below 1 kHz, 2.5 up to 2 kHz under half the sampling rate, 1.5 above."""
    low_hz = spec.frequencies_hz()[starts]
    below_top = low_hz < max(spec.sample_rate_hz / 2 - 2_000, 1_000)
    return np.where(low_hz < 1_000, 1.0, np.where(below_top, 2.5, 1.5)).astype(np.float32)
