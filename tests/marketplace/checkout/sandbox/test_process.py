from __future__ import annotations

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import stripe

from marketplace.checkout.sandbox.keys import read_or_make
from tests.helpers.sandbox import free_port

ROOT = Path(__file__).resolve().parents[4]


def _command(state: Path, port: int) -> list[str]:
    return [sys.executable, "-m", "marketplace.checkout.sandbox", "--port", str(port), "--state", str(state)]


@contextlib.contextmanager
def _process(state: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STRIPE_")}
    started = subprocess.Popen(_command(state, port), cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait(port)
        yield started
    finally:
        started.kill()
        started.wait()


def _wait(port: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        connection = HTTPConnection("127.0.0.1", port, timeout=1)
        with contextlib.closing(connection), contextlib.suppress(OSError):
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.05)
    raise AssertionError("the sandbox did not start")


def test_killed_in_the_middle_it_keeps_all_that_it_answered(tmp_path: Path) -> None:
    port = free_port()
    answered: list[str] = []
    with _process(tmp_path, port) as process:
        keys = json.loads((tmp_path / "keys.json").read_text())
        http = stripe.RequestsClient(timeout=5)
        base = {"api": f"http://127.0.0.1:{port}"}
        client = stripe.StripeClient(keys["secret_key"], base_addresses=base, http_client=http, max_network_retries=0)
        killer = threading.Timer(0.5, lambda: process.send_signal(signal.SIGKILL))
        killer.start()
        with contextlib.suppress(stripe.APIConnectionError):
            while True:
                params = {"amount": 7, "currency": "eur", "description": "float"}
                answered.append(client.v1.topups.create(params, {"idempotency_key": f"k{len(answered)}"}).id)
        killer.join()

    with _process(tmp_path, port):
        entries = list(client.v1.balance_transactions.list({"limit": 100}).auto_paging_iter())
        booked = {entry.source for entry in entries}
        available = client.v1.balance.retrieve().available[0].amount
        again = client.v1.topups.create(
            {"amount": 7, "currency": "eur", "description": "float"}, {"idempotency_key": f"k{len(answered) - 1}"}
        )
    http.close()

    assert len(answered) > 5
    assert set(answered) <= booked
    assert len(booked) - len(answered) in (0, 1), "at most the call that was cut off"
    assert available == 7 * len(booked)
    assert again.id == answered[-1]


def test_it_does_not_start_beside_a_real_key(tmp_path: Path) -> None:
    environment = {**os.environ, "STRIPE_SECRET_KEY": "sk_live_something"}

    ended = subprocess.run(
        _command(tmp_path, free_port()), cwd=ROOT, env=environment, capture_output=True, text=True, timeout=20
    )

    assert ended.returncode == 2
    assert "does not start" in ended.stderr
    assert not (tmp_path / "keys.json").exists()


def test_keys_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "keys.json"
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.append(read_or_make(path).secret_key)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(made)) == 1
    assert made[0].startswith("sk_test_sandbox_")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["keys.json"]
