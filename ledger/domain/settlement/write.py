"""The three files of a run: all are written, or none, also where the power fails in between.

A file system moves one name at a time. A new folder is made beside its place and moved there as a whole: one step.
Into a folder that stands already, the files first lie complete in `.settle-commit`, which gets this name in one step:
until then OUT is as it was, from then on it is the new result. That folder stays complete until all of it is in place,
and whoever writes there next brings in what a power failure left.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from ledger.domain.settlement.result import SettlementResult

STAGED, COMMITTED, BEFORE = ".settle-staged", ".settle-commit", ".settle-before"
"""Files on their way in; all of them, complete; what they replace, for as long as a move can still fail."""


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

    Every file and folder is flushed to the disk before the step that rests on it. If a move fails, the earlier ones are
    undone; if the power does, `recover` goes on (and so does the next `write_result`).

    Raises
    ------
    OSError
        If the disk refuses, or another process writes there now; `out` is then as it was.
    """
    if out.exists():
        with _alone(out):
            _recover(out)
            _replace(result, out)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".settle-", dir=out.parent) as folder:
        fresh = Path(folder) / out.name
        _write(result, fresh)
        os.rename(fresh, out)
        _flush(out.parent)


def recover(out: Path) -> None:
    """Bring a folder to one result after a power failure: the new one if it was complete, else the old one."""
    if out.exists():
        with _alone(out):
            _recover(out)


@contextlib.contextmanager
def _alone(out: Path) -> Iterator[None]:
    place = os.open(out, os.O_RDONLY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(place)


def _write(result: SettlementResult, folder: Path) -> None:
    folder.mkdir()
    for name, table in tables_of(result).items():
        with (folder / name).open("wb") as file:
            table.write_csv(file, line_terminator="\n", quote_style="necessary")
            file.flush()
            os.fsync(file.fileno())
    _flush(folder)


def _replace(result: SettlementResult, out: Path) -> None:
    try:
        _write(result, out / STAGED)
        os.rename(out / STAGED, out / COMMITTED)
        _flush(out)
        _move_in(out)
    finally:
        _clear(out)


def _recover(out: Path) -> None:
    shutil.rmtree(out / BEFORE, ignore_errors=True)
    shutil.rmtree(out / STAGED, ignore_errors=True)
    if (out / COMMITTED).exists():
        _move_in(out)
    _clear(out)


def _clear(out: Path) -> None:
    """Take away what is no longer needed; the complete files first cease to be so under one name, in one step."""
    if (out / COMMITTED).exists():
        os.rename(out / COMMITTED, out / STAGED)
        _flush(out)
    for name in (STAGED, BEFORE):
        shutil.rmtree(out / name, ignore_errors=True)


def _move_in(out: Path) -> None:
    """Bring the files of `.settle-commit` into their places: all of them, or none. They stay there complete."""
    (out / BEFORE).mkdir()
    with contextlib.ExitStack() as undo:
        for fresh in sorted((out / COMMITTED).iterdir()):
            target, kept, moved = out / fresh.name, out / BEFORE / fresh.name, out / BEFORE / f"new-{fresh.name}"
            if target.exists():
                _keep(target, kept)
                undo.callback(os.replace, kept, target)
            else:
                undo.callback(target.unlink, missing_ok=True)
            _keep(fresh, moved)
            os.replace(moved, target)
        _flush(out)
        undo.pop_all()


def _flush(folder: Path) -> None:
    """Let the disk have the names in a folder; where a folder cannot be flushed, nothing can be promised about it."""
    place = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(place)
    except OSError:
        pass
    finally:
        os.close(place)


def _keep(path: Path, copy: Path) -> None:
    try:
        os.link(path, copy)
    except OSError:  # a file system without hard links
        shutil.copy2(path, copy)
