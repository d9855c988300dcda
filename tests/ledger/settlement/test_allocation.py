"""allocate: parts sum to the amount, the units left go to the largest remainders; one by one and all at once."""

from __future__ import annotations

import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.settlement.allocate import (
    ZeroWeightsError,
    allocate,
    allocate_groups,
    allocate_ppm,
    floor_ppm,
)

from . import reference

amounts = st.one_of(st.integers(-10, 10), st.integers(-(2 * 10**18), 2 * 10**18))
ppms = st.one_of(st.integers(0, 1_000_000), st.sampled_from([0, 1, 333_333, 500_000, 1_000_000]))
small = st.lists(st.integers(0, 1_000_000), min_size=1, max_size=6).filter(any)
wide = st.lists(st.integers(0, 10**15), min_size=1, max_size=6).filter(any)


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (101, [1, 1, 1], [34, 34, 33]),
        (1, [500_000, 500_000], [1, 0]),
        (1, [499_999, 500_001], [0, 1]),
        (5, [0, 1, 0], [0, 5, 0]),
        (0, [1, 2], [0, 0]),
        (7, [3, 2, 1], [4, 2, 1]),
    ],
)
def test_the_odd_units_go_to_the_largest_remainders_then_to_the_earlier_place(
    amount: int, weights: list[int], parts: list[int]
) -> None:
    assert allocate(amount, weights) == parts
    assert allocate_groups(np.array([amount]), np.array(weights), np.array([len(weights)])).tolist() == parts


@given(amounts, st.one_of(small, wide))
def test_parts_sum_to_the_amount_and_stay_within_a_unit_of_exact(amount: int, weights: list[int]) -> None:
    parts = allocate(amount, weights)

    assert sum(parts) == amount
    assert all(
        abs(part - Fraction(amount * weight, sum(weights))) < 1 for part, weight in zip(parts, weights, strict=True)
    )
    assert parts == reference.divide(amount, weights)


@given(st.lists(st.tuples(amounts, small), min_size=1, max_size=8))
def test_many_groups_at_once_are_the_groups_one_by_one(groups: list[tuple[int, list[int]]]) -> None:
    parts = allocate_groups(
        np.array([amount for amount, _ in groups]),
        np.array([weight for _, weights in groups for weight in weights]),
        np.array([len(weights) for _, weights in groups]),
    )

    assert parts.tolist() == [part for amount, weights in groups for part in reference.divide(amount, weights)]


@given(st.lists(st.tuples(amounts, wide), min_size=1, max_size=3))
def test_weights_of_any_size_are_exact(groups: list[tuple[int, list[int]]]) -> None:
    parts = allocate_groups(
        np.array([amount for amount, _ in groups]),
        np.array([weight for _, weights in groups for weight in weights]),
        np.array([len(weights) for _, weights in groups]),
    )

    assert parts.tolist() == [part for amount, weights in groups for part in reference.divide(amount, weights)]


def test_the_fast_sort_and_the_general_one_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(7)
    counts = random.integers(1, 9, 5_000)
    weights = random.integers(0, 5, int(counts.sum())) + (np.arange(counts.sum()) % 3 == 0)
    weights[np.cumsum(counts) - counts] += 1
    amounts = random.integers(-1000, 1000, 5_000)

    fast = allocate_groups(amounts, weights, counts)
    monkeypatch.setattr(sys.modules[allocate_groups.__module__], "KEY_BITS", 0)

    assert (allocate_groups(amounts, weights, counts) == fast).all()
    assert (np.add.reduceat(fast, np.cumsum(counts) - counts) == amounts).all()


@given(amounts, ppms)
def test_two_parts_by_ppm_are_the_general_rule(amount: int, ppm: int) -> None:
    first, second = allocate_ppm(np.array([amount]), ppm)

    assert [int(first[0]), int(second[0])] == reference.divide(amount, [ppm, 1_000_000 - ppm])


@given(st.integers(0, 2 * 10**18), ppms)
def test_floors_by_ppm_are_exact(amount: int, ppm: int) -> None:
    assert floor_ppm(np.array([amount]), np.array([ppm]))[0] == amount * ppm // 1_000_000


def test_weights_that_sum_to_zero_are_an_error() -> None:
    with pytest.raises(ZeroWeightsError):
        allocate(5, [0, 0])
    with pytest.raises(ZeroWeightsError):
        allocate(0, [])
    with pytest.raises(ZeroWeightsError):
        allocate_groups(np.array([1, 1]), np.array([1, 0]), np.array([1, 1]))


def test_a_negative_weight_is_an_error() -> None:
    with pytest.raises(ValueError, match="negative"):
        allocate(5, [2, -1])
    with pytest.raises(ValueError, match="negative"):
        allocate_groups(np.array([5]), np.array([2, -1]), np.array([2]))


def test_nothing_to_divide_is_nothing() -> None:
    none = np.zeros(0, np.int64)

    assert len(allocate_groups(none, none, none)) == 0
