"""The outline of a waveform."""

from typing import Final

import numpy as np

from engine.arrays import Signal, as_signal

BUCKETS: Final = 800


def peaks(signal: Signal, *, buckets: int = BUCKETS) -> tuple[tuple[float, float], ...]:
    """Least and greatest value over all channels in each of `buckets` equal spans, rounded to 3 decimals.

    A signal with fewer samples than buckets repeats samples, so the outline always has `buckets` pairs.
    """
    checked = as_signal(signal)
    count = checked.shape[1]
    if count == 0:
        return ((0.0, 0.0),) * buckets
    low, high = checked.min(axis=0), checked.max(axis=0)
    starts = np.arange(buckets) * count // buckets
    pairs = zip(np.minimum.reduceat(low, starts).tolist(), np.maximum.reduceat(high, starts).tolist(), strict=True)
    return tuple((round(least, 3), round(greatest, 3)) for least, greatest in pairs)
