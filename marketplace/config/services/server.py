"""One server process: its lock, its death, its rebirth."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import IO

from .errors import ServicesError
from .locks import open_lock, wait_lock
from .places import Desk, Place
from .secret import Secrets

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 120.0
KILL_TIMEOUT_S = 10.0
ORPHANS_PATIENCE_S = 0.5
LOG_BYTES_MAX = 10_000_000

_PR_SET_PDEATHSIG = 1


def die_with_parent(signum: int) -> Callable[[], None]:
    """For `preexec_fn`: have the kernel send `signum` when the parent dies, however it dies (Linux only)."""
    parent = os.getpid()
    try:
        prctl = ctypes.CDLL(None).prctl
    except (OSError, AttributeError):
        return lambda: None

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signum, 0, 0, 0)
        if os.getppid() != parent:  # it died between fork and prctl
            os.kill(os.getpid(), signum)

    return ask


class Server(ABC):
    """A server that the keeper starts, watches and stops."""

    name: str
    stop_signal: signal.Signals  # what a fast, clean shutdown is called

    def __init__(self, desk: Desk, place: Place, secrets: Secrets) -> None:
        self.desk, self.place, self.secrets = desk, place, secrets
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    @property
    def lock(self) -> Path:
        """Held by the server's own processes, which inherit it: free means that the last of them is gone."""
        return self.desk.folder / f"{self.name}.lock"

    @property
    def log(self) -> Path:
        """Where the server's words go."""
        return self.desk.logs / f"{self.name}.log"

    @property
    @abstractmethod
    def data(self) -> Path:
        """The server's data folder, which is also its working folder."""

    @abstractmethod
    def command(self) -> list[str]:
        """The program and its arguments."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether it takes connections now."""

    def prepare(self) -> None:  # noqa: B027  (optional)
        """Whatever must be true of the data before a start."""

    def configuration(self) -> bytes | None:
        """What the server reads from its standard input."""
        return None

    def start(self) -> None:
        """Start, and return when it takes connections.

        Raises
        ------
        ServicesError
            If it ends or is not ready within `START_TIMEOUT_S`; the end of its log is in the message.
        """
        fd = open_lock(self.lock)
        try:
            self._wait_for_the_last_one(fd)
            self.prepare()
            self.process = self._spawn(fd)
        finally:
            os.close(fd)  # the server keeps the lock: the open file is its own now too
        self.starts += 1
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.ready():
            if self.process.poll() is not None:
                raise ServicesError(f"{self.name} did not start: {self._last_words()}")
            if time.monotonic() > deadline:
                raise ServicesError(f"{self.name} is not ready after {START_TIMEOUT_S:.0f} s: {self._last_words()}")
            time.sleep(0.02)

    def alive(self) -> bool:
        """Whether the process that was started still runs; takes note of its death."""
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Begin a fast shutdown."""
        if self.process is not None and self.alive():
            self.process.send_signal(self.stop_signal)

    def wait_stopped(self) -> None:
        """Return when it is gone; after `STOP_TIMEOUT_S` less politely."""
        if self.process is None:
            return
        for timeout_s, signum in ((STOP_TIMEOUT_S, signal.SIGQUIT), (KILL_TIMEOUT_S, signal.SIGKILL)):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout_s)
                return
            self.process.send_signal(signum)
        self.process.wait()

    def _spawn(self, lock_fd: int) -> subprocess.Popen[bytes]:
        configuration = self.configuration()
        with self._open_log() as log:
            process = subprocess.Popen(  # noqa: S603
                self.command(),
                stdin=subprocess.DEVNULL if configuration is None else subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self.data,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
                umask=0o077,
                start_new_session=True,  # Ctrl-C in the terminal is not meant for it
                pass_fds=(lock_fd,),
                preexec_fn=die_with_parent(self.stop_signal),  # safe: the keeper has one thread
                **self.place.account.credentials(),
            )
        if configuration is not None and process.stdin is not None:
            with contextlib.suppress(BrokenPipeError), process.stdin as stdin:
                stdin.write(configuration)
        return process

    def _open_log(self) -> IO[bytes]:
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES_MAX:
            self.log.replace(self.log.with_suffix(".log.1"))
        return self.log.open("ab")

    def _wait_for_the_last_one(self, fd: int) -> None:
        """Take the server's lock, once every process of an earlier start is gone.

        A server that lost its keeper is stopped as fast as is clean. Children that outlived a killed server get a
        moment to notice, then are killed too: what they were doing is lost already.
        """
        if wait_lock(fd, timeout_s=ORPHANS_PATIENCE_S):
            return
        deadline = time.monotonic() + STOP_TIMEOUT_S
        told: set[int] = set()
        while time.monotonic() < deadline:
            leaders, children = self._orphans()
            for pid in leaders - told:
                _kill(pid, self.stop_signal)
            told |= leaders
            if not leaders:
                for pid in children:
                    _kill(pid, signal.SIGKILL)
            if wait_lock(fd, timeout_s=ORPHANS_PATIENCE_S):
                return
        raise ServicesError(f"an earlier {self.name} still holds {self.lock}; end it, then try again")

    def _orphans(self) -> tuple[set[int], set[int]]:
        """Servers and their children that no keeper owns: our program, our account, working in our data folder."""
        leaders: set[int] = set()
        children: set[int] = set()
        program = self.command()[0]
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if entry.stat().st_uid != self.place.account.uid or os.readlink(entry / "cwd") != str(self.data):
                    continue
                running, title = os.readlink(entry / "exe"), (entry / "cmdline").read_bytes().split(b"\0")[0]
            except OSError:
                continue
            if Path(running).name.startswith(Path(program).name):
                # A child of PostgreSQL's calls itself "postgres: checkpointer" and the like.
                (children if title.startswith(b"postgres: ") else leaders).add(int(entry.name))
        return leaders, children

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-5:] if self.log.exists() else []
        return " / ".join(lines) + f" (the log is {self.log})"


def _kill(pid: int, signum: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signum)
