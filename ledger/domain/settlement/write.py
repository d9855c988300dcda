"""The three files of a run: all are written, or none."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import polars as pl

from ledger.domain.settlement.result import SettlementResult


def tables_of(result: SettlementResult) -> dict[str, pl.DataFrame]:
    """The output files by name."""
    return {
        "statements.csv": result.statement_table(),
        "allocations.csv": result.allocation_table(),
        "advances.csv": result.advance_table(),
    }


def csv_bytes(table: pl.DataFrame) -> bytes:
    """A table as the folder form writes it: UTF-8, header, LF, quotes only where needed."""
    return table.write_csv(line_terminator="\n", quote_style="necessary").encode()


def write_result(result: SettlementResult, out: Path) -> None:
    """Write statements.csv, allocations.csv and advances.csv into `out`, replacing files of these names.

    All are written beside their places first and moved at the end; if a move fails, the earlier ones are undone.

    Raises
    ------
    OSError
        If the disk refuses; `out` is then as it was.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".settle-", dir=out) as folder:
        fresh = Path(folder)
        for name, table in tables_of(result).items():
            with (fresh / name).open("wb") as file:
                table.write_csv(file, line_terminator="\n", quote_style="necessary")
                file.flush()
                os.fsync(file.fileno())
        _replace_all(fresh, out, [path.name for path in sorted(fresh.iterdir())])


def _replace_all(fresh: Path, out: Path, names: list[str]) -> None:
    before = fresh / "before"
    before.mkdir()
    with contextlib.ExitStack() as undo:
        for name in names:
            target = out / name
            if target.exists():
                _keep(target, before / name)
                undo.callback(os.replace, before / name, target)
            else:
                undo.callback(target.unlink, missing_ok=True)
            os.replace(fresh / name, target)
        undo.pop_all()


def _keep(path: Path, copy: Path) -> None:
    try:
        os.link(path, copy)
    except OSError:  # a file system without hard links
        shutil.copy2(path, copy)
