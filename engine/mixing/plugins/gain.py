"""Gain: louder or softer."""

import numpy as np

from engine.arrays import Doubles
from engine.mixing.parameters import Number
from engine.mixing.plugin import Plugin


class Gain(Plugin):
    """y[n] = x[n] * 10^(gain_db / 20)."""

    kind = "gain"
    title = "Gain"
    text = "Makes the signal louder or softer."
    parameters = (
        Number(name="gain_db", title="Gain", unit="dB", minimum=-60, maximum=30, default=0, movement="sample"),
    )

    def run(self, block: Doubles, key: Doubles) -> Doubles:
        """One block."""
        return np.asarray(block * self.line("gain_db", is_db=True))
