"""Left and right: who stands where, so that a mix leans to neither side."""

from typing import Final

import numpy as np

from engine.arrays import Doubles

_MIDDLE: Final = 0.12  # nearer than this is the middle


def positions(away: Doubles) -> Doubles:
    """Pan positions, (tracks,) -1..1, of tracks that stand `away` from the middle, 0..1.

    The widest goes left, the next right, and so on; of two as wide, the first comes first.
    """
    order = [int(i) for i in np.argsort(-away, kind="stable") if away[i] >= _MIDDLE]
    placed = np.zeros(len(away))
    lean = 0.0
    for index in order:
        side = -1.0 if lean >= 0 else 1.0
        placed[index] = side * away[index]
        lean += placed[index]
    return placed
