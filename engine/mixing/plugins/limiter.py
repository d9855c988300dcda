"""Look-ahead limiter on the true peak."""

import numpy as np

from engine.arrays import Doubles
from engine.dsp import oversample
from engine.dsp.limiting import MARGIN_DB, TRUE_PEAK_RATE_HZ, Reduction
from engine.mixing.parameters import Number, Switch
from engine.mixing.plugin import Place, Plugin, decibels, linear


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
        self._looks_between = bool(self.values["is_true_peak"]) and self.rate < TRUE_PEAK_RATE_HZ
        self._between = oversample.PeakFinder(self.channels)
        self._reduction = Reduction(self.rate, self.values.number("release_ms"))
        late = oversample.PEAK_LATENCY if self._looks_between else 0
        self.latency_samples = self._reduction.latency + late
        self._delayed = np.zeros((self.channels, self.latency_samples))

    def run(self, block: Doubles, key: Doubles) -> Doubles:
        """One block."""
        driven = block * self.line("gain_db", is_db=True)
        ceiling_db = self.step_samples("ceiling_db") - (MARGIN_DB if self._looks_between else 0.0)
        peaks = self._peak(driven, linear(ceiling_db).min())
        smooth = self._reduction.run(np.maximum(decibels(peaks) - ceiling_db, 0.0))
        late = np.concatenate([self._delayed, driven], axis=1)
        self._delayed = late[:, driven.shape[1] :]
        return np.asarray(late[:, : driven.shape[1]] * linear(-smooth))

    def _peak(self, driven: Doubles, counts_from: float) -> Doubles:
        """Highest absolute value at and around each sample, over the channels; late by the oversampling."""
        if not self._looks_between:
            return np.asarray(np.abs(driven).max(axis=0))
        return self._between.run(driven, counts_from=counts_from)
