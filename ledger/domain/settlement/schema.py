"""The files of the folder form: their columns, and what each column holds."""

from __future__ import annotations

import dataclasses
from typing import Literal

from ledger.domain.settlement.limits import MICRO_MAX, MINOR_MAX, PPM

KINDS = ("sale", "refund", "subscription", "dispute", "adjustment")
"""What a revenue line may be."""

Form = Literal["id", "optional_id", "number", "currency", "optional_currency", "kind", "time", "text"]


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """One column by name; `low` and `high` bound a number."""

    name: str
    form: Form
    low: int = 0
    high: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """One CSV file. No two rows agree in all columns of a key in `unique`."""

    name: str
    columns: tuple[Column, ...]
    required: bool = False
    unique: tuple[tuple[str, ...], ...] = ()

    @property
    def file(self) -> str:
        """The file's name in a folder."""
        return f"{self.name}.csv"


def _ids(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "id") for name in names)


def _ppm(name: str) -> Column:
    return Column(name, "number", 0, PPM)


def _minor(name: str) -> Column:
    return Column(name, "number", -MINOR_MAX, MINOR_MAX)


def _micro(name: str, *, signed: bool = False) -> Column:
    return Column(name, "number", -MICRO_MAX if signed else 0, MICRO_MAX)


_CURRENCY = Column("currency", "currency")

SPLITS = Table("splits", (*_ids("element_id", "party_id"), Column("role", "text"), _ppm("share_ppm")), required=True)
REVENUE = Table(
    "revenue",
    (
        *_ids("line_id", "element_id"),
        Column("kind", "kind"),
        _CURRENCY,
        *(_minor(name) for name in ("gross_minor", "tax_minor", "fee_minor")),
        Column("occurred_at", "time"),
    ),
    required=True,
    unique=(("line_id",),),
)
DERIVATIONS = Table(
    "derivations", (*_ids("child_id", "parent_id"), _ppm("upstream_ppm")), unique=(("child_id", "parent_id"),)
)
CONTRACTS = Table(
    "contracts",
    (*_ids("contract_id", "label_id", "party_id"), Column("element_id", "optional_id"), _ppm("label_ppm")),
    unique=(("contract_id",), ("party_id", "element_id")),
)
ADVANCES = Table(
    "advances",
    (*_ids("advance_id", "label_id", "party_id"), _CURRENCY, _micro("unrecouped_micro")),
    unique=(("advance_id",),),
)
RESERVES = Table("reserves", (*_ids("party_id"), _ppm("reserve_ppm")), unique=(("party_id",),))
BALANCES = Table(
    "balances",
    (*_ids("party_id"), _CURRENCY, _micro("carried_micro", signed=True), _micro("reserve_due_micro")),
    unique=(("party_id", "currency"),),
)
MINIMUMS = Table(
    "minimums",
    (Column("party_id", "optional_id"), _CURRENCY, Column("min_payout_minor", "number", 0, MINOR_MAX)),
    unique=(("party_id", "currency"),),
)
HOLDS = Table("holds", (*_ids("party_id"), Column("currency", "optional_currency"), Column("reason", "text")))
PARTIES = Table(
    "parties", (*_ids("party_id"), Column("name", "text"), _ppm("withholding_ppm")), unique=(("party_id",),)
)

TABLES = (SPLITS, REVENUE, DERIVATIONS, CONTRACTS, ADVANCES, RESERVES, BALANCES, MINIMUMS, HOLDS, PARTIES)

TERMS_FILE = "terms.json"
FILES = (TERMS_FILE, *(table.file for table in TABLES))
"""Every file of a folder, in the order in which faults are told."""
