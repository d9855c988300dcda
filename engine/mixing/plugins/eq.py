"""Parametric equaliser."""

from typing import Any, cast

import numpy as np

from engine.arrays import Doubles
from engine.dsp.biquad import SHAPES, SectionFilter, Shape, biquad
from engine.mixing.automation import STEP, Values
from engine.mixing.parameters import Choice, Number, Rows
from engine.mixing.plugin import STEPS, Place, Plugin

BAND = (
    Choice(name="shape", title="Shape", choices=SHAPES, default="peak"),
    Number(
        name="frequency_hz", title="Frequency", unit="Hz", minimum=10, maximum=22_000, default=1_000, curve="log",
        movement="step",
    ),
    Number(name="gain_db", title="Gain", unit="dB", minimum=-30, maximum=30, default=0, movement="step"),
    Number(name="q", title="Q", minimum=0.1, maximum=30, default=0.7071, curve="log", movement="step"),
)  # fmt: skip


class Equaliser(Plugin):
    """Second-order filters in series, one a band; one above 0.49 of the sampling rate does nothing."""

    kind = "eq"
    title = "Equaliser"
    text = "Parametric equaliser: second-order filters in series."
    parameters = (
        Rows(
            name="bands", title="Bands", entry="band", parameters=BAND, required=("shape", "frequency_hz"), count_max=16
        ),
    )

    def prepare(self, place: Place) -> None:
        """Design the bands; those that move are designed again at every step."""
        rows: list[dict[str, Any]] = self.values["bands"]
        self.bands = [
            Values(row, BAND, where=f"{self.where}, bands[{index}]", sample_rate_hz=self.rate)
            for index, row in enumerate(rows)
        ]
        self._filter = SectionFilter(len(self.bands), self.channels)
        self._moves = any(band.is_moving for band in self.bands)
        self._sections = None if self._moves else self.sections(0, 1)[0]

    def sections(self, first: int, count: int) -> Doubles:
        """Coefficients at `count` steps from `first`: (count, bands, 6)."""
        designed = []
        for band in self.bands:
            band.delay_samples = self.values.delay_samples
            frequency, gain, q = (band.steps(name, first, count) for name in ("frequency_hz", "gain_db", "q"))
            section = biquad(cast(Shape, band["shape"]), frequency, gain, q, sample_rate_hz=self.rate)
            designed.append(np.broadcast_to(section, (count, 6)))
        return np.stack(designed, axis=1)

    def run(self, block: Doubles, key: Doubles) -> Doubles:
        """One block."""
        sections = self.sections(self._step, STEPS) if self._sections is None else self._sections
        return self._filter.run(sections, block, step=STEP)
