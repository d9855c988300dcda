"""Pitch shift: higher or lower at the same tempo."""

import numpy as np

from engine.arrays import Doubles
from engine.dsp.phase_vocoder import Reader, Stretcher
from engine.mixing.parameters import Number
from engine.mixing.plugin import Place, Plugin


class PitchShift(Plugin):
    """A time stretch by 2^(semitones / 12), read as many times as fast."""

    kind = "pitch_shift"
    title = "Pitch shift"
    text = "Moves the pitch and keeps the tempo."
    parameters = (
        Number(name="semitones", title="Semitones", unit="semitones", minimum=-24, maximum=24, default=0),
        Number(name="cents", title="Cents", unit="cents", minimum=-100, maximum=100, default=0),
    )

    def prepare(self, place: Place) -> None:
        """Set up the vocoder and the reader; no shift leaves every sample as it is."""
        ratio = 2 ** ((self.values.number("semitones") + self.values.number("cents") / 100) / 12)
        self._is_idle = abs(ratio - 1) < 1e-9
        self._stretcher = Stretcher(ratio, sample_rate_hz=self.rate, channels=self.channels)
        self._reader = Reader(ratio, channels=self.channels)

    def run(self, block: Doubles, key: Doubles) -> Doubles:
        """One block; what comes out is late, but nothing is lost."""
        return np.asarray(block) if self._is_idle else self._reader.run(self._stretcher.run(block))
