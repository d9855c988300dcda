"""A run's folder while changes are applied to it: rows where a change needs them, bytes everywhere else. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from ledger.domain.settlement.write import csv_bytes

Row = dict[str, str]
Files = Mapping[str, bytes]

REPLACEABLE = ("splits.csv", "revenue.csv", "derivations.csv", "contracts.csv")
"""The files that hold facts of sales and rights; what a run opened with, and how it paid, is history."""


class MisfitError(Exception):
    """Something named is not there."""


class EditedFolder:
    """Files, read as rows where a change needs them, and written again only where one did."""

    def __init__(self, files: Files) -> None:
        self._files = dict(files)
        self._rows: dict[str, list[Row]] = {}
        self._columns: dict[str, list[str]] = {}
        self._touched: set[str] = set()

    def rows(self, name: str) -> list[Row]:
        """The rows of a file, to look at or to edit in place (then `touch`)."""
        if name not in self._rows:
            try:
                self._columns[name], self._rows[name] = read_rows(self._files[name])
            except pl.exceptions.PolarsError as error:
                raise MisfitError(f"{name} cannot be read: {error}") from error
        return self._rows[name]

    def set(self, name: str, rows: Iterable[Row]) -> None:
        """Other rows in place of a file's."""
        self.rows(name)
        self._rows[name] = list(rows)
        self.touch(name)

    def touch(self, name: str) -> None:
        """Its rows were edited."""
        self._touched.add(name)

    def replace(self, name: str, content: bytes) -> None:
        """A whole file, as it is."""
        if name not in REPLACEABLE:
            raise MisfitError(f"{name} cannot be replaced, only {', '.join(REPLACEABLE)}")
        self._files[name] = content
        self._rows.pop(name, None)
        self._touched.discard(name)

    def line(self, line_id: str) -> Row:
        """A line of the run."""
        for row in self.rows("revenue.csv"):
            if row["line_id"] == line_id:
                return row
        raise MisfitError(f"the run has no line {line_id}")

    def files(self) -> dict[str, bytes]:
        """The folder as edited."""
        for name in self._touched:
            schema = dict.fromkeys(self._columns[name], pl.String())
            self._files[name] = csv_bytes(pl.DataFrame(self._rows[name], schema=schema))
        return self._files


def read_rows(content: bytes) -> tuple[list[str], list[Row]]:
    """Columns and rows of a file of the folder form, everything as text."""
    table = pl.read_csv(content, infer_schema=False).fill_null("")
    return table.columns, table.to_dicts()


def true_id(element_id: str) -> str:
    """The element behind an (element, epoch) of a folder."""
    return element_id.partition(" ")[0]


def epoch_of(element_id: str) -> int:
    """Where an (element, epoch) starts; a folder without epochs has one, before everything."""
    mark = element_id.partition(" @")[2]
    return int(mark) if mark else -1


def holds_in(element_id: str, from_position: int | None) -> bool:
    """Whether a change from that position on concerns this epoch of an element."""
    return from_position is None or epoch_of(element_id) >= from_position


def money_of(gross_minor: int, tax_minor: int, fee_minor: int) -> Row:
    """The three amounts of a line as a row has them."""
    return {"gross_minor": str(gross_minor), "tax_minor": str(tax_minor), "fee_minor": str(fee_minor)}
