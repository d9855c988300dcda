"""What a run computed: three tables as arrays, and as rows for those who want a few of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl

from ledger.domain.settlement.allocate import Ints
from ledger.domain.settlement.inputs import SettlementInputs
from ledger.domain.settlement.owners import BASES
from ledger.domain.settlement.payees import Statements


class StatementRow(NamedTuple):
    """One row of statements.csv."""

    party_id: str
    currency: str
    opening_micro: int
    royalty_micro: int
    recouped_micro: int
    recoupment_received_micro: int
    reserve_held_micro: int
    reserve_released_micro: int
    payable_micro: int
    gross_payout_minor: int
    withheld_minor: int
    payout_minor: int
    carried_micro: int


class AllocationRow(NamedTuple):
    """One row of allocations.csv."""

    currency: str
    element_id: str
    party_id: str
    basis: str
    amount_micro: int


class AdvanceRow(NamedTuple):
    """One row of advances.csv, as it stands after the run."""

    advance_id: str
    label_id: str
    party_id: str
    currency: str
    unrecouped_micro: int


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Allocations:
    """(rows,) sorted by currency, element, party, basis; no zero amounts."""

    currency: Ints
    element: Ints
    party: Ints
    basis: Ints
    amount_micro: Ints


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class SettlementResult:
    """The result of a run on `inputs`; ids are places in the lists of `inputs`."""

    inputs: SettlementInputs
    statements: Statements
    allocations: Allocations
    recouped_micro: Ints
    """(advances,) what the run recouped of each advance, in the order of `inputs.advances`."""

    def statement_table(self) -> pl.DataFrame:
        """statements.csv as a data frame."""
        amounts = StatementRow._fields[2:]
        return pl.DataFrame(
            [
                _named("party_id", self.inputs.parties, self.statements.party),
                _named("currency", self.inputs.currencies, self.statements.currency),
                *(pl.Series(name, getattr(self.statements, name)) for name in amounts),
            ]
        )

    def allocation_table(self) -> pl.DataFrame:
        """allocations.csv as a data frame."""
        rows = self.allocations
        return pl.DataFrame(
            [
                _named("currency", self.inputs.currencies, rows.currency),
                _named("element_id", self.inputs.elements, rows.element),
                _named("party_id", self.inputs.parties, rows.party),
                _named("basis", pl.Series(BASES), rows.basis),
                pl.Series("amount_micro", rows.amount_micro),
            ]
        )

    def advance_table(self) -> pl.DataFrame:
        """advances.csv as a data frame: every advance, as it stands after the run."""
        rows = self.inputs.advances
        order = rows.advance_id.arg_sort().to_numpy()
        return pl.DataFrame(
            [
                rows.advance_id.gather(order).rename("advance_id"),
                _named("label_id", self.inputs.parties, rows.label[order]),
                _named("party_id", self.inputs.parties, rows.party[order]),
                _named("currency", self.inputs.currencies, rows.currency[order]),
                pl.Series("unrecouped_micro", (rows.unrecouped_micro - self.recouped_micro)[order]),
            ]
        )

    def statement_rows(self) -> Iterator[StatementRow]:
        """The rows of statements.csv."""
        return map(StatementRow._make, self.statement_table().iter_rows())

    def allocation_rows(self) -> Iterator[AllocationRow]:
        """The rows of allocations.csv."""
        return map(AllocationRow._make, self.allocation_table().iter_rows())

    def advance_rows(self) -> Iterator[AdvanceRow]:
        """The rows of advances.csv."""
        return map(AdvanceRow._make, self.advance_table().iter_rows())


def _named(name: str, ids: pl.Series, places: Ints) -> pl.Series:
    if len(places) == 0:
        return pl.Series(name, [], dtype=pl.String)
    return ids.gather(np.asarray(places)).rename(name)
