"""Wiener filter."""

from typing import ClassVar

import numpy as np

from engine.arrays import Floats
from engine.denoise.a_priori import DecisionDirected
from engine.denoise.rule import About, FrameRule, Spec


class Wiener(FrameRule):
    """G = xi / (1 + xi), xi decision-directed.

    Source: P. Scalart, J. V. Filho, "Speech enhancement based on a priori signal to noise estimation", ICASSP 1996.
    """

    about: ClassVar = About(
        title="Wiener filter (decision-directed)",
        source="P. Scalart, J. V. Filho, Speech enhancement based on a priori signal to noise estimation, ICASSP, 1996",
        good_for="most recordings: quiet and smooth, without chirping",
        text="Gives every frequency the gain with the least mean square error, guided by the moment before.",
    )

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec)
        self._a_priori = DecisionDirected(spec)

    def step(self, power: Floats, noise: Floats) -> Floats:
        """One frame; its result guides the next."""
        prior = self._a_priori.ratio(power, noise)
        gain = prior / (1 + prior)
        self._a_priori.remember(np.square(gain) * power, noise)
        return gain
