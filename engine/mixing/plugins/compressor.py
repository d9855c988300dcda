"""Compressor with a side chain."""

import numpy as np

from engine.arrays import Doubles
from engine.dsp.biquad import SectionFilter, biquad
from engine.dsp.dynamics import FallingEnvelope, OnePole, compressor_gain_db, fall_db_per_sample, keep_per_sample
from engine.mixing.parameters import Choice, Number, Word
from engine.mixing.plugin import Place, Plugin, decibels, linear

SIDE_CHAIN = Word(
    name="side_chain", title="Side chain", default="",
    text="Name of the track or bus of the mix that is listened to; empty for the signal itself.",
)  # fmt: skip
KEY_HIGH_PASS = Number(
    name="side_chain_high_pass_hz", title="Side-chain high pass", unit="Hz", minimum=10, maximum=2_000, default=10,
    curve="log", text="The detector hears nothing below; off at 10 Hz.",
)  # fmt: skip

_RMS_MS = 10.0


class Detector:
    """The level a dynamics plugin listens to: linked over all channels, dB."""

    def __init__(self, *, high_pass_hz: float, is_rms: bool, rate: int, channels: int) -> None:
        self._filter = SectionFilter(1, channels) if high_pass_hz > KEY_HIGH_PASS.minimum else None
        frequency, q = np.array([high_pass_hz]), np.array([np.sqrt(0.5)])
        self._sections = biquad("low_cut", frequency, np.zeros(1), q, sample_rate_hz=rate)
        self._power = OnePole(keep_per_sample(_RMS_MS, rate)) if is_rms else None

    def run(self, key: Doubles) -> Doubles:
        """(channels, samples) to (samples,) dB."""
        heard = self._filter.run(self._sections, key, step=1) if self._filter else key
        if self._power is None:
            return decibels(np.abs(heard).max(axis=0))
        return decibels(np.sqrt(np.maximum(self._power.run(np.square(heard).mean(axis=0)), 0)))


class Compressor(Plugin):
    """Feed-forward: level, falling envelope (release), static curve, one pole in decibels (attack)."""

    kind = "compressor"
    title = "Compressor"
    text = "Feed-forward compressor on the level of all channels, or of another track."
    takes_side_chain = True
    parameters = (
        Number(name="threshold_db", title="Threshold", unit="dB", minimum=-80, maximum=0, default=-20, movement="step"),
        Number(
            name="ratio", title="Ratio", unit=":1", minimum=1, maximum=100, default=4, curve="log", movement="step"
        ),
        Number(name="attack_ms", title="Attack", unit="ms", minimum=0.1, maximum=500, default=10, curve="log"),
        Number(
            name="release_ms", title="Release", unit="ms", minimum=1, maximum=5_000, default=120, curve="log",
            text="The level falls by 8.7 dB in this time.",
        ),
        Number(name="knee_db", title="Knee", unit="dB", minimum=0, maximum=24, default=6, movement="step"),
        Number(name="makeup_db", title="Make-up", unit="dB", minimum=-30, maximum=30, default=0, movement="sample"),
        Number(name="mix", title="Mix", minimum=0, maximum=1, default=1, movement="sample"),
        Choice(name="detector", title="Detector", choices=("peak", "rms"), default="peak"),
        KEY_HIGH_PASS,
        SIDE_CHAIN,
    )  # fmt: skip

    def prepare(self, place: Place) -> None:
        """Set up detector, release and attack."""
        number = self.values.number
        self._detector = Detector(
            high_pass_hz=number("side_chain_high_pass_hz"),
            is_rms=self.values["detector"] == "rms",
            rate=self.rate,
            channels=self.channels,
        )
        self._release = FallingEnvelope(fall_db_per_sample(number("release_ms"), self.rate))
        self._attack = OnePole(keep_per_sample(number("attack_ms"), self.rate))

    def run(self, block: Doubles, key: Doubles) -> Doubles:
        """One block."""
        level = self._release.run(self._detector.run(key))
        wanted = compressor_gain_db(
            level, self.step_samples("threshold_db"), self.step_samples("ratio"), self.step_samples("knee_db")
        )
        gain = linear(self._attack.run(wanted) + self.line("makeup_db"))
        mix = self.line("mix")
        return np.asarray(block * (1 - mix + mix * gain))
