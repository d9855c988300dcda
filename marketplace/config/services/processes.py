"""The whole site under one roof: starts its processes, joins their words, brings back what dies, stops them all.

Every process is its own session, so that Ctrl-C reaches only the manager, which then stops the others in order; each
asks the kernel to be told when the manager dies, so that a kill -9 of it leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from marketplace.config import environment as env

from .server import die_with_parent

WATCH_S = 0.3
END_POLL_S = 0.05
STOP_TIMEOUT_S = 8.0
BACKOFF_S = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
STEADY_S = 20.0
LINE_BYTES_MAX = 1_000_000
COLOURS = (36, 33, 35, 32, 34, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One process of the site."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)


class Words:
    """One stream for everybody's lines, each under its speaker's name; colours only for a terminal."""

    def __init__(self, out: IO[str], names: Sequence[str]) -> None:
        self._out = out
        self._width = max(map(len, names))
        self._colour = out.isatty() and "NO_COLOR" not in os.environ
        self._colours = {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(names)}

    def say(self, name: str, line: str) -> None:
        """Write one line."""
        label = f"{name:<{self._width}} |"
        if self._colour:
            label = f"\x1b[{self._colours.get(name, 37)}m{label}\x1b[0m"
        with contextlib.suppress(BrokenPipeError):
            print(label, line, file=self._out, flush=True)


class Manager:
    """Runs `programs` until it is told to stop."""

    def __init__(self, programs: Sequence[Program], *, words: Words) -> None:
        self.programs, self.words = programs, words
        self.stopping = asyncio.Event()
        self._running: dict[str, asyncio.subprocess.Process] = {}

    async def run(self) -> None:
        """Start everything, keep it running, and stop it all when `stop` is called."""
        tasks = [asyncio.create_task(self._keep(program)) for program in self.programs]
        try:
            await self.stopping.wait()
        finally:
            await self._stop_all()
            await asyncio.gather(*tasks)

    def stop(self) -> None:
        """End `run`; for signal handlers."""
        self.stopping.set()

    async def once(self, program: Program) -> int:
        """Run a program to its end under its own name, or until `stop` is called; returns its exit code."""
        process = await self._start(program)
        listening = asyncio.create_task(self._listen(program.name, process))
        stopped = asyncio.create_task(self.stopping.wait())
        await asyncio.wait({listening, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not listening.done():
            await self._stop_all()
        return await listening

    async def _keep(self, program: Program) -> None:
        falls = 0
        while not self.stopping.is_set():
            began_s = time.monotonic()
            process = await self._start(program)
            code = await self._listen(program.name, process)
            _signal_group(process.pid, signal.SIGKILL)  # a killed worker's own children
            if self.stopping.is_set():
                return
            falls = 0 if time.monotonic() - began_s > STEADY_S else falls + 1
            pause_s = BACKOFF_S[min(falls, len(BACKOFF_S) - 1)]
            self.words.say(program.name, f"ended with {_spoken(code)}; starts again in {pause_s:g} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), pause_s)

    async def _start(self, program: Program) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *program.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=env.BASE_DIR,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **program.environment},
            limit=LINE_BYTES_MAX,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        self._running[program.name] = process
        return process

    async def _listen(self, name: str, process: asyncio.subprocess.Process) -> int:
        """Pass on its lines until it ends. A grandchild may keep the pipe open: its parent's end is the end."""
        assert process.stdout is not None
        ended = asyncio.create_task(_ended(process))
        while True:
            line = asyncio.ensure_future(process.stdout.readline())
            await asyncio.wait({line, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not line.done():
                await asyncio.wait({line}, timeout=WATCH_S)
            if not line.done() or not line.result():
                line.cancel()
                break
            self.words.say(name, line.result().decode(errors="replace").rstrip())
        return await ended

    async def _stop_all(self) -> None:
        """Ask politely, then kill whole groups: a worker's children too."""
        running = [process for process in self._running.values() if process.returncode is None]
        for process in running:
            _signal_group(process.pid, signal.SIGTERM, leader_only=True)
        waits = [asyncio.create_task(_ended(process)) for process in running]
        if waits:
            await asyncio.wait(waits, timeout=STOP_TIMEOUT_S)
        for process in self._running.values():
            _signal_group(process.pid, signal.SIGKILL)


class Follower:
    """Passes on what a server's log gains: PostgreSQL and Valkey are not the manager's children."""

    def __init__(self, name: str, log: Path, *, words: Words) -> None:
        self.name, self.log, self.words = name, log, words
        self._offset = log.stat().st_size if log.exists() else 0

    def look(self) -> None:
        """Say the lines that are new since the last look."""
        with contextlib.suppress(OSError), self.log.open("rb") as file:
            if file.seek(0, os.SEEK_END) < self._offset:
                self._offset = 0  # the log began anew
            file.seek(self._offset)
            text = file.read(LINE_BYTES_MAX)
            whole = text[: text.rfind(b"\n") + 1]
            self._offset += len(whole)
            for line in whole.decode(errors="replace").splitlines():
                self.words.say(self.name, line)


def site_programs(*, port: int, var: Path, sandbox: bool) -> list[Program]:
    """Web, worker, clock, and the sandbox that stands in for Stripe where there is no key."""
    python = sys.executable
    celery = (python, "-m", "celery", "--app", "marketplace.config.celery", "--quiet")
    web = (
        *(python, "-m", "uvicorn", "marketplace.config.asgi:application", "--host", "127.0.0.1", "--port", str(port)),
        *("--ws-per-message-deflate", "false", "--lifespan", "off", "--timeout-graceful-shutdown", "3"),
        *("--no-access-log", "--log-level", "warning", "--no-use-colors"),
    )
    worker = (*celery, "worker", "--pool", "prefork", "--concurrency", "2", "--loglevel", "INFO")
    beat = (*celery, "beat", "--schedule", str(var / "beat" / "schedule"), "--loglevel", "WARNING")
    programs = [
        Program(name="web", command=web),
        Program(name="worker", command=(*worker, "--without-gossip", "--without-mingle")),
        Program(name="beat", command=(*beat, "--pidfile", "")),
    ]
    if sandbox:
        command = (
            *(python, "-m", "marketplace.checkout.sandbox", "--port", str(port + 1)),
            *("--state", str(var / "sandbox"), "--key-file", str(var / "keys" / "sandbox.json")),
            *("--webhook-url", f"http://127.0.0.1:{port}/stripe/webhook/"),
        )
        programs.append(Program(name="sandbox", command=command))
    return programs


async def _ended(process: asyncio.subprocess.Process) -> int:
    """Its exit code, once it is over. `process.wait()` would also wait for whoever inherited its pipe."""
    while process.returncode is None:
        await asyncio.sleep(END_POLL_S)
    return process.returncode


def _signal_group(pid: int, signum: signal.Signals, *, leader_only: bool = False) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signum) if leader_only else os.killpg(pid, signum)


def _spoken(code: int) -> str:
    if code >= 0:
        return f"code {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
