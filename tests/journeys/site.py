"""Starts and stops a whole site for a test: the very command that `make run` uses."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from marketplace.config.services import places

ROOT = Path(__file__).resolve().parents[2]
START_S_MAX = 180
NOT_OURS = (
    "DATABASE_URL",
    "OWNER_DATABASE_URL",
    "REDIS_URL",
    "AS_OWNER",
    "SECRET_KEY",
    "SITE_URL",
    "STRIPE_SECRET_KEY",
)


def free_ports() -> int:
    """A port that is free together with the next one, where the sandbox goes."""
    for port in range(18_000 + os.getpid() % 1000 * 2, 60_000, 2):
        with contextlib.suppress(OSError), socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", port))
            second.bind(("127.0.0.1", port + 1))
            return port
    raise AssertionError("no two free ports")


@dataclass
class Site:
    """A running site."""

    port: int
    var: Path
    process: subprocess.Popen[bytes]
    environment: dict[str, str]

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @classmethod
    @contextlib.contextmanager
    def running(cls, folder: Path, **settings: str) -> Iterator[Site]:
        """Start, wait until it answers, and stop it in the end."""
        port = free_ports()
        environment = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
        environment |= {"PORT": str(port), "LEDGERLINE_VAR": str(folder / "var"), "REFUND_WINDOW_DAYS": "0", **settings}
        log = (folder / "site.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--no-demo", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        site = cls(port, folder / "var", process, environment)
        try:
            site.wait(log_file=folder / "site.log")
            yield site
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
            log.close()
            places.remove_outside(places.Desk(folder / "var"))

    def wait(self, *, log_file: Path | None = None, seconds: float = START_S_MAX) -> None:
        """Until the site says it is well."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            if self.is_well():
                return
            time.sleep(0.3)
        told = log_file.read_text(errors="replace")[-4000:] if log_file else ""
        raise AssertionError(f"the site did not start:\n{told}")

    def is_well(self) -> bool:
        """Whether web, database and queue answer."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz/", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def manage(self, *arguments: str) -> str:
        """Run a management command beside the site; its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
