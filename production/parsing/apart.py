"""Running one piece of work on one file in a process of its own, and reading what it left.

The process gets the file, a folder and a bare environment: no settings, no keys, no database. It sets its own limits
(`confine`), and this side holds the clock. Whatever goes wrong in there ends as one plain refusal out here.
"""

from __future__ import annotations

import json
import signal
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from production import limits
from production.errors import CancelledError, ParserLimitError, ProductionError, RefusedFileError
from production.parsing import nursery, telling

log = structlog.get_logger()

_LIMIT_SIGNALS = {signal.SIGXCPU, signal.SIGKILL, signal.SIGXFSZ}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much one piece of work may take."""

    memory_bytes_max: int = limits.PARSE_MEMORY_BYTES_MAX
    cpu_seconds_max: int = limits.PARSE_CPU_SECONDS_MAX
    wall_seconds_max: float = limits.PARSE_WALL_SECONDS_MAX
    output_bytes_max: int = limits.PARSE_OUTPUT_BYTES_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the work brought back: JSON values, and the files it wrote."""

    values: dict[str, Any]
    files: dict[str, bytes]


PARSING = Bounds()
MEASURING = Bounds(cpu_seconds_max=limits.MEASURE_CPU_SECONDS_MAX, wall_seconds_max=limits.MEASURE_WALL_SECONDS_MAX)
GENERATING = Bounds(
    memory_bytes_max=limits.GENERATE_MEMORY_BYTES_MAX,
    cpu_seconds_max=limits.GENERATE_CPU_SECONDS_MAX,
    wall_seconds_max=limits.GENERATE_WALL_SECONDS_MAX,
)
PROCESSING = Bounds(
    memory_bytes_max=limits.PROCESS_MEMORY_BYTES_MAX,
    cpu_seconds_max=limits.PROCESS_CPU_SECONDS_MAX,
    wall_seconds_max=limits.PROCESS_WALL_SECONDS_MAX,
    output_bytes_max=limits.PROCESS_OUTPUT_BYTES_MAX,
)
AUDITIONING = Bounds(
    memory_bytes_max=limits.PROCESS_MEMORY_BYTES_MAX,
    cpu_seconds_max=limits.AUDITION_WALL_SECONDS_MAX,
    wall_seconds_max=limits.AUDITION_WALL_SECONDS_MAX,
)


def run_apart(
    work: str,
    data: bytes,
    *,
    arguments: dict[str, Any] | None = None,
    bounds: Bounds = PARSING,
    is_cancelled: Callable[[], bool] = lambda: False,
    on_progress: Callable[[float, str], None] | None = None,
) -> Answer:
    """Do `work` (a name in `production.parsing.work`) on `data` in a confined process.

    on_progress : called with how far (0..1) and in which words, whenever the work says something new

    Raises
    ------
    RefusedFileError
        If the file is refused; the code and the words are the parser's.
    ParserLimitError
        If the work took too much memory or time.
    CancelledError
        If `is_cancelled` said so while it ran.
    """
    with tempfile.TemporaryDirectory(prefix="ledgerline-") as name:
        folder = Path(name)
        (folder / "input").write_bytes(data)
        request = {
            "work": work,
            "arguments": arguments or {},
            "memory_bytes_max": bounds.memory_bytes_max,
            "cpu_seconds_max": bounds.cpu_seconds_max,
            "output_bytes_max": bounds.output_bytes_max,
        }
        (folder / "request.json").write_text(json.dumps(request))
        (folder / "out").mkdir()
        is_unwanted = _relaying(folder, is_cancelled, on_progress) if on_progress else is_cancelled
        _wait(folder, is_sounding(work, arguments), bounds=bounds, is_cancelled=is_unwanted)
        return _read_answer(folder)


def _relaying(
    folder: Path, is_cancelled: Callable[[], bool], on_progress: Callable[[float, str], None]
) -> Callable[[], bool]:
    """Asked every half second whether the work is still wanted, it also passes on what the child said."""
    last: list[tuple[float, str]] = []

    def is_unwanted() -> bool:
        said = telling.heard(folder)
        if said is not None and said not in last:
            last[:] = [said]
            on_progress(*said)
        return is_cancelled()

    return is_unwanted


def is_sounding(work: str, arguments: dict[str, Any] | None) -> bool:
    """Whether the work plays notes: the instruments are loaded before the child is forked."""
    given = arguments or {}
    return work == "render" or bool(given.get("listen")) or given.get("name") == "notes.played"


def _wait(folder: Path, sounding: bool, *, bounds: Bounds, is_cancelled: Callable[[], bool]) -> None:
    if is_cancelled():
        raise CancelledError
    try:
        code = nursery.run(
            folder,
            sounding=sounding,
            wall_seconds_max=bounds.wall_seconds_max,
            is_unwanted=is_cancelled,
        )
    except nursery.OverdueError as error:
        raise ParserLimitError("limit_exceeded") from error
    except nursery.UnwantedError as error:
        raise CancelledError from error
    if code == 0:
        return
    log.warning("parser.ended", exit_code=code, words=_words(folder))
    if code < 0 and -code in _LIMIT_SIGNALS:
        raise ParserLimitError("limit_exceeded")
    raise RefusedFileError("unreadable_file")


def _words(folder: Path) -> str:
    """What the child said of its end."""
    path = folder / "stderr"
    return path.read_text(errors="replace")[-4000:] if path.exists() else ""


def run_here(work: str, data: bytes, *, arguments: dict[str, Any] | None = None) -> Answer:
    """The same in this process, for bytes that the site itself wrote: no confinement, no start-up.

    Raises
    ------
    RefusedFileError, ParserLimitError
        As `run_apart`.
    """
    from engine.errors import EngineError  # late: whoever only serves pages need not load the engine
    from production.parsing.work import WORK

    try:
        values, files = WORK[work](data, **(arguments or {}))
    except (EngineError, ProductionError) as error:
        raise _refusal(error.code, error.message) from error
    return Answer(values=values, files=files)


def _read_answer(folder: Path) -> Answer:
    try:
        answer = json.loads((folder / "answer.json").read_text())
    except (FileNotFoundError, ValueError) as error:
        raise RefusedFileError("unreadable_file") from error
    if refusal := answer.get("refusal"):
        if refusal["code"] == "internal":
            log.error("parser.failed", words=_words(folder))
        raise _refusal(refusal["code"], refusal["message"])
    files = {path.name: path.read_bytes() for path in sorted((folder / "out").iterdir())}
    return Answer(values=answer["values"], files=files)


_OPENINGS = {
    "unreadable_file": "This file could not be read",
    "unsupported_format": "This file is of no type that we take",
    "limit_exceeded": "This file is larger or more complex than one file may be",
    "not_a_melody": "A harmonisation needs an element with one melody",
    "out_of_range": "This cannot be done as asked",
    "shape": "This cannot be done with this recording",
}
_WHOLE_SENTENCES = {"bad_parameter", "unsuitable"}
"""Refusals of our own, whose words need no opening."""


def _refusal(code: str, message: str | None) -> RefusedFileError:
    """The parser's own words, which name the place in the file, in a whole sentence."""
    opening = _OPENINGS.get(code)
    words = f"{opening}: {message.rstrip('.')}." if opening and message else None
    if code in _WHOLE_SENTENCES:
        words = message
    return ParserLimitError(code, words) if code == "limit_exceeded" else RefusedFileError(code, words)
