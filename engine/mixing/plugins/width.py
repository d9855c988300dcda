"""Width: how far left and right differ."""

import numpy as np

from engine.arrays import Doubles
from engine.mixing.parameters import Number
from engine.mixing.plugin import Plugin


class Width(Plugin):
    """Scales the side signal (left - right) / 2 and leaves the middle (left + right) / 2."""

    kind = "width"
    title = "Stereo width"
    text = "Stereo width; 0 is mono, 1 leaves it, 2 doubles the side signal."
    parameters = (Number(name="width", title="Width", minimum=0, maximum=2, default=1, movement="sample"),)
    channels_needed = 2

    def run(self, block: Doubles, key: Doubles) -> Doubles:
        """One block."""
        mid, side = (block[0] + block[1]) / 2, (block[0] - block[1]) / 2 * self.line("width")
        return np.stack([mid + side, mid - side])
