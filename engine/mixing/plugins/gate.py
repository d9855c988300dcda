"""Gate: quiet where nothing is played."""

import numpy as np

from engine.arrays import Doubles
from engine.dsp.dynamics import FallingEnvelope, Gliding, fall_db_per_sample, is_open, keep_per_sample
from engine.mixing.parameters import Number
from engine.mixing.plugin import Place, Plugin, linear
from engine.mixing.plugins.compressor import KEY_HIGH_PASS, SIDE_CHAIN, Detector

_DETECTOR_MS = 5.0


class Gate(Plugin):
    """Opens above a threshold, shuts some decibels below it after a while, and glides between."""

    kind = "gate"
    title = "Gate"
    text = "Lowers what is softer than a threshold; opens on the level of all channels, or of another track."
    takes_side_chain = True
    parameters = (
        Number(
            name="threshold_db", title="Threshold", unit="dB", minimum=-100, maximum=0, default=-50, movement="step",
            text="Above it the gate opens.",
        ),
        Number(
            name="hysteresis_db", title="Hysteresis", unit="dB", minimum=0, maximum=24, default=4,
            text="The gate shuts this far below the threshold.",
        ),
        Number(
            name="range_db", title="Range", unit="dB", minimum=-100, maximum=0, default=-80,
            text="What a shut gate does to the level.",
        ),
        Number(name="attack_ms", title="Attack", unit="ms", minimum=0.1, maximum=100, default=1, curve="log"),
        Number(name="hold_ms", title="Hold", unit="ms", minimum=1, maximum=2_000, default=40, curve="log"),
        Number(name="release_ms", title="Release", unit="ms", minimum=1, maximum=5_000, default=120, curve="log"),
        KEY_HIGH_PASS,
        SIDE_CHAIN,
    )  # fmt: skip

    def prepare(self, place: Place) -> None:
        """Set up detector, state and glide; a gate begins shut."""
        number = self.values.number
        self._detector = Detector(
            high_pass_hz=number("side_chain_high_pass_hz"), is_rms=False, rate=self.rate, channels=self.channels
        )
        self._envelope = FallingEnvelope(fall_db_per_sample(_DETECTOR_MS, self.rate))
        self._hold = max(round(number("hold_ms") / 1000 * self.rate), 1)
        self._floor = linear(np.array([number("range_db")]))
        up, down = (keep_per_sample(number(name), self.rate) for name in ("attack_ms", "release_ms"))
        self._glide = Gliding(up, down, start=float(self._floor[0]))
        self._is_open, self._quiet = False, self._hold + 1

    def run(self, block: Doubles, key: Doubles) -> Doubles:
        """One block."""
        threshold = self.step_samples("threshold_db")
        opened, self._quiet = is_open(
            self._envelope.run(self._detector.run(key)),
            opens_db=threshold,
            closes_db=threshold - self.values.number("hysteresis_db"),
            hold_samples=self._hold,
            was_open=self._is_open,
            quiet_samples=self._quiet,
        )
        self._is_open = bool(opened[-1])
        return np.asarray(block * self._glide.run(opened, np.ones(1), self._floor))
