"""Use the embedded services: take part, leave, pin, stop, ask. The work is the keeper's; this is its front desk."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marketplace.config import environment as env

from . import keeper
from .errors import ServicesError
from .locks import is_held, open_lock, try_lock, wait_lock
from .places import Desk

READY_TIMEOUT_S = 150.0  # a first start makes the cluster; a start after a crash replays its log
GONE_TIMEOUT_S = 150.0
STATE_POLL_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What is running, where, and as whom."""

    running: bool
    pinned: bool
    in_use: bool
    keeper_pid: int | None = None
    account: str = ""
    home: str = ""
    programs: str = ""
    servers: dict[str, dict[str, Any]] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict, repr=False)


class Session:
    """This process's part in the services: they stay up at least until `leave`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._fd: int | None = None
        self._pid = os.getpid()

    def enter(self) -> dict[str, str]:
        """Hold the services, start them if need be, and return the environment that leads to them."""
        self.desk.make()
        if self._fd is None:
            fd = open_lock(self.desk.users_lock)
            # Blocks only while the keeper shuts down for want of users; afterwards a new one starts.
            if not wait_lock(fd, shared=True, timeout_s=GONE_TIMEOUT_S):
                os.close(fd)
                raise ServicesError(f"the services are still shutting down: {self.desk.logs / 'keeper.log'}")
            self._fd = fd
        return _wait_ready(self.desk)

    def leave(self) -> None:
        """Let go. The last one out stops the services, unless they are pinned, and waits until they are gone."""
        if self._fd is None or os.getpid() != self._pid:  # a forked child shares the lock; it is the parent's to free
            return
        fd, self._fd = self._fd, None
        try:
            if try_lock(fd) and not keeper.pinned(self.desk):
                _stop_keeper(self.desk)
        finally:
            os.close(fd)


@contextlib.contextmanager
def session(desk: Desk) -> Iterator[dict[str, str]]:
    """The services for the block; yields the environment that leads to them."""
    mine = Session(desk)
    try:
        yield mine.enter()
    finally:
        mine.leave()


def pin(desk: Desk) -> None:
    """Start the services and keep them up without users until `unpin`, `stop` or the next boot."""
    with session(desk):
        desk.pin.write_text(keeper.boot_id())


def stop(desk: Desk, *, force: bool = False) -> bool:
    """Unpin, and stop the services if nobody uses them (or at once, with `force`); returns whether they are down."""
    desk.pin.unlink(missing_ok=True)
    if not desk.users_lock.exists():
        return True
    fd = open_lock(desk.users_lock)
    try:
        if not try_lock(fd) and not force:
            return not is_held(desk.keeper_lock)
        _stop_keeper(desk)
        return True
    finally:
        os.close(fd)


def status(desk: Desk) -> Status:
    """Look, without starting anything."""
    running = is_held(desk.keeper_lock)
    state = _state(desk) if running else {}
    return Status(
        running=bool(state.get("ready")),
        pinned=keeper.pinned(desk),
        in_use=_in_use(desk),
        keeper_pid=state.get("keeper_pid"),
        account=state.get("account", ""),
        home=state.get("home", ""),
        programs=state.get("programs", ""),
        servers=state.get("servers", {}),
        environment=state.get("environment", {}),
    )


def _in_use(desk: Desk) -> bool:
    if not desk.users_lock.exists():
        return False
    fd = open_lock(desk.users_lock)
    try:
        return not try_lock(fd)
    finally:
        os.close(fd)


def _state(desk: Desk) -> dict[str, Any]:
    """The state that the present keeper wrote; empty while there is none."""
    try:
        state: dict[str, Any] = json.loads(desk.state.read_text())
        return state if str(state["keeper_pid"]) == desk.keeper_lock.read_text() else {}
    except (OSError, ValueError, KeyError):
        return {}


def _wait_ready(desk: Desk) -> dict[str, str]:
    deadline = time.monotonic() + READY_TIMEOUT_S
    started = False
    while time.monotonic() < deadline:
        state = _state(desk)
        if not is_held(desk.keeper_lock):
            if started and state.get("error"):
                raise ServicesError(state["error"])
            _start_keeper(desk)
            started = True
        elif state.get("ready"):
            return dict(state["environment"])
        time.sleep(STATE_POLL_S)
    raise ServicesError(f"the services are not ready after {READY_TIMEOUT_S:.0f} s: see {desk.logs}")


def _start_keeper(desk: Desk) -> None:
    """Start a keeper that outlives us. Of two started together the second finds the lock taken and ends."""
    with (desk.logs / "keeper.log").open("ab") as log:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", keeper.__name__],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=env.BASE_DIR,
            env={**os.environ, "LEDGERLINE_VAR": str(desk.var)},
        )
    if done.returncode != 0:
        raise ServicesError(f"the services' keeper did not start: see {desk.logs / 'keeper.log'}")
    _wait_for_lock(desk.keeper_lock)


def _wait_for_lock(path: Path) -> None:
    """The keeper detaches before it locks: give it the moment it needs, so that nobody starts ten of them."""
    deadline = time.monotonic() + 1.0
    while not is_held(path) and time.monotonic() < deadline:
        time.sleep(STATE_POLL_S)


def _stop_keeper(desk: Desk) -> None:
    """Tell the keeper to stop, and wait until servers and keeper are gone."""
    deadline = time.monotonic() + GONE_TIMEOUT_S
    told: str | None = None
    while is_held(desk.keeper_lock):
        pid = desk.keeper_lock.read_text()
        if pid and pid != told:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGTERM)
            told = pid
        if time.monotonic() > deadline:
            raise ServicesError(f"the services did not stop within {GONE_TIMEOUT_S:.0f} s: see {desk.logs}")
        time.sleep(STATE_POLL_S)
