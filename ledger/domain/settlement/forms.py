"""Is every field of a table what its column says? Vectorised; a fault is located only once a check has failed."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl

from ledger.domain.settlement.allocate import Ints
from ledger.domain.settlement.currencies import CURRENCIES
from ledger.domain.settlement.faults import Fault, FaultList
from ledger.domain.settlement.limits import FAULTS_MAX
from ledger.domain.settlement.schema import CONTRACTS, KINDS, Column, Table

Mask = npt.NDArray[np.bool_]

NUMBER = r"^-?(0|[1-9][0-9]*)$"
# RFC 3339: full-date, or date-time with its `T` and an offset. Whether the day exists in its month is looked up after.
TIME = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"([Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9]))?$"
)
SHOWN_CHARACTERS_MAX = 60


@dataclasses.dataclass(frozen=True, slots=True)
class Rows:
    """A table's rows: numbers as Int64 (0 where `bad` is true), all else as String; `lines` tells where rows stand."""

    table: Table
    frame: pl.DataFrame
    bad: Mask
    lines: Callable[[], Ints]

    def tell(self, faults: FaultList, column: str, mask: Mask, words: Callable[[int], str]) -> None:
        """Report the rows where `mask` is true; `words` says what is wrong with row i."""
        rows = np.flatnonzero(mask)
        if len(rows) == 0:
            return
        lines = self.lines()
        told = rows[:FAULTS_MAX].tolist()
        faults.extend(
            [Fault(self.table.file, int(lines[row]), column, words(row)) for row in told],
            uncounted=len(rows) - len(told),
        )


def shown(value: object) -> str:
    """A value as it may stand in a message: on one line, quoted, not too long."""
    text = repr(value)
    return text if len(text) <= SHOWN_CHARACTERS_MAX else f"{text[:SHOWN_CHARACTERS_MAX]}..."


def check_forms(table: Table, frame: pl.DataFrame, lines: Callable[[], Ints], faults: FaultList) -> Rows:
    """Check every field and every key of a table, and read its numbers.

    `frame` has the table's columns as String, numbers also as Int64.
    """
    rows = Rows(table, frame, np.zeros(frame.height, np.bool_), lines)
    typed = []
    for column in table.columns:
        typed.append(_check_column(rows, column, faults))
    rows = dataclasses.replace(rows, frame=pl.DataFrame(typed))
    for key in table.unique:
        _check_unique(rows, key, faults)
    return rows


def _check_column(rows: Rows, column: Column, faults: FaultList) -> pl.Series:
    values = rows.frame[column.name]
    match column.form:
        case "number":
            return _check_number(rows, column, values, faults)
        case "id":
            rows.tell(faults, column.name, _mask(values == ""), lambda _: "the id is empty")
        case "currency":
            _check_in(rows, column, CURRENCIES, "no ISO 4217 currency code", faults)
        case "optional_currency":
            _check_in(rows, column, CURRENCIES | {""}, "no ISO 4217 currency code", faults)
        case "kind":
            _check_in(rows, column, frozenset(KINDS), f"none of {', '.join(KINDS)}", faults)
        case "time":
            bad = ~_mask(values.str.contains(TIME)) | _no_such_day(values)
            rows.tell(faults, column.name, bad, lambda row: f"no RFC 3339 date or time: {shown(values[row])}")
        case "optional_id" | "text":
            pass
    return values


def _check_number(rows: Rows, column: Column, values: pl.Series, faults: FaultList) -> pl.Series:
    malformed = np.zeros(len(values), np.bool_)
    numbers = values
    if values.dtype == pl.String:
        malformed = ~_mask(values.str.contains(NUMBER))
        numbers = values.cast(pl.Int64, strict=False)
    # A number that fits its pattern but not 64 bits is null here: out of any range.
    outside = ~_mask(numbers.is_between(column.low, column.high).fill_null(False)) & ~malformed
    rows.tell(faults, column.name, malformed, lambda row: f"no whole number: {shown(values[row])}")
    rows.tell(
        faults,
        column.name,
        outside,
        lambda row: f"out of range: {_bare(values[row])} is not within {column.low} to {column.high}",
    )
    np.logical_or(rows.bad, malformed | outside, out=rows.bad)
    if (malformed | outside).any():
        numbers = pl.Series(column.name, np.where(malformed | outside, 0, numbers.fill_null(0).to_numpy()))
    return numbers


def _bare(value: object) -> str:
    return shown(value).strip("'")


def _check_in(rows: Rows, column: Column, allowed: frozenset[str], words: str, faults: FaultList) -> None:
    values = rows.frame[column.name]
    unknown = [value for value in values.unique().to_list() if value not in allowed]
    if unknown:
        rows.tell(faults, column.name, _mask(values.is_in(unknown)), lambda row: f"{words}: {shown(values[row])}")


def _no_such_day(values: pl.Series) -> Mask:
    days = values.str.slice(0, 10)
    wrong = [day for day in days.unique().to_list() if not _is_day(day)]
    return _mask(days.is_in(wrong)) if wrong else np.zeros(len(values), np.bool_)


def _is_day(day: str) -> bool:
    try:
        # Year 0 is a leap year that Python does not know; 2000 has the same days.
        dt.date.fromisoformat(f"2000{day[4:]}" if day.startswith("0000") else day)
    except ValueError:
        return False
    return True


def _check_unique(rows: Rows, key: tuple[str, ...], faults: FaultList) -> None:
    keys = rows.frame.select(key)
    distinct = keys[key[0]].n_unique() if len(key) == 1 else keys.n_unique()
    if distinct == keys.height:
        return
    marked = keys.with_row_index("row").with_columns(first=pl.col("row").first().over(list(key)))
    firsts = marked["first"].to_numpy()
    empty = np.zeros(keys.height, np.bool_)
    for column in rows.table.columns:
        if column.name in key and column.form == "id":
            empty |= _mask(keys[column.name] == "")
    repeated = _mask(marked["row"] != marked["first"]) & ~empty

    def words(row: int) -> str:
        line = int(rows.lines()[firsts[row]])
        if rows.table is CONTRACTS and len(key) > 1:
            return f"{shown(keys[key[0]][row])} has a contract at the same level on line {line}"
        return f"{', '.join(shown(value) for value in keys.row(row))} repeats line {line}"

    rows.tell(faults, key[0], repeated, words)


def _mask(values: pl.Series) -> Mask:
    return values.to_numpy()
