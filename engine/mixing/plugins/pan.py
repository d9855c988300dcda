"""Pan: a place between left and right."""

import numpy as np

from engine.arrays import Doubles
from engine.mixing.parameters import Number
from engine.mixing.plugin import Plugin


class Pan(Plugin):
    """Left and right times sqrt(2) cos and sqrt(2) sin of (position + 1) * pi / 4: the sum of squares stays."""

    kind = "pan"
    title = "Pan"
    text = "Constant-power balance of a stereo signal; -1 is left, 1 is right."
    parameters = (Number(name="position", title="Position", minimum=-1, maximum=1, default=0, movement="sample"),)
    channels_needed = 2

    def run(self, block: Doubles, key: Doubles) -> Doubles:
        """One block."""
        angle = (self.line("position") + 1) * np.pi / 4
        return np.asarray(block * (np.sqrt(2) * np.stack([np.cos(angle), np.sin(angle)])))
