"""Saturation: bends the waveform, four times oversampled."""

import numpy as np
from scipy import signal as filters

from engine.arrays import Doubles
from engine.dsp import oversample
from engine.mixing.parameters import Choice, Number
from engine.mixing.plugin import BLOCK, Place, Plugin

_BIAS = 0.3
_DC_HZ = 5.0


class Saturation(Plugin):
    """out * f(drive * x) with f at four times the sampling rate; what is dry is late by the same."""

    kind = "saturation"
    title = "Saturation"
    text = "Bends the waveform as tape and tubes do, oversampled so that it does not alias."
    parameters = (
        Number(name="drive_db", title="Drive", unit="dB", minimum=-12, maximum=48, default=6, movement="sample"),
        Choice(
            name="shape", title="Shape", choices=("tanh", "cubic", "tube"), default="tanh",
            text="tanh: smooth; cubic: x - x^3/3, hard at the end; tube: tanh off its centre, with even harmonics.",
        ),
        Number(name="output_db", title="Output", unit="dB", minimum=-48, maximum=12, default=0, movement="sample"),
        Number(name="mix", title="Mix", minimum=0, maximum=1, default=1, movement="sample"),
    )  # fmt: skip

    latency_samples = 2 * oversample.LATENCY

    def prepare(self, place: Place) -> None:
        """Set up both filters and the delay of what stays dry."""
        self._up, self._down = oversample.Upsampler(self.channels), oversample.Downsampler(self.channels)
        self._dry = np.zeros((self.channels, self.latency_samples))
        keep = np.exp(-2 * np.pi * _DC_HZ / self.rate)
        self._dc = np.array([1.0, -1.0]), np.array([1.0, -keep])
        self._dc_state = np.zeros((self.channels, 1))

    def run(self, block: Doubles, key: Doubles) -> Doubles:
        """One block."""
        bent = self._down.run(bend(self._up.run(block * self.line("drive_db", is_db=True)), str(self.values["shape"])))
        if self.values["shape"] == "tube":
            bent, self._dc_state = filters.lfilter(*self._dc, bent, axis=1, zi=self._dc_state)
        heard = np.concatenate([self._dry, block], axis=1)
        self._dry = heard[:, BLOCK:]
        return self.mixed(heard[:, :BLOCK], bent * self.line("output_db", is_db=True))


def bend(values: Doubles, shape: str) -> Doubles:
    """The static curve of a shape."""
    if shape == "tanh":
        return np.asarray(np.tanh(values))
    if shape == "cubic":
        held = np.clip(values, -1.0, 1.0)
        return np.asarray(held - held * held * held / 3)
    return np.asarray(np.tanh(values + _BIAS) - np.tanh(_BIAS))
