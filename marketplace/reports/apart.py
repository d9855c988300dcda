"""Looking into a report's file in a bare, confined process: no settings, no keys, no database, little memory."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from ledger.domain.settlement.currencies import CURRENCIES
from marketplace.reports.errors import RefusedFileError
from marketplace.reports.reading import limits
from marketplace.reports.reading.template import Template

log = structlog.get_logger()

_HOME = Path(__file__).resolve().parents[2]
_POLL_SECONDS = 0.25
_BROKEN = "This file could not be read. Is it a CSV file?"
_LIMIT = "This file takes more time or memory than one report may. Split it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The first rows of a file, and the mapping it probably needs."""

    template: Template
    header: list[str]
    rows: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What reading a whole file left: the sums, and a folder with lines.csv, groups.jsonl and errors.jsonl."""

    summary: dict[str, Any]
    folder: Path

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        """The rows of groups.jsonl or errors.jsonl."""
        with (self.folder / name).open() as file:
            for text in file:
                yield json.loads(text)


def look(data: bytes, *, template: Template | None = None) -> Look:
    """The first rows, by this template or by a guess.

    Raises
    ------
    RefusedFileError
        If it is no such file.
    """
    with _working(data) as folder:
        request = {"work": "look", "template": template.to_json() if template else None}
        answer = _run(folder, request, tick=lambda _: None)
        return Look(template=Template.from_json(answer["template"]), header=answer["header"], rows=answer["rows"])


@contextlib.contextmanager
def reading(data: bytes, *, template: Template, tick: Callable[[int], None]) -> Iterator[Reading]:
    """Within the block, everything the file says; `tick` hears how many rows were read.

    Raises
    ------
    RefusedFileError
        If the file takes more than it may.
    """
    with _working(data) as folder:
        request = {"work": "read", "template": template.to_json(), "currencies": sorted(CURRENCIES)}
        yield Reading(summary=_run(folder, request, tick=tick), folder=folder)


@contextlib.contextmanager
def _working(data: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ledgerline-") as name:
        (Path(name) / "input").write_bytes(data)
        yield Path(name)


def _run(folder: Path, request: dict[str, Any], *, tick: Callable[[int], None]) -> dict[str, Any]:
    (folder / "request.json").write_text(json.dumps(request))
    keep = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    with (folder / "stderr").open("wb") as words:
        process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            [sys.executable, "-m", "marketplace.reports.reading", str(folder)],
            cwd=_HOME,
            env=keep | {"PYTHONPATH": str(_HOME), "HOME": str(folder), "TMPDIR": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            start_new_session=True,
        )
        code = _waited(process, folder, tick)
    answer = folder / "answer.json"
    if code or not answer.exists():
        log.warning(
            "report.reader_ended", exit_code=code, words=(folder / "stderr").read_text(errors="replace")[-2000:]
        )
        raise RefusedFileError(_LIMIT if code < 0 else _BROKEN)
    found: dict[str, Any] = json.loads(answer.read_text())
    if refusal := found.get("refusal"):
        raise RefusedFileError(str(refusal))
    return found


def _waited(process: subprocess.Popen[bytes], folder: Path, tick: Callable[[int], None]) -> int:
    """Its exit code; it is killed when its time is over, or when this side fails."""
    begun, told = time.monotonic(), 0
    try:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(_POLL_SECONDS)
            if time.monotonic() - begun > limits.WALL_SECONDS_MAX:
                process.kill()
            with contextlib.suppress(OSError, ValueError):
                rows = int((folder / "progress").read_text())
                if rows != told:
                    told = rows
                    tick(rows)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
