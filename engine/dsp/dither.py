"""From floating point to whole numbers, with noise that frees the error from the music."""

import numpy as np
import numpy.typing as npt

from engine.arrays import Signal, as_signal
from engine.errors import OutOfRangeError

_BLOCK = 1 << 18


def quantised(signal: Signal, *, bits: int, seed: int = 0) -> npt.NDArray[np.int32]:
    """`signal` as whole numbers of `bits` with triangular (TPDF) dither of two steps' width.

    Parameters
    ----------
    signal : (channels, samples) float32; beyond full scale it is clipped
    bits : 16 or 24
    seed : the same seed gives the same noise

    Returns
    -------
    (channels, samples) int32 in -2^(bits-1)..2^(bits-1)-1. Digital silence stays silent.

    Source: S. P. Lipshitz, R. A. Wannamaker, J. Vanderkooy, "Quantization and Dither: A Theoretical Survey", J. Audio
    Eng. Soc. 40(5), 1992, section 4.
    """
    if bits not in (16, 24):
        raise OutOfRangeError(f"a recording is written with 16 or 24 bit, not {bits}")
    checked, top = as_signal(signal), 1 << (bits - 1)
    chance = np.random.default_rng(seed)
    out = np.empty(checked.shape, dtype=np.int32)
    for start in range(0, checked.shape[1], _BLOCK):
        piece = checked[:, start : start + _BLOCK].astype(np.float64) * top
        noise = chance.random(piece.shape) - chance.random(piece.shape)
        noise[piece == 0] = 0
        out[:, start : start + _BLOCK] = np.clip(np.round(piece + noise), -top, top - 1)
    return out
