"""The input of a run as plain rows: what the site gathers, and what a folder holds. Both go through the same checks."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from ledger.domain.settlement.allocate import Ints
from ledger.domain.settlement.faults import FaultList
from ledger.domain.settlement.forms import Rows, check_forms
from ledger.domain.settlement.inputs import SettlementInputs
from ledger.domain.settlement.read import check_terms, empty, inputs_of
from ledger.domain.settlement.schema import TABLES, TERMS_FILE, Table
from ledger.domain.settlement.write import csv_bytes

FIRST_LINE = 2
"""Where the first row stands once a table is written to a file: faults in rows are told as if it were."""


class SplitRow(NamedTuple):
    """One party's share of an element."""

    element_id: str
    party_id: str
    role: str
    share_ppm: int


class RevenueRow(NamedTuple):
    """One line of revenue; refunds and other reversals are negative. `occurred_at` is an RFC 3339 date or time."""

    line_id: str
    element_id: str
    kind: str
    currency: str
    gross_minor: int
    tax_minor: int
    fee_minor: int
    occurred_at: str

    @property
    def net_minor(self) -> int:
        """What is shared out: gross − tax − fee."""
        return self.gross_minor - self.tax_minor - self.fee_minor


class DerivationRow(NamedTuple):
    """A child pays its parent `upstream_ppm` of everything it receives."""

    child_id: str
    parent_id: str
    upstream_ppm: int


class ContractRow(NamedTuple):
    """A label takes `label_ppm` of what a party gets from one element, or (empty element_id) from all."""

    contract_id: str
    label_id: str
    party_id: str
    element_id: str
    label_ppm: int


class AdvanceInputRow(NamedTuple):
    """What royalties of a party still have to repay a label."""

    advance_id: str
    label_id: str
    party_id: str
    currency: str
    unrecouped_micro: int


class ReserveRow(NamedTuple):
    """The part of a party's royalty that is kept back for later."""

    party_id: str
    reserve_ppm: int


class BalanceRow(NamedTuple):
    """What a party brings from earlier runs, and the reserve this run releases."""

    party_id: str
    currency: str
    carried_micro: int
    reserve_due_micro: int


class MinimumRow(NamedTuple):
    """The least payout of a party, or (empty party_id) of everyone not named."""

    party_id: str
    currency: str
    min_payout_minor: int


class HoldRow(NamedTuple):
    """A party that is not paid, in one currency or (empty) in any."""

    party_id: str
    currency: str
    reason: str


class PartyRow(NamedTuple):
    """A party's name and withholding."""

    party_id: str
    name: str
    withholding_ppm: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Everything one run settles; fields are the files of the folder form."""

    commission_ppm: int
    platform_party: str
    splits: Sequence[SplitRow]
    revenue: Sequence[RevenueRow]
    derivations: Sequence[DerivationRow] = ()
    contracts: Sequence[ContractRow] = ()
    advances: Sequence[AdvanceInputRow] = ()
    reserves: Sequence[ReserveRow] = ()
    balances: Sequence[BalanceRow] = ()
    minimums: Sequence[MinimumRow] = ()
    holds: Sequence[HoldRow] = ()
    parties: Sequence[PartyRow] = ()


def inputs_from(period: Period) -> SettlementInputs:
    """Check the rows and put them together.

    Raises
    ------
    BadInputError
        With every fault; lines are counted as if the rows stood in files.
    """
    faults = FaultList()
    commission_ppm, platform_party = check_terms(_terms(period), faults)
    rows: dict[str, Rows] = {}
    for table in TABLES:
        frame = _frame(period, table)
        rows[table.name] = check_forms(table, frame, _line_counter(frame.height), faults)
    return inputs_of(rows, faults, commission_ppm=commission_ppm, platform_party=platform_party)


def write_folder(period: Period, folder: Path) -> None:
    """Write the folder form of a period: settling it gives the very result of settling the rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in folder_files(period).items():
        (folder / name).write_bytes(data)


def folder_files(period: Period) -> dict[str, bytes]:
    """The files of the folder form by name."""
    terms = json.dumps(_terms(period), ensure_ascii=False, sort_keys=True).encode() + b"\n"
    return {TERMS_FILE: terms, **{table.file: csv_bytes(_frame(period, table)) for table in TABLES}}


def _terms(period: Period) -> dict[str, Any]:
    return {"commission_ppm": period.commission_ppm, "platform_party": period.platform_party}


def _frame(period: Period, table: Table) -> pl.DataFrame:
    rows = getattr(period, table.name)
    return pl.DataFrame(rows, schema=empty(table).schema, orient="row") if rows else empty(table)


def _line_counter(rows: int) -> Any:
    def lines() -> Ints:
        return np.arange(rows, dtype=np.int64) + FIRST_LINE

    return lines
