"""Names for the arrays that travel through the engine, and the checks at its doors."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from engine.errors import ShapeError

Floats: TypeAlias = npt.NDArray[np.float32]
Doubles: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Signal: TypeAlias = Floats  # (channels, samples), full scale is 1.0
Mono: TypeAlias = Floats  # (samples,)


def as_signal(values: npt.ArrayLike) -> Signal:
    """Return `values` as a (channels, samples) float32 signal.

    Parameters
    ----------
    values : (samples,) or (channels, samples), full scale 1.0

    Raises
    ------
    ShapeError
        If there are more than two axes, no channel, more channels than samples could explain (a transposed array), or
        a value that is not finite.
    """
    signal = np.atleast_2d(np.asarray(values, dtype=np.float32))
    if signal.ndim != 2 or signal.shape[0] == 0:
        raise ShapeError(f"a signal has the axes (channels, samples), not {signal.shape}")
    if signal.shape[0] > 64:
        raise ShapeError(f"{signal.shape[0]} channels: the axes are (channels, samples), is the array transposed?")
    if not is_finite(signal):
        raise ShapeError("the signal holds values that are not finite")
    return signal


def is_finite(signal: Signal) -> bool:
    """Whether every value is finite, by one sum (float64 cannot overflow here) and no mask of the whole array."""
    with np.errstate(invalid="ignore"):
        return bool(np.isfinite(signal.sum(dtype=np.float64)))


def to_mono(signal: Signal) -> Mono:
    """Mean over the channels: (channels, samples) to (samples,) float32."""
    return np.asarray(as_signal(signal).mean(axis=0), dtype=np.float32)
