"""The kernel against worked folders, against the rule in plain Python, and against what must hold for any input."""

from __future__ import annotations

import dataclasses
import random
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.settlement import read_folder, settle
from ledger.domain.settlement.period import (
    AdvanceInputRow,
    DerivationRow,
    Period,
    RevenueRow,
    SplitRow,
    inputs_from,
    write_folder,
)
from ledger.domain.settlement.result import SettlementResult
from ledger.domain.settlement.write import csv_bytes, tables_of, write_result
from tests.helpers.shared import shared_path

from . import reference
from .strategies import periods

OUTPUTS = ("statements.csv", "allocations.csv", "advances.csv")
relaxed = settings(max_examples=20, deadline=None)


def run(period: Period) -> SettlementResult:
    return settle(inputs_from(period))


def output(result: SettlementResult) -> dict[str, bytes]:
    return {name: csv_bytes(table) for name, table in tables_of(result).items()}


@pytest.mark.parametrize("case", ["case1", "case2", "case3", "case4"])
def test_worked_folders_come_out_byte_for_byte(case: str, tmp_path: Path) -> None:
    folder = shared_path("vectors", "settlement", case)

    call_command("settle", str(folder / "input"), out=tmp_path)

    for name in OUTPUTS:
        assert (tmp_path / name).read_bytes() == (folder / "expected" / name).read_bytes()


@relaxed
@given(periods())
def test_the_kernel_says_what_pencil_and_paper_say(period: Period) -> None:
    result = run(period)

    expected = reference.settle(period)
    assert [tuple(row) for row in result.allocation_rows()] == expected.allocations
    assert [tuple(row) for row in result.statement_rows()] == expected.statements
    assert [tuple(row) for row in result.advance_rows()] == expected.advances


@relaxed
@given(periods())
def test_the_folder_form_gives_what_the_rows_give(period: Period) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_folder(period, Path(folder, "in"))
        write_result(settle(read_folder(Path(folder, "in"))), Path(folder, "out"))
        written = {name: Path(folder, "out", name).read_bytes() for name in OUTPUTS}

    assert written == output(run(period))


@relaxed
@given(periods())
def test_every_unit_that_came_in_is_a_royalty_and_what_is_recouped_is_received(period: Period) -> None:
    rows = list(run(period).statement_rows())

    came_in, royalty, recouped, received = Counter(), Counter(), Counter(), Counter()
    for line in period.revenue:
        came_in[line.currency] += line.net_minor * 1_000_000
    for row in rows:
        royalty[row.currency] += row.royalty_micro
        recouped[row.currency] += row.recouped_micro
        received[row.currency] += row.recoupment_received_micro
    assert all(royalty[currency] == came_in[currency] for currency in royalty | came_in)
    assert recouped == received
    for row in rows:
        paid = row.gross_payout_minor * 1_000_000
        assert row.payable_micro == paid + row.carried_micro
        assert row.gross_payout_minor == row.withheld_minor + row.payout_minor


@relaxed
@given(periods(), st.randoms(use_true_random=False))
def test_the_order_of_rows_has_no_influence(period: Period, order: random.Random) -> None:
    def shuffled(rows: object) -> list:
        rows = list(rows)
        order.shuffle(rows)
        return rows

    tables = [
        field.name for field in dataclasses.fields(Period) if field.name not in ("commission_ppm", "platform_party")
    ]
    mixed = dataclasses.replace(period, **{name: shuffled(getattr(period, name)) for name in tables})

    assert output(run(mixed)) == output(run(period))


@relaxed
@given(periods())
def test_a_line_and_its_mirror_cancel_to_the_last_unit(period: Period) -> None:
    mirrors = [
        RevenueRow(f"{line[0]}x", *line[1:4], *(-amount for amount in line[4:7]), line.occurred_at)
        for line in period.revenue
    ]
    both = run(dataclasses.replace(period, revenue=[*period.revenue, *mirrors]))

    assert len(both.allocations.amount_micro) == 0
    assert not both.statements.royalty_micro.any()


@relaxed
@given(periods())
def test_a_period_of_mirrors_is_the_mirror_of_the_allocations(period: Period) -> None:
    mirrors = [RevenueRow(*line[:4], *(-amount for amount in line[4:7]), line.occurred_at) for line in period.revenue]

    there = list(run(period).allocation_rows())
    back = list(run(dataclasses.replace(period, revenue=mirrors)).allocation_rows())

    assert [row._replace(amount_micro=-row.amount_micro) for row in back] == there


def test_a_chain_two_thousand_elements_deep_conserves_every_unit() -> None:
    depth = 2_000
    period = Period(
        commission_ppm=100_001,
        platform_party="platform",
        splits=[SplitRow(f"e{n:05d}", f"p{n % 7}", "editor", 1_000_000) for n in range(depth)],
        revenue=[RevenueRow("l", "e00000", "sale", "EUR", 10**10, 0, 0, "2026-10-01")],
        derivations=[DerivationRow(f"e{n:05d}", f"e{n + 1:05d}", 999_983) for n in range(depth - 1)],
    )

    result = run(period)

    assert int(result.statements.royalty_micro.sum()) == 10**16
    assert [tuple(row) for row in result.allocation_rows()] == reference.settle(period).allocations


def test_many_advances_of_the_largest_size_do_not_overflow() -> None:
    advances = [AdvanceInputRow(f"a{n:03d}", "lab", "p", "EUR", 10**17) for n in range(300)]
    period = Period(
        commission_ppm=0,
        platform_party="platform",
        splits=[SplitRow("e", "p", "editor", 1_000_000)],
        revenue=[RevenueRow(f"l{n}", "e", "sale", "EUR", 10**10, 0, 0, "2026-10-01") for n in range(150)],
        advances=advances,
    )

    after = [row.unrecouped_micro for row in run(period).advance_rows()]

    assert after == [0] * 15 + [10**17] * 285


def test_the_largest_run_that_is_allowed_passes_no_limit() -> None:
    lines = [RevenueRow(f"l{n}", f"e{n % 200}", "sale", "EUR", 10**10, 0, 0, "2026-10-01") for n in range(200)]
    period = Period(
        commission_ppm=1,
        platform_party="platform",
        splits=[SplitRow(f"e{n}", "p", "editor", 1_000_000) for n in range(200)],
        revenue=lines,
        derivations=[DerivationRow(f"e{n}", "e0", 1_000_000) for n in range(1, 200)],
    )

    rows = [tuple(row) for row in run(period).statement_rows()]

    assert rows == reference.settle(period).statements
    assert sum(row[3] for row in rows) == 2 * 10**18


def test_a_period_without_revenue_still_states_what_is_carried(tmp_path: Path) -> None:
    period = Period(commission_ppm=0, platform_party="platform", splits=[], revenue=[])

    write_result(run(period), tmp_path)

    assert (tmp_path / "statements.csv").read_bytes().count(b"\n") == 1
    assert (tmp_path / "advances.csv").read_bytes() == b"advance_id,label_id,party_id,currency,unrecouped_micro\n"
