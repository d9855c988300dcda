"""The short-time Fourier transform that the analyses share."""

import numpy as np

from engine.arrays import Floats, Mono
from engine.errors import ShapeError


def magnitude(mono: Mono, *, window: int, hop: int) -> Floats:
    """Linear magnitude under a Hann window.

    Parameters
    ----------
    mono : (samples,) float32; padded with zeros to at least one window
    window, hop : samples

    Returns
    -------
    (window // 2 + 1, frames) float32
    """
    if mono.ndim != 1 or window < 2 or hop < 1:
        raise ShapeError(f"expected (samples,) and a positive window and hop, not {mono.shape}, {window}, {hop}")
    padded = np.pad(mono, (0, max(window - len(mono), 0)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop]
    shape = np.hanning(window).astype(np.float32)
    blocks = [
        np.abs(np.fft.rfft(frames[start : start + 256] * shape, axis=1)).astype(np.float32)
        for start in range(0, len(frames), 256)
    ]
    return np.ascontiguousarray(np.concatenate(blocks).T)
