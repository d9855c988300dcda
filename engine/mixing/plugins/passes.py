"""What the high pass and the low pass have in common: Butterworth filters of six decibels an octave and more."""

from typing import ClassVar, Literal

import numpy as np

from engine.arrays import Doubles
from engine.dsp.biquad import SectionFilter, butterworth
from engine.mixing.automation import STEP
from engine.mixing.parameters import Choice, Number
from engine.mixing.plugin import STEPS, Place, Plugin

SLOPE = Choice(
    name="slope_db_per_octave", title="Slope", choices=(6, 12, 18, 24, 36, 48), default=12, text="dB an octave."
)


def frequency(default_hz: float) -> Number:
    """The corner, where the filter is 3 dB down."""
    return Number(
        name="frequency_hz", title="Frequency", unit="Hz", minimum=10, maximum=22_000, default=default_hz, curve="log",
        movement="step", text="The corner, 3 dB down.",
    )  # fmt: skip


class Pass(Plugin):
    """A Butterworth filter of order slope / 6."""

    passes: ClassVar[Literal["low_pass", "high_pass"]]

    def prepare(self, place: Place) -> None:
        """Set up the filter's state."""
        self.order = int(self.values["slope_db_per_octave"]) // 6
        self._filter = SectionFilter(self.order // 2 + self.order % 2, self.channels)

    def sections(self, first: int, count: int) -> Doubles:
        """Coefficients at `count` steps from `first`: (count or 1, sections, 6)."""
        return butterworth(self.passes, self.values.steps("frequency_hz", first, count), self.order, rate=self.rate)

    def run(self, block: Doubles, key: Doubles) -> Doubles:
        """One block."""
        sections = np.asarray(self.sections(self._step, STEPS))
        return self._filter.run(sections[0] if len(sections) == 1 else sections, block, step=STEP)
