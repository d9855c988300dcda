"""The payment sandbox as the demo uses it: its own for the time of the story, unless the site's is running."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from ledger.gateways import payouts, processor
from ledger.gateways.errors import GatewayError
from ledger.services import parties
from marketplace.config.services.server import die_with_parent

START_TIMEOUT_S = 30.0
DROPPED = 1_000_000


class NoSandboxError(RuntimeError):
    """The story can only be told against the sandbox, and there is none."""


class Till:
    """Levers of the sandbox; each takes the moment at which it is pulled."""

    def pull(self, verb: str, *, at: dt.datetime | None = None, **params: object) -> dict[str, Any]:
        """Pull one lever of the control API."""
        found = processor.credentials()
        if at is not None:
            params["at"] = int(at.timestamp())
        request = urllib.request.Request(  # noqa: S310  # the sandbox's own address on this machine
            f"{found.api_base}/control/api/{verb}",
            data=urllib.parse.urlencode(params).encode(),
            headers={"Authorization": f"Bearer {found.secret_key}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            value: dict[str, Any] = json.load(answer)
        return value

    def connect(self, party_id: UUID, email: str, *, complete: bool) -> None:
        """Open a connected account for a party, and go through its questions if `complete`."""
        account_id = payouts.create_account(party_id=party_id, email=email)
        if complete:
            self.pull("onboard", account=account_id)
        parties.connect_payouts(party_id, stripe_account_id=account_id, payouts_enabled=complete)


@contextlib.contextmanager
def opened() -> Iterator[Till]:
    """A till that works; a sandbox that had to be started for it ends with the block.

    The site's own sandbox is used where it runs, and keeps its news to itself meanwhile: the story tells them.

    Raises
    ------
    NoSandboxError
        If a real key is set, or the sandbox does not start.
    """
    if settings.STRIPE_SECRET_KEY and not settings.STRIPE_SECRET_KEY.startswith(processor.SANDBOX_KEY_PREFIX):
        raise NoSandboxError("a real payment key is set: the demo never touches real money")
    if _answers():
        till = Till()
        till.pull("webhooks", drop=DROPPED)
        try:
            yield till
        finally:
            till.pull("webhooks", drop=0)
        return
    before = settings.SANDBOX_URL
    with _started() as url:
        settings.SANDBOX_URL = url
        try:
            yield Till()
        finally:
            settings.SANDBOX_URL = before


def _answers() -> bool:
    try:
        payouts.balance()
    except GatewayError:
        return False
    return True


@contextlib.contextmanager
def _started() -> Iterator[str]:
    """A sandbox on a free port, on the state that the site's own will find."""
    var = Path(settings.VAR_DIR)
    for folder in ("sandbox", "keys"):
        (var / folder).mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = (
        *(sys.executable, "-m", "marketplace.checkout.sandbox", "--port", str(port)),
        *("--state", str(var / "sandbox"), "--key-file", str(settings.STRIPE_SANDBOX_KEY_FILE)),
    )
    url, die = f"http://127.0.0.1:{port}", die_with_parent(signal.SIGTERM)
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL, preexec_fn=die)  # noqa: S603
    try:
        _wait(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/control", timeout=1).close()  # noqa: S310
        except urllib.error.HTTPError:
            return  # it answers, if only to refuse
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise NoSandboxError("the payment sandbox did not start")
