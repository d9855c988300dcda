"""A folder of plain CSV files -> the input of a run, or every fault in it."""

from __future__ import annotations

import csv
import functools
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ledger.domain.settlement.allocate import Ints
from ledger.domain.settlement.checks import check_together
from ledger.domain.settlement.encode import encode
from ledger.domain.settlement.faults import FaultList
from ledger.domain.settlement.forms import Rows, check_forms, shown
from ledger.domain.settlement.inputs import SettlementInputs
from ledger.domain.settlement.limits import PPM
from ledger.domain.settlement.scan import Bytes, Shape, cleaned, row_lines, scan
from ledger.domain.settlement.schema import TABLES, TERMS_FILE, Table

FILE = "file"
"""Stands for the column where a fault is the file's as a whole."""


def read_folder(folder: Path) -> SettlementInputs:
    """Read and check the folder form.

    Raises
    ------
    BadInputError
        With every fault of every file.
    """
    faults = FaultList()
    commission_ppm, platform_party = read_terms(folder / TERMS_FILE, faults)
    rows: dict[str, Rows] = {}
    for table in TABLES:
        found = read_table(folder / table.file, table, faults)
        if found is not None:
            rows[table.name] = found
    return inputs_of(rows, faults, commission_ppm=commission_ppm, platform_party=platform_party)


def inputs_of(
    rows: dict[str, Rows], faults: FaultList, *, commission_ppm: int, platform_party: str
) -> SettlementInputs:
    """Put checked rows together; a table that is not in `rows` could not be read, and its fault is told already.

    Raises
    ------
    BadInputError
        With these faults and those that only show when rows are seen together.
    """
    frames = {table.name: rows[table.name].frame if table.name in rows else empty(table) for table in TABLES}
    inputs = encode(frames, commission_ppm=commission_ppm, platform_party=platform_party)
    check_together(inputs, rows, faults)
    faults.raise_if_any()
    return inputs


def empty(table: Table) -> pl.DataFrame:
    """A table without rows, numbers as Int64."""
    return pl.DataFrame(
        schema={column.name: pl.Int64 if column.form == "number" else pl.String for column in table.columns}
    )


def read_terms(path: Path, faults: FaultList) -> tuple[int, str]:
    """(commission_ppm, platform_party) of terms.json."""

    def wrong(column: str, message: str) -> None:
        faults.add(TERMS_FILE, 0, column, message)

    try:
        terms: Any = json.loads(path.read_bytes().decode("utf-8-sig"), object_pairs_hook=_without_repeats)
    except OSError as error:
        wrong(FILE, cannot_read(error))
        return 0, ""
    except UnicodeDecodeError:
        wrong(FILE, "the text is not UTF-8")
        return 0, ""
    except (ValueError, RecursionError) as error:
        wrong(FILE, f"no JSON object: {error}")
        return 0, ""
    return check_terms(terms, faults)


def check_terms(terms: Any, faults: FaultList) -> tuple[int, str]:
    """(commission_ppm, platform_party) of a run's terms."""
    if not isinstance(terms, dict):
        faults.add(TERMS_FILE, 0, FILE, "no JSON object")
        return 0, ""
    commission, platform = terms.get("commission_ppm"), terms.get("platform_party")
    if not isinstance(commission, int) or isinstance(commission, bool) or not 0 <= commission <= PPM:
        faults.add(TERMS_FILE, 0, "commission_ppm", f"no whole number from 0 to {PPM}: {shown(commission)}")
        commission = 0
    if not isinstance(platform, str) or not _is_id(platform):
        faults.add(TERMS_FILE, 0, "platform_party", f"no party id: {shown(platform)}")
        platform = ""
    return commission, platform


def _is_id(text: str) -> bool:
    try:
        return bool(text.encode())  # JSON can spell lone surrogates, which no UTF-8 text holds
    except UnicodeEncodeError:
        return False


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise ValueError("a name stands twice")
    return dict(pairs)


def cannot_read(error: OSError) -> str:
    """Why a file could not be read, in words."""
    return "the file is missing" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"


def missing_columns(table: Table, header: Sequence[str], faults: FaultList) -> bool:
    """Tell which columns are missing from a header, or stand in it twice; whether any does."""
    missing = [column.name for column in table.columns if header.count(column.name) != 1]
    for name in missing:
        words = "the column stands twice" if name in header else "the column is missing"
        faults.add(table.file, 1, name, words)
    return bool(missing)


def read_table(path: Path, table: Table, faults: FaultList) -> Rows | None:
    """The rows of one file; None, with its faults told, if their shape is wrong."""
    if not table.required and not path.exists():
        return check_forms(table, empty(table), lambda: np.zeros(0, np.int64), faults)
    try:
        data: Bytes = np.memmap(path, np.uint8, mode="r") if path.stat().st_size else np.zeros(0, np.uint8)
    except OSError as error:
        faults.add(table.file, 0, FILE, cannot_read(error))
        return None
    shape, found, more = scan(table.file, data)
    faults.extend(found, uncounted=more)
    missing = missing_columns(table, shape.header, faults)
    if found or missing:
        return None
    frame = _parse(path, data, shape, table)
    if frame.height != shape.rows:
        raise AssertionError(f"{table.file}: {frame.height} rows were parsed where {shape.rows} stand")

    @functools.cache
    def lines() -> Ints:
        return row_lines(data)

    return check_forms(table, frame, lines, faults)


def _parse(path: Path, data: Bytes, shape: Shape, table: Table) -> pl.DataFrame:
    names = [column.name for column in table.columns]
    if shape.rows == 0:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    if shape.has_long_fields:
        return _parse_long_fields(data, shape, names)
    places = {name: shape.header.index(name) for name in names}
    frame = pl.read_csv(
        path if shape.is_clean else cleaned(data),
        has_header=False,
        skip_lines=1,
        columns=list(places.values()),
        infer_schema=False,
    )
    return frame.select(pl.col(f"column_{place}").fill_null("").alias(name) for name, place in places.items())


def _parse_long_fields(data: Bytes, shape: Shape, names: list[str]) -> pl.DataFrame:
    """A quoted field holds a line end: polars shares out its work at line ends, so the standard reader takes over."""
    text = io.StringIO(data.tobytes().decode("utf-8-sig"), newline="")
    rows = [row for row in csv.reader(text, strict=True) if row]
    places = {name: shape.header.index(name) for name in names}
    return pl.DataFrame({name: [row[place] for row in rows[1:]] for name, place in places.items()})
