"""The process that forks confined children, seen from the worker: started when first needed, again when it is gone."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

_HOME = Path(__file__).resolve().parents[2]
_POLL_SECONDS = 0.05
_ASK_SECONDS = 0.1
_START_SECONDS_MAX = 60.0


class GoneError(Exception):
    """The process ended before it took the request."""


class OverdueError(Exception):
    """The child ran longer than it may, and was killed."""


class UnwantedError(Exception):
    """Nobody wants the result any more; the child was killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the forking process loads before it forks, so that no child spends its time on it.

    sounding : the instruments; capability : the name of one of `engine.recommend.registry`, with its network
    """

    sounding: bool = False
    capability: str = ""


class Nursery:
    """One forking process; one child at a time. `ahead`: it loads everything while nobody asks."""

    def __init__(self, *, ahead: bool = False) -> None:
        self.owner = os.getpid()
        keep = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter, module and flag
            [sys.executable, "-m", "production.parsing", *(["--ahead"] if ahead else [])],
            cwd=_HOME,
            env=keep | one_thread | {"PYTHONPATH": str(_HOME)},  # no settings, no keys, no database
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout
        self._said = b""

    def run(self, folder: Path, *, needs: Needs, wall_seconds_max: float, is_unwanted: Callable[[], bool]) -> int:
        """Fork a child for `folder`; its exit code, or minus the signal that ended it.

        Raises
        ------
        GoneError
            If this process ended before the child began.
        OverdueError, UnwantedError
            If the child was killed for its time, or because `is_unwanted` said so.
        """
        try:
            self._requests.write(json.dumps({"folder": str(folder), **asdict(needs)}).encode())
        except OSError as error:
            raise GoneError from error
        child = self._number(_START_SECONDS_MAX)
        if child is None:
            raise GoneError
        begun = asked = time.monotonic()
        try:
            while (code := self._number(_POLL_SECONDS)) is None:
                now = time.monotonic()
                if now - begun > wall_seconds_max:
                    raise OverdueError
                if now - asked >= _ASK_SECONDS:
                    asked = now
                    if is_unwanted():
                        raise UnwantedError
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            self._number(_START_SECONDS_MAX)
            raise
        return code

    def end(self) -> None:
        """End the process and whatever it forked."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._requests.close()
        self._answers.close()

    def _number(self, seconds_max: float) -> int | None:
        """The next number it says; None if it says nothing in time."""
        deadline = time.monotonic() + seconds_max
        while b"\n" not in self._said:
            ready, _, _ = select.select([self._answers], [], [], max(deadline - time.monotonic(), 0))
            if not ready:
                return None
            said = self._answers.read(64)
            if not said:
                raise GoneError
            self._said += said
        number, _, self._said = self._said.partition(b"\n")
        return int(number)


_lock = threading.Lock()
_nursery: Nursery | None = None


def run(folder: Path, *, needs: Needs, wall_seconds_max: float, is_unwanted: Callable[[], bool]) -> int:
    """As `Nursery.run`, with this process's own; one that is gone is replaced once."""
    with _lock:
        for attempt in (1, 2):
            nursery = _own()
            try:
                return nursery.run(folder, needs=needs, wall_seconds_max=wall_seconds_max, is_unwanted=is_unwanted)
            except GoneError:
                stop()
                if attempt == 2:
                    raise
    raise AssertionError("unreachable")


def begin() -> None:
    """Start this process's own; it loads the engine while nobody waits."""
    with _lock:
        _own(ahead=True)


def stop() -> None:
    """End this process's own, if it has one."""
    global _nursery
    if _nursery is not None and _nursery.owner == os.getpid():
        _nursery.end()
    _nursery = None


def _own(*, ahead: bool = False) -> Nursery:
    """One for each process: a worker that forked must not share its parent's."""
    global _nursery
    if _nursery is None or _nursery.owner != os.getpid():
        _nursery = Nursery(ahead=ahead)
    return _nursery


atexit.register(stop)
