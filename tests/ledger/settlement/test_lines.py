"""Every line of a statement names its sale and its path, and the lines sum to the statement exactly."""

from __future__ import annotations

import dataclasses
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.settlement import settle
from ledger.domain.settlement.lines import PATHS_MAX, StatementLine, Tracer, cut
from ledger.domain.settlement.period import ContractRow, DerivationRow, Period, RevenueRow, SplitRow, inputs_from

from .strategies import PARTIES, periods

relaxed = settings(max_examples=20, deadline=None)


def tracer(period: Period) -> Tracer:
    return Tracer(settle(inputs_from(period)), [line.line_id for line in period.revenue])


def sale(line_id: str, element_id: str, gross_minor: int) -> RevenueRow:
    return RevenueRow(line_id, element_id, "sale", "EUR", gross_minor, 0, 0, "2026-10-01")


DIAMOND = Period(
    commission_ppm=100_000,
    platform_party="platform",
    splits=[
        SplitRow("d", "ann", "songwriter", 1_000_000),
        SplitRow("b", "bob", "arranger", 1_000_000),
        SplitRow("c", "cy", "arranger", 1_000_000),
        SplitRow("a", "ann", "producer", 500_000),
        SplitRow("a", "eve", "producer", 500_000),
    ],
    revenue=[sale("l1", "a", 1000), sale("l2", "b", 500), sale("l3", "d", 7), sale("l4", "a", -1)],
    derivations=[
        DerivationRow("a", "b", 200_000),
        DerivationRow("a", "c", 100_000),
        DerivationRow("b", "d", 500_000),
        DerivationRow("c", "d", 250_000),
    ],
    contracts=[ContractRow("k", "lab", "eve", "", 250_000)],
)


def test_a_parent_reached_by_two_paths_has_a_line_for_each() -> None:
    lines = list(tracer(DIAMOND).lines_of("ann", "EUR"))

    assert [(line.line_id, line.path, line.basis, line.amount_micro) for line in lines] == [
        ("l1", ("a",), "split", 315_000_000),
        ("l4", ("a",), "split", -315_000),
        ("l1", ("a", "b", "d"), "split", 90_000_000),
        ("l1", ("a", "c", "d"), "split", 22_500_000),
        ("l2", ("b", "d"), "split", 225_000_000),
        ("l3", ("d",), "split", 6_300_000),
        ("l4", ("a", "b", "d"), "split", -90_000),
        ("l4", ("a", "c", "d"), "split", -22_500),
    ]
    assert {line.paths for line in lines} == {1}


def test_the_platform_and_labels_have_lines_too() -> None:
    traced = tracer(DIAMOND)

    assert [line.amount_micro for line in traced.lines_of("platform", "EUR")] == [
        100_000_000,
        -100_000,
        50_000_000,
        700_000,
    ]
    assert list(traced.lines_of("lab", "EUR")) == [
        StatementLine("l1", "a", ("a",), 1, "a", "label", 78_750_000),
        StatementLine("l4", "a", ("a",), 1, "a", "label", -78_750),
    ]


def test_someone_unknown_and_a_currency_without_sales_have_no_lines() -> None:
    assert list(tracer(DIAMOND).lines_of("nobody", "EUR")) == []
    assert list(tracer(DIAMOND).lines_of("ann", "USD")) == []


def test_sales_that_cancel_are_shown_although_nothing_is_left() -> None:
    period = dataclasses.replace(DIAMOND, revenue=[sale("l1", "a", 1), sale("l2", "a", -1)])

    lines = list(tracer(period).lines_of("eve", "EUR"))

    assert [(line.line_id, line.amount_micro) for line in lines] == [("l1", 236_250), ("l2", -236_250)]


def test_very_many_paths_are_told_as_one_line_with_their_number() -> None:
    steps = 10
    pairs = [(f"n{n}", f"n{n}{side}", f"n{n + 1}") for n in range(steps) for side in "lr"]
    period = Period(
        commission_ppm=0,
        platform_party="platform",
        splits=[
            SplitRow(element, "top" if element == f"n{steps}" else "ann", "editor", 1_000_000)
            for element in sorted({element for pair in pairs for element in pair})
        ],
        revenue=[sale("l1", "n0", 1000)],
        derivations=[
            row
            for bottom, middle, top in pairs
            for row in (DerivationRow(bottom, middle, 450_000), DerivationRow(middle, top, 900_000))
        ],
    )

    (line,) = tracer(period).lines_of("top", "EUR")

    assert line.paths == 2**steps > PATHS_MAX
    assert line.path == ("n0", f"n{steps}")
    assert abs(line.amount_micro - 1000 * 1_000_000 * 0.81**steps) < 100


@relaxed
@given(periods())
def test_the_lines_sum_to_every_allocation(period: Period) -> None:
    traced = tracer(period)
    net = {line.line_id: line for line in period.revenue}
    shares = {(edge.child_id, edge.parent_id) for edge in period.derivations}

    summed: Counter[tuple[str, str, str, str]] = Counter()
    for currency in {line.currency for line in period.revenue}:
        for party in (*PARTIES, "nobody"):
            for line in traced.lines_of(party, currency):
                summed[currency, line.element_id, party, line.basis] += line.amount_micro
                assert net[line.line_id].element_id == line.sold_element_id == line.path[0]
                assert line.path[-1] == line.element_id
                assert line.paths > 1 or all(step in shares for step in zip(line.path, line.path[1:], strict=False))

    expected = {tuple(row[:4]): row.amount_micro for row in traced.result.allocation_rows()}
    assert {key: amount for key, amount in summed.items() if amount} == expected


@given(st.lists(st.fractions(-1000, 1000, max_denominator=97), min_size=1, max_size=8), st.integers(-20, 20))
def test_cut_sums_exactly_stays_near_and_mirrors(exact: list[Fraction], off: int) -> None:
    total = round(sum(exact)) + off

    parts = cut(exact, total)

    assert sum(parts) == total
    assert all(abs(part - fraction) <= abs(total - sum(exact)) + 2 for part, fraction in zip(parts, exact, strict=True))
    assert cut([-fraction for fraction in exact], -total) == [-part for part in parts]


def test_an_amount_without_a_source_is_refused() -> None:
    with pytest.raises(ValueError, match="5 micro come from no line"):
        cut([], 5)
