"""A run that was cut into tasks gives the very bytes of one that was not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.settlement import SettlementInputs, SettlementResult, read_folder, settle
from ledger.domain.settlement.partition import Memory, cut, result_of, stages
from ledger.domain.settlement.period import Period, inputs_from
from ledger.domain.settlement.write import csv_bytes, tables_of
from tests.helpers.shared import shared_path

from . import strategies

CASES = ("case1", "case2", "case3", "case4")


class Twice(Memory):
    """Work that is delivered at least once: tasks of a stage in any order, each of them twice; parcels in any order."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random = random.Random(seed)

    def under(self, prefix: str) -> Iterator[bytes]:
        found = list(super().under(prefix))
        self.random.shuffle(found)
        return iter(found)


def partitioned(inputs: SettlementInputs, *, elements: int, parties: int, seed: int) -> SettlementResult:
    parcels = Twice(seed)
    run = cut(inputs, element_ranges=elements, party_ranges=parties)
    for stage in stages(run, parcels):
        tasks = stage * 2
        parcels.random.shuffle(tasks)
        for task in tasks:
            task()
    return result_of(run, parcels)


def as_bytes(result: SettlementResult) -> dict[str, bytes]:
    return {name: csv_bytes(table) for name, table in tables_of(result).items()}


@given(
    period=strategies.periods(), elements=st.integers(1, 12), parties=st.integers(1, 9), seed=st.integers(0, 2**32 - 1)
)
@settings(max_examples=80, deadline=None)
def test_any_cut_in_any_order_gives_the_same_bytes(period: Period, elements: int, parties: int, seed: int) -> None:
    inputs = inputs_from(period)

    found = partitioned(inputs, elements=elements, parties=parties, seed=seed)

    assert as_bytes(found) == as_bytes(settle(inputs))


@pytest.mark.parametrize("case", CASES)
def test_the_worked_folders_come_out_the_same_in_seven_ranges(case: str) -> None:
    inputs = read_folder(Path(shared_path("vectors", "settlement", case, "input")))

    found = partitioned(inputs, elements=7, parties=3, seed=1)

    assert as_bytes(found) == as_bytes(settle(inputs))
