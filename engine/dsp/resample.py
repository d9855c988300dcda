"""Changing the sampling rate."""

import numpy as np
import soxr

from engine.arrays import Signal, as_signal
from engine.errors import OutOfRangeError


def resample(signal: Signal, *, from_hz: int, to_hz: int) -> Signal:
    """Band-limited resampling with libsoxr (high quality).

    Parameters
    ----------
    signal : (channels, samples) float32

    Returns
    -------
    (channels, round(samples * to_hz / from_hz)) float32
    """
    if from_hz <= 0 or to_hz <= 0:
        raise OutOfRangeError(f"cannot resample from {from_hz} Hz to {to_hz} Hz")
    checked = as_signal(signal)
    if from_hz == to_hz:
        return checked
    return np.ascontiguousarray(np.asarray(soxr.resample(checked.T, from_hz, to_hz), dtype=np.float32).T)
