"""Look-ahead limiter on the true peak."""

import numpy as np
from scipy.ndimage import maximum_filter1d

from engine.arrays import Doubles
from engine.dsp import oversample
from engine.dsp.dynamics import FallingEnvelope, fall_db_per_sample
from engine.mixing.parameters import Number, Switch
from engine.mixing.plugin import Place, Plugin, decibels, linear

_LOOK_AHEAD_S = 0.002
_TRUE_PEAK_RATE_HZ = 176_400  # from here on, the samples themselves are close enough
_MARGIN_DB = 0.1  # between samples it stays so much below the ceiling: more than peaks are underestimated by


class Limiter(Plugin):
    """The gain that each peak needs, held and smoothed over the look-ahead, on the delayed signal."""

    kind = "limiter"
    title = "Limiter"
    text = "Look-ahead limiter: no peak, not even one between the samples, passes the ceiling."
    parameters = (
        Number(
            name="ceiling_db", title="Ceiling", unit="dB", minimum=-30, maximum=0, default=-1, movement="step",
            text="dBTP, or dBFS where the true peak is not looked at.",
        ),
        Number(
            name="gain_db", title="Gain", unit="dB", minimum=-30, maximum=30, default=0, movement="sample",
            text="Before the limiter.",
        ),
        Number(
            name="release_ms", title="Release", unit="ms", minimum=1, maximum=2_000, default=80, curve="log",
            text="The reduction goes back by 8.7 dB in this time.",
        ),
        Switch(name="is_true_peak", title="True peak", default=True, text="Looks between samples."),
    )  # fmt: skip

    def prepare(self, place: Place) -> None:
        """Set up the look-ahead."""
        self._looks_between = bool(self.values["is_true_peak"]) and self.rate < _TRUE_PEAK_RATE_HZ
        self._between = oversample.PeakFinder(self.channels)
        late = oversample.PEAK_LATENCY if self._looks_between else 0
        self._span = max(round(_LOOK_AHEAD_S * self.rate), 1)
        # A peak between two samples counts for both, so it is held for one sample more on either side.
        self.latency_samples = self._span + 1 + late
        self._delayed = np.zeros((self.channels, self.latency_samples))
        self._peaks = np.zeros(self._span + 2)
        window = np.hanning(self._span + 3)[1:-1]
        self._window = window / window.sum()
        self._smooth = np.zeros(self._span)
        self._release = FallingEnvelope(fall_db_per_sample(self.values.number("release_ms"), self.rate), start_db=0.0)

    def run(self, block: Doubles, key: Doubles) -> Doubles:
        """One block."""
        driven = block * self.line("gain_db", is_db=True)
        ceiling_db = self.step_samples("ceiling_db") - (_MARGIN_DB if self._looks_between else 0.0)
        peaks = self._peak(driven, linear(ceiling_db).min())
        over = np.maximum(decibels(peaks) - ceiling_db, 0.0)
        reduction = self._release.run(self._held(over))
        heard = np.concatenate([self._smooth, reduction])
        self._smooth = heard[len(reduction) :]
        smooth = np.convolve(heard, self._window, mode="valid")
        late = np.concatenate([self._delayed, driven], axis=1)
        self._delayed = late[:, driven.shape[1] :]
        return np.asarray(late[:, : driven.shape[1]] * linear(-smooth))

    def _held(self, over: Doubles) -> Doubles:
        """Each value held over the look-ahead: the greatest of this one and the `span + 2` before."""
        heard, size = np.concatenate([self._peaks, over]), len(self._peaks) + 1
        self._peaks = heard[len(over) :]
        return np.asarray(maximum_filter1d(heard, size)[size // 2 : size // 2 + len(over)])

    def _peak(self, driven: Doubles, counts_from: float) -> Doubles:
        """Highest absolute value at and around each sample, over the channels; late by the oversampling."""
        if not self._looks_between:
            return np.asarray(np.abs(driven).max(axis=0))
        return self._between.run(driven, counts_from=counts_from)
