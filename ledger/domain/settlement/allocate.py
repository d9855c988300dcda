"""allocate(amount, weights): the one way to divide money, everywhere in the project.

Largest remainder: part i = floor(amount × wᵢ / Σw); the units still left go, one each, to the largest remainders
(amount × wᵢ mod Σw), ties to the earlier place. A negative amount is divided as its mirror, so a line and its exact
reversal cancel to the last unit. Products pass 64 bits, so the amount is split first: with a = q·W + r,
floor(a × w / W) = q·w + floor(r × w / W), and r × w stays below W².
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ledger.domain.settlement.limits import PPM

Ints: TypeAlias = npt.NDArray[np.int64]

WEIGHT_SUM_MAX = 3_037_000_499
"""floor(√(2⁶³ − 1)): up to here r × w fits 63 bits."""


KEY_BITS = 63
"""A sort key of so many bits fits an int64."""


class ZeroWeightsError(ValueError):
    """Weights sum to zero, so there is nobody to give the amount to."""


def allocate(amount: int, weights: Sequence[int]) -> list[int]:
    """Divide one amount of any size: the rule in Python's own integers.

    Raises
    ------
    ZeroWeightsError
        If the weights sum to zero.
    """
    whole = _checked_sum(weights)
    if amount < 0:
        return [-part for part in allocate(-amount, weights)]
    parts = [amount * weight // whole for weight in weights]
    left = amount - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda place: (-(amount * weights[place] % whole), place))
    for place in by_remainder[:left]:
        parts[place] += 1
    return parts


def _checked_sum(weights: Sequence[int]) -> int:
    if any(weight < 0 for weight in weights):
        raise ValueError("a weight is negative")
    whole = sum(weights)
    if whole == 0:
        raise ZeroWeightsError("the weights sum to zero")
    return whole


def allocate_groups(amounts: Ints, weights: Ints, counts: Ints) -> Ints:
    """Divide many amounts at once, each over its own group of weights.

    Parameters
    ----------
    amounts : (groups,) int64, |amount| < 2**63
    weights : (rows,) int64, >= 0, the groups one after the other
    counts : (groups,) int64, rows of each group, >= 1

    Returns
    -------
    (rows,) int64 parts; within each group they sum to its amount.

    Raises
    ------
    ZeroWeightsError
        If the weights of a group sum to zero.
    """
    if len(amounts) == 0:
        return np.zeros(0, np.int64)
    starts = np.cumsum(counts) - counts
    if int(weights.min()) < 0:
        raise ValueError("a weight is negative")
    if _largest_sum(weights, starts, counts) > WEIGHT_SUM_MAX:
        return _allocate_groups_wide(amounts, weights, starts, counts)
    whole = np.add.reduceat(weights, starts)
    if not whole.all():
        raise ZeroWeightsError("the weights of a group sum to zero")
    size = np.abs(amounts)
    quotient, rest = np.divmod(size, whole)
    product = np.repeat(rest, counts) * weights
    row_whole = np.repeat(whole, counts)
    parts, remainder = np.divmod(product, row_whole)
    left = rest - np.add.reduceat(parts, starts)
    parts += np.repeat(quotient, counts) * weights
    _give_units_left(parts, remainder, left, starts, counts)
    parts *= np.repeat(np.sign(amounts), counts)
    return parts


def _largest_sum(weights: Ints, starts: Ints, counts: Ints) -> int:
    bound = int(weights.max()) * int(counts.max())
    if bound <= WEIGHT_SUM_MAX:
        return bound
    # Near 2**63 a sum of int64 could wrap, so the bound is taken in floats: 53 bits decide this well enough.
    return int(np.add.reduceat(weights.astype(np.float64), starts).max() * 1.001)


def _give_units_left(parts: Ints, remainder: Ints, left: Ints, starts: Ints, counts: Ints) -> None:
    """Add one to the `left` largest remainders of each group, in place; ties go to the earlier row."""
    needy = np.flatnonzero(left)
    if len(needy) == 0:
        return
    starts, counts, left = starts[needy], counts[needy], left[needy]
    rows = ranges(starts, counts)
    group = np.repeat(np.arange(len(needy)), counts)
    place = rows - np.repeat(starts, counts)
    rank = place  # rows that are sorted by group keep the groups where they are
    place = _by_remainder(group, remainder[rows], place)
    chosen = rank < np.repeat(left, counts)
    parts[starts[group[chosen]] + place[chosen]] += 1


def _by_remainder(group: Ints, remainder: Ints, place: Ints) -> Ints:
    """The places within each group, largest remainder first, ties in order."""
    most = int(remainder.max())
    remainder_bits, place_bits = most.bit_length(), int(place.max()).bit_length()
    if int(group[-1]).bit_length() + remainder_bits + place_bits > KEY_BITS:
        return place[np.lexsort((place, -remainder, group))]
    # One whole number holds all three: sorting plain numbers is several times faster than sorting their places.
    key = ((group << remainder_bits | (most - remainder)) << place_bits) | place
    key.sort()
    return key & ((1 << place_bits) - 1)


def _allocate_groups_wide(amounts: Ints, weights: Ints, starts: Ints, counts: Ints) -> Ints:
    """The rare case of weights whose sum squared passes 63 bits: group by group, in Python's own integers."""
    parts = np.empty(len(weights), np.int64)
    for amount, start, count in zip(amounts.tolist(), starts.tolist(), counts.tolist(), strict=True):
        parts[start : start + count] = allocate(amount, weights[start : start + count].tolist())
    return parts


def allocate_ppm(amounts: Ints, first_ppm: Ints | int) -> tuple[Ints, Ints]:
    """allocate(amount, [first_ppm, 1,000,000 − first_ppm]) for many amounts: (first parts, second parts).

    Parameters
    ----------
    amounts : (n,) int64
    first_ppm : (n,) int64 or one number, 0 to 1,000,000
    """
    size = np.abs(amounts)
    quotient, rest = np.divmod(size, PPM)
    first, remainder = np.divmod(rest * first_ppm, PPM)
    # The two remainders sum to 0 (nothing is left) or to a whole unit, which goes to the larger, the first on a tie.
    first += (remainder * 2 >= PPM) + quotient * first_ppm
    first *= np.sign(amounts)
    return first, amounts - first


def floor_ppm(amounts: Ints, ppm: Ints) -> Ints:
    """floor(amount × ppm / 1,000,000) for amounts >= 0, exact although the product may pass 64 bits."""
    quotient, rest = np.divmod(amounts, PPM)
    floors: Ints = quotient * ppm + rest * ppm // PPM
    return floors


def ranges(starts: Ints, counts: Ints) -> Ints:
    """The numbers start, start + 1, ... (count of them) of each pair, one after the other."""
    before = np.cumsum(counts) - counts
    numbers: Ints = np.arange(int(counts.sum()), dtype=np.int64) + np.repeat(starts - before, counts)
    return numbers
