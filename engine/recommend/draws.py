"""Chance in whole numbers: the same seed draws the same way on every machine.

No floating point decides anything here. Logits come in as integers, weights are products of table entries, and the
random bits are a hash of the seed and of where the draw is made, so draws may be made in any order or company.
"""

from decimal import Context, Decimal

import numpy as np
from numpy.typing import NDArray

LOGIT_UNITS_PER_NAT = 1024
TABLE_BITS = 31  # weights are fractions of 2**31
COARSE_UNITS = 64  # exp(-k) = coarse[k // 64] * fine[k % 64]
NATS_MAX = 21  # beyond this a weight is below one part in 2**31, and is 0

_WORD = (1 << 64) - 1
_LOGARITHM = Context(prec=16)


def random_word(*words: int) -> int:
    """64 random bits for a place in the work, named by whole numbers: a hash, not a stream.

    Source: the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
    OOPSLA 2014), applied once for each word.
    """
    state = 0
    for word in words:
        state = (state + (word & _WORD) * 0xD1B54A32D192ED03 + 0x9E3779B97F4A7C15) & _WORD
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _WORD
        state ^= state >> 31
    return state


def weights_of(logits: NDArray[np.int64], *, coarse: NDArray[np.int64], fine: NDArray[np.int64]) -> NDArray[np.int64]:
    """Softmax without its division: exp(logit - greatest) in parts of 2**31.

    Parameters
    ----------
    logits : (..., choices) int64, units of 1/1024 nat
    coarse, fine : the tables of `exponential_tables`

    Returns
    -------
    (..., choices) int64, the greatest is about 2**31
    """
    below = logits.max(axis=-1, keepdims=True) - logits
    reachable = below < NATS_MAX * LOGIT_UNITS_PER_NAT
    below = np.where(reachable, below, 0)
    weights = (coarse[below // COARSE_UNITS] * fine[below % COARSE_UNITS]) >> TABLE_BITS
    return np.where(reachable, weights, 0)


def exponential_tables() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tables of exp for `weights_of`; made once, when weights are written, and kept in their file."""
    one = Decimal(1 << TABLE_BITS)

    def table(count: int, units: int) -> NDArray[np.int64]:
        exponents = (-Decimal(index * units) / LOGIT_UNITS_PER_NAT for index in range(count))
        return np.array([int((one * exponent.exp()).to_integral_value()) for exponent in exponents], np.int64)

    return table(NATS_MAX * LOGIT_UNITS_PER_NAT // COARSE_UNITS, COARSE_UNITS), table(COARSE_UNITS, 1)


def draw(weights: NDArray[np.int64], word: int) -> int:
    """Index of the choice that `word` (64 random bits) falls on.

    Parameters
    ----------
    weights : (choices,) int64, >= 0, of which at least one is greater than 0
    """
    cumulative = weights.cumsum()
    return int(np.searchsorted(cumulative, (word * int(cumulative[-1])) >> 64, side="right"))


def log_probability_milli(logits: NDArray[np.int64], weights: NDArray[np.int64], choice: int) -> Decimal:
    """1000 ln P(choice) for unmasked `logits` and their `weights`; exact in its last printed digit on every machine.

    Decimal logarithms are correctly rounded by definition, those of the C library are not.
    """
    below = int(logits.max()) - int(logits[choice])
    total = Decimal(int(weights.sum())) / (1 << TABLE_BITS)
    return -1000 * (Decimal(below) / LOGIT_UNITS_PER_NAT + _LOGARITHM.ln(total))
