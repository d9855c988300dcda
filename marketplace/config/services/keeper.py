"""The keeper: one small process a var/ that holds both servers, brings back what dies, and ends with the last user.

It is started by whoever first needs the services and belongs to nobody: a kill -9 of any user, of the site's manager
or of the keeper itself leaves nothing behind. Users hold a shared flock, which the kernel drops however they die; the
servers ask the kernel to end them with the keeper.

Run as `python -m marketplace.config.services.keeper`; it detaches itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from types import FrameType

from . import places
from .errors import ServicesError
from .locks import open_lock, try_lock
from .places import Desk, Place
from .postgres import OWNER, SITE, Postgres
from .secret import Secrets, load_or_make
from .server import Server
from .valkey import Valkey

WATCH_S = 0.2
USERS_S = 1.0
BACKOFF_S = (0.0, 0.0, 0.5, 1.0, 2.0, 5.0)
STEADY_S = 30.0  # a server that ran this long has recovered: its next death is the first


def boot_id() -> str:
    """Changes with every boot, so that a pin does not outlive one."""
    with contextlib.suppress(OSError), open("/proc/sys/kernel/random/boot_id") as file:
        return file.read().strip()
    return "unknown"


def pinned(desk: Desk) -> bool:
    """Whether `services start` asked to keep them up without users."""
    with contextlib.suppress(OSError):
        return desk.pin.read_text() == boot_id()
    return False


def say(words: str) -> None:
    """One line in the keeper's log."""
    print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), words, flush=True)


@dataclass(slots=True)
class Watch:
    """One server under watch, and how often it fell lately."""

    server: Server
    falls: int = 0
    started_at_s: float = field(default_factory=time.monotonic)
    again_at_s: float | None = None

    def look(self) -> bool:
        """Bring the server back if it died; returns whether anything changed."""
        now_s = time.monotonic()
        if self.server.alive():
            return False
        if self.again_at_s is None:
            self.falls = 0 if now_s - self.started_at_s > STEADY_S else self.falls
            self.again_at_s = now_s + BACKOFF_S[min(self.falls, len(BACKOFF_S) - 1)]
            self.falls += 1
            say(f"{self.server.name} died")
            return True
        if now_s < self.again_at_s:
            return False
        self.again_at_s, self.started_at_s = None, now_s
        try:
            self.server.start()
            say(f"{self.server.name} is back after {time.monotonic() - now_s:.2f} s")
        except ServicesError as error:
            say(str(error))
        return True


class Keeper:
    """Both servers and the rule of how long they live."""

    def __init__(self, desk: Desk, place: Place, secrets: Secrets) -> None:
        self.desk, self.place = desk, place
        self.postgres = Postgres(desk, place, secrets)
        self.valkey = Valkey(desk, place, secrets)
        self.secrets = secrets
        self.servers: tuple[Server, ...] = (self.postgres, self.valkey)
        self.told_to_stop = False

    def run(self) -> None:
        """Start, watch until told to stop or left alone, stop."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        try:
            for server in self.servers:
                server.start()
            self.tell()
            say(f"up as {self.place.account.name} in {self.place.home}")
            self._watch()
        finally:
            self._stop()

    def tell(self, error: str = "") -> None:
        """Write the state for whoever asks; replaced in one step, so nobody reads half of it."""
        write_state(
            self.desk,
            {
                "keeper_pid": os.getpid(),
                "ready": all(server.alive() for server in self.servers) and not error,
                "error": error,
                "account": self.place.account.name,
                "home": str(self.place.home),
                "programs": str(self.place.postgres_bin),
                "environment": {
                    "DATABASE_URL": self.postgres.url(SITE, self.secrets.site),
                    "OWNER_DATABASE_URL": self.postgres.url(OWNER, self.secrets.owner),
                    "REDIS_URL": self.valkey.url(),
                },
                "servers": {
                    server.name: {
                        "pid": server.process.pid if server.process and server.alive() else None,
                        "starts": server.starts,
                        "log": str(server.log),
                    }
                    for server in self.servers
                },
            },
        )

    def _watch(self) -> None:
        watches = [Watch(server) for server in self.servers]
        users = open_lock(self.desk.users_lock)
        next_look_s = time.monotonic() + USERS_S
        while not self.told_to_stop:
            time.sleep(WATCH_S)
            changes = [watch.look() for watch in watches]
            if any(changes):
                self.tell()
            if time.monotonic() < next_look_s:
                continue
            next_look_s = time.monotonic() + USERS_S
            if pinned(self.desk):
                continue
            if try_lock(users):  # kept until the end: a newcomer waits for it, and then starts another keeper
                say("no users left")
                return

    def _stop(self) -> None:
        for server in self.servers:
            server.ask_to_stop()
        for server in self.servers:
            server.wait_stopped()
        self.desk.state.unlink(missing_ok=True)
        say("stopped")

    def _on_signal(self, _signum: int, _frame: FrameType | None) -> None:
        self.told_to_stop = True


def write_state(desk: Desk, state: dict[str, object]) -> None:
    """Replace the state file; it holds passwords, so its mode is 0600."""
    draft = desk.state.with_name(f".{desk.state.name}.{os.getpid()}")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w") as file:
        json.dump(state, file, indent=1)
    draft.replace(desk.state)


def main() -> None:
    """Become the keeper of LEDGERLINE_VAR, unless there is one."""
    desk = Desk.default()
    desk.make()
    if os.fork():  # the caller's `run` returns now, and has no child to mourn
        os._exit(0)
    os.setsid()
    lock = open_lock(desk.keeper_lock)
    if not try_lock(lock):
        return
    os.truncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    desk.state.unlink(missing_ok=True)
    try:
        Keeper(desk, places.find(desk), load_or_make(desk.secrets)).run()
    except ServicesError as error:
        say(str(error))
        write_state(desk, {"keeper_pid": os.getpid(), "ready": False, "error": str(error)})
        sys.exit(1)


if __name__ == "__main__":
    main()
