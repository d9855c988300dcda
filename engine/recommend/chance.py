"""Draws for networks of floats: a whole-number grid is laid over their logits before chance decides.

Two machines differ in the last bits of a float; after rounding to 1/1024 of a nat, nearly all draws agree, and the
draw itself is made in whole numbers (`draws`). Where a logit lies on the border of two steps of the grid, another
machine may still draw another note: that is why a generation records its runtime, and why a replay compares bytes.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.recommend.draws import LOGIT_UNITS_PER_NAT, draw, exponential_tables, random_word, weights_of

_tables = cache(exponential_tables)


def choose(logits: NDArray[np.floating[Any]], *places: int, temperature_milli: int = 1000) -> tuple[int, float]:
    """Draw one choice; return its index and ln P(choice) at temperature 1.

    Parameters
    ----------
    logits : (choices,), nats; -inf rules a choice out, at least one must be finite
    places : whole numbers that name where the draw is made: seed, variant, step, voice ...
    temperature_milli : 1000 draws as the model believes, less is safer, 0 takes the likeliest
    """
    likely = np.asarray(logits, np.float64) - np.max(logits)
    log_total = float(np.log(np.exp(likely).sum()))
    if temperature_milli == 0:
        index = int(np.argmax(_whole(likely)))
    else:
        coarse, fine = _tables()
        weights = weights_of(_whole(likely * (1000 / temperature_milli)), coarse=coarse, fine=fine)
        index = draw(weights, random_word(*places))
    return index, float(likely[index]) - log_total


def normals(count: int, *places: int) -> NDArray[np.float64]:
    """Draw `count` values of the standard normal distribution, each the same whatever `count` is.

    places : whole numbers that name where the draw is made: seed, variant, kind ...

    Source: G. E. P. Box and M. E. Muller, "A Note on the Generation of Random Normal Deviates", 1958.
    """
    words = [random_word(*places, index) for index in range(2 * count)]
    uniform = (np.array(words, np.uint64) >> np.uint64(11)).astype(np.float64) + 0.5
    first, second = (uniform * 2.0**-53).reshape(count, 2).T
    return np.asarray(np.sqrt(-2 * np.log(first)) * np.cos(2 * np.pi * second))


def _whole(logits: NDArray[np.float64]) -> NDArray[np.int64]:
    # Far below any table's reach, and far from overflow: -inf becomes a choice that is never drawn.
    grid: NDArray[np.int64] = np.rint(np.maximum(logits, -1e6) * LOGIT_UNITS_PER_NAT).astype(np.int64)
    return grid
