"""Second-order filters: their coefficients, their responses, and a filter whose coefficients may move.

Source: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients".
"""

from itertools import pairwise
from typing import Final, Literal

import numpy as np
from scipy import signal as filters

from engine.arrays import Doubles

Shape = Literal["peak", "low_shelf", "high_shelf", "low_cut", "high_cut", "notch", "band_pass"]
SHAPES: Final[tuple[Shape, ...]] = ("peak", "low_shelf", "high_shelf", "low_cut", "high_cut", "notch", "band_pass")
EDGE: Final = 0.49  # share of the sampling rate above which a band is left out

_DENORMAL: Final = 1e-30


def biquad(shape: Shape, frequency_hz: Doubles, gain_db: Doubles, q: Doubles, *, sample_rate_hz: int) -> Doubles:
    """Sections b0 b1 b2 1 a1 a2, (..., 6) float64, for arrays (...) of values.

    A filter whose frequency is above 0.49 of the sampling rate does nothing.
    """
    frequency, gain, quality = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in (frequency_hz, gain_db, q)))
    omega = 2 * np.pi * np.minimum(frequency / sample_rate_hz, EDGE)
    alpha, cos, root = np.sin(omega) / (2 * quality), np.cos(omega), 10 ** (gain / 40)
    b, a = _polynomials(shape, alpha, cos, root)
    section = np.stack(np.broadcast_arrays(*b, *a), axis=-1) / np.asarray(a[0])[..., np.newaxis]
    through = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    return np.asarray(np.where((frequency >= EDGE * sample_rate_hz)[..., np.newaxis], through, section))


def _polynomials(
    shape: Shape, alpha: Doubles, cos: Doubles, root: Doubles
) -> tuple[tuple[Doubles, Doubles, Doubles], tuple[Doubles, Doubles, Doubles]]:
    if shape == "peak":
        return (1 + alpha * root, -2 * cos, 1 - alpha * root), (1 + alpha / root, -2 * cos, 1 - alpha / root)
    if shape in ("low_shelf", "high_shelf"):
        return _shelf(-1.0 if shape == "low_shelf" else 1.0, alpha, cos, root)
    one = np.ones_like(cos)
    b = {
        "low_cut": ((1 + cos) / 2, -(1 + cos), (1 + cos) / 2),
        "high_cut": ((1 - cos) / 2, 1 - cos, (1 - cos) / 2),
        "notch": (one, -2 * cos, one),
        "band_pass": (alpha, 0 * one, -alpha),
    }[shape]
    return b, (1 + alpha, -2 * cos, 1 - alpha)


def _shelf(
    side: float, alpha: Doubles, cos: Doubles, root: Doubles
) -> tuple[tuple[Doubles, Doubles, Doubles], tuple[Doubles, Doubles, Doubles]]:
    """`side` is -1 for the low shelf and 1 for the high one: the cookbook's formulas differ in signs alone."""
    slope, plus, minus = 2 * np.sqrt(root) * alpha, root + 1, root - 1
    b = (
        root * (plus + side * minus * cos + slope),
        -2 * side * root * (minus + side * plus * cos),
        root * (plus + side * minus * cos - slope),
    )
    a = (plus - side * minus * cos + slope, 2 * side * (minus - side * plus * cos), plus - side * minus * cos - slope)
    return b, a


def butterworth(kind: Literal["low_pass", "high_pass"], frequency_hz: Doubles, order: int, *, rate: int) -> Doubles:
    """A Butterworth filter as (..., sections, 6): second-order sections, one of first order last where `order` is odd.

    Section k of order n has Q = 1 / (2 sin(pi (2k + 1) / 2n)), k = 0.., on the cookbook's (that is, the prewarped
    bilinear) frequency; the first-order section is the bilinear transform of 1 / (1 + s).
    """
    shape: Shape = "high_cut" if kind == "low_pass" else "low_cut"
    frequency = np.asarray(frequency_hz, np.float64)
    sections = []
    for index in range(order // 2):
        quality = np.array(1 / (2 * np.sin(np.pi * (2 * index + 1) / (2 * order))))
        sections.append(biquad(shape, frequency, np.array(0.0), quality, sample_rate_hz=rate))
    if order % 2:
        sections.append(_first_order(kind, frequency, rate))
    return np.stack(sections, axis=-2)


def _first_order(kind: str, frequency: Doubles, rate: int) -> Doubles:
    warped = np.tan(np.pi * np.minimum(frequency / rate, EDGE))
    zero = np.zeros_like(warped)
    b0 = (warped if kind == "low_pass" else np.ones_like(warped)) / (1 + warped)
    b1 = b0 if kind == "low_pass" else -b0
    section = np.stack([b0, b1, zero, zero + 1, (warped - 1) / (1 + warped), zero], axis=-1)
    through = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    return np.asarray(np.where((frequency >= EDGE * rate)[..., np.newaxis], through, section))


def magnitude_db(sections: Doubles, frequencies_hz: Doubles, *, sample_rate_hz: int) -> Doubles:
    """Gain of (sections, 6) in series at each frequency, dB, at least -240."""
    z = np.exp(-2j * np.pi * np.asarray(frequencies_hz, np.float64) / sample_rate_hz)
    powers = np.stack([np.ones_like(z), z, z**2])
    above, below = sections[:, :3] @ powers, sections[:, 3:] @ powers
    return np.asarray(20 * np.log10(np.maximum(np.abs(above / below), 1e-12)).sum(axis=0), dtype=np.float64)


class SectionFilter:
    """Sections in series over blocks of (channels, samples) float64, in transposed direct form II."""

    def __init__(self, sections: int, channels: int) -> None:
        self._state = np.zeros((sections, channels, 2))

    def run(self, sections: Doubles, block: Doubles, *, step: int) -> Doubles:
        """Filter a block with (sections, 6), or with (steps, sections, 6): one set for every `step` samples."""
        if sections.ndim == 2:
            return self._filtered(sections, block)
        changes = np.flatnonzero(np.any(np.diff(sections, axis=0) != 0, axis=(1, 2))) + 1
        edges = [0, *changes.tolist(), len(sections)]
        pieces = [
            self._filtered(sections[first], block[:, first * step : last * step]) for first, last in pairwise(edges)
        ]
        return np.concatenate(pieces, axis=1)

    def _filtered(self, sections: Doubles, block: Doubles) -> Doubles:
        out, self._state = filters.sosfilt(np.ascontiguousarray(sections), block, axis=1, zi=self._state)
        # What dies away would end in denormal numbers, which are a hundred times slower.
        self._state[np.abs(self._state) < _DENORMAL] = 0.0
        return np.asarray(out)
