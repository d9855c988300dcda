"""Autoregressive models of short stretches, and samples filled in so that the model is least surprised.

Source: A. J. E. M. Janssen, R. N. J. Veldhuis, L. B. Vries, "Adaptive interpolation of discrete-time signals that can
be modeled as autoregressive processes", IEEE Trans. ASSP 34(2), 1986; S. J. Godsill, P. J. W. Rayner, "Digital Audio
Restoration", 1998, sections 5.2 and 5.3.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from engine.arrays import Doubles

_WHITENING: Final = 1e-9  # added to the power, so that silence and pure tones have a model, too


def model(wave: Doubles, order: int) -> Doubles:
    """Prediction error filter 1, a_1 .. a_order of a stretch, by its autocorrelation: (order + 1,)."""
    windowed = wave * np.hanning(len(wave))
    spectrum = np.square(np.abs(np.fft.rfft(windowed, 2 * len(wave))))
    lags = np.fft.irfft(spectrum)[: order + 1]
    lags[0] = lags[0] * (1 + _WHITENING) + _WHITENING
    return np.concatenate([[1.0], -linalg.solve_toeplitz(lags[:-1], lags[1:])])


def fill(wave: Doubles, missing: NDArray[np.intp], coefficients: Doubles) -> Doubles:
    """Values for the `missing` samples, all at least one order away from the ends: (missing,)."""
    order = len(coefficients) - 1
    echo = np.correlate(coefficients, coefficients, mode="full")[order:]  # autocorrelation of the filter
    apart = np.abs(missing[:, None] - missing[None, :])
    matrix = np.where(apart <= order, echo[np.minimum(apart, order)], 0.0)
    known = wave.copy()
    known[missing] = 0.0
    pulled = np.convolve(known, np.concatenate([echo[:0:-1], echo]), mode="same")
    return np.asarray(linalg.solve(matrix, -pulled[missing], assume_a="pos"))
