"""The part of a run's folder that decides some elements' figures: they, all that is made from them, and nothing else.

Money flows from children to parents only. So what an element receives is decided by the elements below it: their
revenue, their upstream shares, its own split. The kernel run on that part of the folder gives the very figures of the
whole run for these elements (steps 1 to 5), in time that grows with the family and not with the site.
"""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterable, Mapping

import polars as pl

from ledger.domain.settlement.schema import CONTRACTS, DERIVATIONS, REVENUE, SPLITS, TABLES, TERMS_FILE, Table
from ledger.domain.settlement.write import csv_bytes

Files = Mapping[str, bytes]
CREDITS = "subscription"
"""The kind of line whose id names a subscriber: in a family it is numbered instead."""


@dataclasses.dataclass(frozen=True, slots=True)
class Family:
    """A folder that settles like the run it was cut from; `line_ids` are the run's own names of its revenue rows."""

    files: dict[str, bytes]
    line_ids: tuple[str, ...]
    elements: frozenset[str]
    """Those whose figures are the run's; parents beside them receive only a part of what they did there."""


def sold_element(files: Files, line_id: str) -> str | None:
    """The element of the folder that a revenue line belongs to; None if the line is not in it."""
    data = files[REVENUE.file]
    if line_id.encode() not in data:  # most runs are asked in vain: a look at the bytes is enough
        return None
    row = data.find(f"\n{line_id},".encode())
    if row >= 0 and data.startswith(b"line_id,element_id,") and b'"' not in data:
        # As the site writes it, and no quotes: the row is found without reading the others.
        return data[row + 1 : data.find(b"\n", row + 1)].split(b",")[1].decode()
    rows = _frame(files, REVENUE).filter(pl.col("line_id") == line_id)
    return str(rows["element_id"][0]) if rows.height else None


def row_of(files: Files, line_id: str) -> dict[str, str] | None:
    """The revenue row of this id; None if it is not in the folder."""
    if line_id.encode() not in files[REVENUE.file]:
        return None
    rows = _frame(files, REVENUE).filter(pl.col("line_id") == line_id).to_dicts()
    return rows[0] if rows else None


def above(files: Files, element_ids: Iterable[str]) -> frozenset[str]:
    """The elements and everything that their money flows to."""
    return _reached(_frame(files, DERIVATIONS), element_ids, "child_id", "parent_id")


def family_of(files: Files, element_ids: Iterable[str], *, party_id: str | None = None) -> Family:
    """The folder of these elements and of everything that flows into them.

    `party_id` leaves the contracts of others out: they are nobody else's business, and do not change that party's part.
    """
    edges = _frame(files, DERIVATIONS)
    inside = _reached(edges, element_ids, "parent_id", "child_id")
    kept_edges = edges.filter(pl.col("child_id").is_in(list(inside)))
    named = inside | set(kept_edges["parent_id"])
    revenue = _frame(files, REVENUE).filter(pl.col("element_id").is_in(list(inside)))
    contracts = _frame(files, CONTRACTS).filter(pl.col("element_id").is_in([*named, ""]))
    if party_id is not None:
        contracts = contracts.filter((pl.col("party_id") == party_id) | (pl.col("label_id") == party_id))
    tables = {
        SPLITS: _frame(files, SPLITS).filter(pl.col("element_id").is_in(list(named))),
        REVENUE: _without_subscribers(revenue),
        DERIVATIONS: kept_edges,
        CONTRACTS: contracts,
    }
    kept = {table.file: csv_bytes(tables.get(table, _nothing(table))) for table in TABLES}
    return Family({TERMS_FILE: files[TERMS_FILE], **kept}, tuple(revenue["line_id"].to_list()), inside)


def rows_of(files: Files, table: Table) -> list[dict[str, str]]:
    """The rows of one file as text."""
    return _frame(files, table).to_dicts()


def _reached(edges: pl.DataFrame, start: Iterable[str], here: str, there: str) -> frozenset[str]:
    found = set(start)
    level = set(found)
    while level:
        level = set(edges.filter(pl.col(here).is_in(list(level)))[there]) - found
        found |= level
    return frozenset(found)


def _without_subscribers(revenue: pl.DataFrame) -> pl.DataFrame:
    numbered = pl.format("credits-{}", pl.int_range(1, pl.len() + 1))
    return revenue.with_columns(line_id=pl.when(pl.col("kind") == CREDITS).then(numbered).otherwise(pl.col("line_id")))


def _frame(files: Files, table: Table) -> pl.DataFrame:
    """A file of a folder that was checked before: every column as text."""
    data = files.get(table.file)
    if not data:
        return _nothing(table)
    names = [column.name for column in table.columns]
    # An empty optional id is text like any other, not the absence of one.
    return pl.read_csv(io.BytesIO(data), infer_schema=False).select(pl.col(names).fill_null(""))


def _nothing(table: Table) -> pl.DataFrame:
    return pl.DataFrame(schema={column.name: pl.String for column in table.columns})
