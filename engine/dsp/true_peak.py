"""The highest value of the band-limited waveform between the samples (ITU-R BS.1770-5, annex 2)."""

from copy import deepcopy
from typing import Final

import numpy as np

from engine.arrays import Doubles, Signal, as_signal
from engine.dsp.oversample import PEAK_LATENCY, PeakFinder

SILENCE: Final = float("-inf")
_RATE_HZ_MAX: Final = 176_400  # from here on the samples are close enough
_PIECE: Final = 1 << 16


def true_peak_dbtp(signal: Signal, *, sample_rate_hz: int) -> float:
    """Highest value of the band-limited waveform between the samples, dB re full scale; -inf for silence.

    Four times oversampled, at 176.4 kHz and above not at all.

    Source: ITU-R BS.1770-5, annex 2.
    """
    checked = as_signal(signal)
    peaks = Peaks(sample_rate_hz, checked.shape[0])
    for start in range(0, checked.shape[1], _PIECE):
        peaks.push(checked[:, start : start + _PIECE].astype(np.float64))
    return decibels(peaks.true_peak())


class Peaks:
    """Highest sample, and highest value between samples."""

    def __init__(self, rate: int, channels: int) -> None:
        self._between = PeakFinder(channels) if rate < _RATE_HZ_MAX else None
        self._channels = channels
        self.highest = self._highest_between = 0.0

    def push(self, piece: Doubles) -> None:
        """The next samples, (channels, any)."""
        self.highest = max(self.highest, float(np.abs(piece).max(initial=0.0)))
        if self._between is not None:
            found = self._between.run(piece, counts_from=self._highest_between)
            self._highest_between = max(self._highest_between, float(found.max(initial=0.0)))

    def true_peak(self) -> float:
        """The highest so far, as if silence followed."""
        highest = max(self.highest, self._highest_between)
        if self._between is None:
            return highest
        rest = deepcopy(self._between).run(np.zeros((self._channels, 2 * PEAK_LATENCY)), counts_from=highest)
        return max(highest, float(rest.max(initial=0.0)))


def decibels(peak: float) -> float:
    """A peak as decibels re full scale; -inf for none."""
    return float(20 * np.log10(peak)) if peak > 0 else SILENCE
