"""Running one piece of work on one file in a process of its own, and reading what it left.

The process gets the file, a folder and a bare environment: no settings, no keys, no database. It sets its own limits
(`confine`), and this side holds the clock. Whatever goes wrong in there ends as one plain refusal out here.
"""

from __future__ import annotations

import json
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from production import limits
from production.errors import CancelledError, ParserLimitError, ProductionError, RefusedFileError
from production.parsing import nursery, telling
from production.stores import content

log = structlog.get_logger()

_ASK_SECONDS = 0.5
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
LOOKING_LONG = Bounds(
    cpu_seconds_max=limits.PARSE_LONG_CPU_SECONDS_MAX, wall_seconds_max=limits.PARSE_LONG_WALL_SECONDS_MAX
)
"""For recordings of hours, which are read block by block: more time, not more memory."""
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
MARKING = Bounds(
    cpu_seconds_max=limits.CREDENTIALS_CPU_SECONDS_MAX,
    wall_seconds_max=limits.CREDENTIALS_WALL_SECONDS_MAX,
    output_bytes_max=limits.CREDENTIALS_BYTES_MAX + limits.CREDENTIALS_MANIFEST_BYTES_MAX,
)
"""For writing and reading content credentials: the bytes pass through once, nothing is decoded."""
AUDITIONING = Bounds(
    memory_bytes_max=limits.PROCESS_MEMORY_BYTES_MAX,
    cpu_seconds_max=limits.AUDITION_WALL_SECONDS_MAX,
    wall_seconds_max=limits.AUDITION_WALL_SECONDS_MAX,
)


def run_apart(
    work: str,
    data: content.Data,
    *,
    arguments: dict[str, Any] | None = None,
    bounds: Bounds = PARSING,
    is_cancelled: Callable[[], bool] = lambda: False,
    on_progress: Callable[[float, str], None] | None = None,
    on_part: telling.Receiver | None = None,
    on_question: telling.Answerer | None = None,
) -> Answer:
    """Do `work` (a name in `production.parsing.work`) on `data` in a confined process.

    on_progress : called with how far (0..1) and in which words, whenever the work says something new
    on_part : called with each piece of the answer as soon as the work has it
    on_question : called with what the work asks for, such as a signature; what it returns goes back

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
        relay = _Relay(folder, is_cancelled, on_progress, on_part, on_question)
        _wait(folder, needs_of(work, arguments), bounds=bounds, relay=relay)
        relay.pass_on()
        return _read_answer(folder)


class _Relay:
    """Asked ten times a second whether the work is still wanted, it passes on what the child said meanwhile."""

    def __init__(
        self,
        folder: Path,
        is_cancelled: Callable[[], bool],
        on_progress: Callable[[float, str], None] | None,
        on_part: telling.Receiver | None,
        on_question: telling.Answerer | None,
    ) -> None:
        self._folder, self.is_cancelled = folder, is_cancelled
        self._on_progress, self._on_part, self._on_question = on_progress, on_part, on_question
        self._said: tuple[float, str] | None = None
        self._parts = 0
        self._asked = time.monotonic()

    def is_unwanted(self) -> bool:
        """Pass on what is new; whether the work is wanted is a question to the database, and asked less often."""
        self.pass_on()
        if time.monotonic() - self._asked < _ASK_SECONDS:
            return False
        self._asked = time.monotonic()
        return self.is_cancelled()

    def pass_on(self) -> None:
        """Tell what was said and given since the last time, and answer what is asked."""
        if self._on_question:
            telling.answer(self._folder, self._on_question)
        if self._on_part:
            for part in telling.given(self._folder, since=self._parts):
                self._parts += 1
                self._on_part(part)
        said = telling.heard(self._folder) if self._on_progress else None
        if self._on_progress and said is not None and said != self._said:
            self._said = said
            self._on_progress(*said)


def needs_of(work: str, arguments: dict[str, Any] | None) -> nursery.Needs:
    """What is loaded once, before the child is forked: the instruments where notes are played, a capability."""
    said = arguments or {}
    sounding = (
        work == "render" or (work == "recommend" and bool(said.get("listen"))) or said.get("name") == "notes.played"
    )
    return nursery.Needs(sounding=sounding, capability=str(said.get("capability") or ""))


def _wait(folder: Path, needs: nursery.Needs, *, bounds: Bounds, relay: _Relay) -> None:
    if relay.is_cancelled():
        raise CancelledError
    try:
        code = nursery.run(folder, needs=needs, wall_seconds_max=bounds.wall_seconds_max, is_unwanted=relay.is_unwanted)
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


def run_here(
    work: str,
    data: bytes,
    *,
    arguments: dict[str, Any] | None = None,
    on_part: telling.Receiver | None = None,
    on_question: telling.Answerer | None = None,
) -> Answer:
    """The same in this process, for bytes that the site itself wrote: no confinement, no start-up.

    Raises
    ------
    RefusedFileError, ParserLimitError
        As `run_apart`.
    """
    from engine.errors import EngineError  # late: whoever only serves pages need not load the engine
    from production.parsing.work import WORK

    try:
        with telling.hearing(on_part, on_question):
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
    "not_a_melody": "This needs an element with one melody",
    "out_of_range": "This cannot be done as asked",
    "shape": "This cannot be done with this recording",
    "silence": "This cannot be worked on",
    "too_short": "This cannot be worked on",
    "channels": "This cannot be worked on",
    "routing": "This mix cannot be played",
    "unknown_plugin": "This setting cannot be played",
    "unknown_parameter": "This setting cannot be played",
}
_WHOLE_SENTENCES = {"bad_parameter", "unsuitable", "no_credentials"}
"""Refusals of our own, whose words need no opening."""


def _refusal(code: str, message: str | None) -> RefusedFileError:
    """The parser's own words, which name the place in the file, in a whole sentence."""
    opening = _OPENINGS.get(code)
    words = f"{opening}: {message.rstrip('.')}." if opening and message else None
    if code in _WHOLE_SENTENCES:
        words = message
    return ParserLimitError(code, words) if code == "limit_exceeded" else RefusedFileError(code, words)
