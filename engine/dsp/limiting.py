"""What a look-ahead limiter does with peaks: how much gain each takes away, held, let go and smoothed."""

from typing import Final

import numpy as np
from scipy.ndimage import maximum_filter1d

from engine.arrays import Doubles
from engine.dsp.dynamics import FallingEnvelope, fall_db_per_sample

LOOK_AHEAD_S: Final = 0.002
TRUE_PEAK_RATE_HZ: Final = 176_400  # from here on, the samples themselves are close enough
MARGIN_DB: Final = 0.1  # between samples it stays so much below the ceiling: more than peaks are underestimated by


class Reduction:
    """By how much peaks over a ceiling are to be turned down, dB, block by block; `latency` samples late."""

    def __init__(self, sample_rate_hz: int, release_ms: float) -> None:
        self._span = max(round(LOOK_AHEAD_S * sample_rate_hz), 1)
        # A peak between two samples counts for both, so it is held for one sample more on either side.
        self.latency = self._span + 1
        self._peaks = np.zeros(self._span + 2)
        window = np.hanning(self._span + 3)[1:-1]
        self._window = window / window.sum()
        self._smooth = np.zeros(self._span)
        self._release = FallingEnvelope(fall_db_per_sample(release_ms, sample_rate_hz), start_db=0.0)

    def run(self, over_db: Doubles) -> Doubles:
        """(samples,) of dB over the ceiling, at least 0, to (samples,) of dB to take away."""
        reduction = self._release.run(self._held(over_db))
        heard = np.concatenate([self._smooth, reduction])
        self._smooth = heard[len(reduction) :]
        if not heard.any():
            return reduction
        return np.convolve(heard, self._window, mode="valid")

    def _held(self, over: Doubles) -> Doubles:
        """Each value held over the look-ahead: the greatest of this one and the `span + 2` before."""
        heard, size = np.concatenate([self._peaks, over]), len(self._peaks) + 1
        self._peaks = heard[len(over) :]
        if not heard.any():
            return over
        return np.asarray(maximum_filter1d(heard, size)[size // 2 : size // 2 + len(over)])
