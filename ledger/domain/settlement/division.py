"""One division of money, told: the exact part of each, its floor, its remainder, and who got a unit that was left."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """What one receiver got: |amount| × weight = floor × whole + remainder; `unit` is 1 for one of the left-over units.

    The amount carries the sign of what was divided; floor, remainder and unit tell its size.
    """

    receiver: str
    weight: int
    floor_micro: int
    remainder: int
    unit: int
    amount_micro: int
    chosen: bool
    """Whether it goes on towards the payee."""


@dataclasses.dataclass(frozen=True, slots=True)
class Division:
    """allocate(amount, weights) with every intermediate number."""

    amount_micro: int
    whole: int
    """Sum of the weights."""
    left_units: int
    """Units left after rounding down; they went to the largest remainders."""
    tied: bool
    """Whether equal remainders met at the border, so that the earlier place got the unit."""
    parts: tuple[Part, ...]

    @property
    def chosen_amount(self) -> int:
        """The sum of the parts that go on."""
        return sum(part.amount_micro for part in self.parts if part.chosen)


def divided(amount: int, weights: Sequence[tuple[str, int]], *, chosen: Iterable[int]) -> Division:
    """Divide an amount among (receiver, weight) by the one rule there is, and tell how.

    Raises
    ------
    ValueError
        If the weights sum to zero.
    """
    whole = sum(weight for _, weight in weights)
    if whole <= 0:
        raise ValueError("the weights sum to zero")
    size, sign = abs(amount), -1 if amount < 0 else 1
    floors = [divmod(size * weight, whole) for _, weight in weights]
    left = size - sum(floor for floor, _ in floors)
    ranked = sorted(range(len(weights)), key=lambda place: (-floors[place][1], place))
    lucky, goes_on = set(ranked[:left]), set(chosen)
    tied = 0 < left < len(ranked) and floors[ranked[left - 1]][1] == floors[ranked[left]][1]
    parts = tuple(
        Part(receiver, weight, floor, remainder, int(n in lucky), sign * (floor + (n in lucky)), n in goes_on)
        for n, ((receiver, weight), (floor, remainder)) in enumerate(zip(weights, floors, strict=True))
    )
    return Division(amount, whole, left, tied, parts)
