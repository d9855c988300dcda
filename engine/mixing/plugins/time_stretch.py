"""Time stretch: longer or shorter at the same pitch."""

import numpy as np

from engine.arrays import Doubles
from engine.dsp.phase_vocoder import Stretcher
from engine.mixing.parameters import Number
from engine.mixing.plugin import Place, Plugin


class TimeStretch(Plugin):
    """Phase vocoder with locked phases; the only plugin that changes how long a signal is."""

    kind = "time_stretch"
    title = "Time stretch"
    text = "Makes the signal longer or shorter and keeps its pitch. For whole signals, not for live ones."
    parameters = (
        Number(
            name="length", title="Length", minimum=0.25, maximum=4, default=1, curve="log",
            text="How many times as long; 2 is half the tempo.",
        ),
    )  # fmt: skip

    def prepare(self, place: Place) -> None:
        """Set up the vocoder; a length of 1 leaves every sample as it is."""
        ratio = self.values.number("length")
        self._stretcher = (
            Stretcher(ratio, sample_rate_hz=self.rate, channels=self.channels) if abs(ratio - 1) > 1e-9 else None
        )

    def length(self, samples: int) -> int:
        """How many samples come out."""
        return round(samples * self.values.number("length"))

    def run(self, block: Doubles, key: Doubles) -> Doubles:
        """One block; what comes out is about `length` times as much."""
        return self._stretcher.run(block) if self._stretcher else np.asarray(block)
