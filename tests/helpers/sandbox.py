"""The payment sandbox on a real socket, in a thread; state in a folder of the test's own."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import stripe
import uvicorn

from marketplace.checkout.sandbox.app import Sandbox
from marketplace.checkout.sandbox.keys import Keys, read_or_make
from marketplace.checkout.sandbox.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer, not followed."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A sandbox that serves."""

    base_url: str
    keys: Keys
    state: Path
    client: stripe.StripeClient

    def request(self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None) -> Answer:
        """Plain HTTP, as a browser or a curious stranger would."""
        connection = HTTPConnection(urlsplit(self.base_url).netloc, timeout=10)
        with contextlib.closing(connection):
            connection.request(method, path, body or None, headers or {})
            got = connection.getresponse()
            return Answer(
                status=got.status,
                headers={name.lower(): value for name, value in got.getheaders()},
                text=got.read().decode(),
            )

    def form(self, path: str, **fields: Any) -> Answer:
        """Send a form."""
        return self.request("POST", path, urlencode(fields), {"content-type": "application/x-www-form-urlencoded"})

    def lever(self, verb: str, **fields: Any) -> dict[str, Any]:
        """Pull a lever behind the counter."""
        headers = {
            "authorization": f"Bearer {self.keys.secret_key}",
            "content-type": "application/x-www-form-urlencoded",
        }
        answer = self.request("POST", f"/control/api/{verb}", urlencode(fields), headers)
        assert answer.status == 200, answer.text
        thing: dict[str, Any] = json.loads(answer.text)
        return thing

    def pay(self, session_id: str, card: str = "4242424242424242") -> dict[str, Any]:
        """Pay a session without a browser."""
        return self.lever("pay", session=session_id, card=card)


class _Stage:
    """One server for the whole test run; the sandbox of the moment plays on it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.app: Sandbox | None = None
        config = uvicorn.Config(
            self._serve, host="127.0.0.1", port=self.port, lifespan="off", interface="asgi3", log_level="critical",
            log_config=None,
            ws="none", timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        atexit.register(self._end)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._server.serve())

    def _end(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._loop.close()

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        assert self.app is not None, "no sandbox is running"
        await self.app(scope, receive, send)

    def begin(self, app: Sandbox) -> None:
        assert self.app is None, "one sandbox at a time"
        self.app = app

        async def start() -> None:
            app.start()

        asyncio.run_coroutine_threadsafe(start(), self._loop).result()

    def end(self) -> None:
        assert self.app is not None
        app, self.app = self.app, None
        asyncio.run_coroutine_threadsafe(app.stop(), self._loop).result()


@cache
def _stage() -> _Stage:
    return _Stage()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(state: Path, *, webhook_url: str | None = None) -> Iterator[Running]:
    """Serve a sandbox until the block ends; the same folder again is the same sandbox."""
    stage = _stage()
    store = Store(state / "sandbox.sqlite3")
    keys = read_or_make(state / "keys.json")
    base_url = f"http://127.0.0.1:{stage.port}"
    stage.begin(Sandbox(store, keys, base_url=base_url, webhook_url=webhook_url))
    http = stripe.RequestsClient(timeout=10)
    client = stripe.StripeClient(
        keys.secret_key, base_addresses={"api": base_url}, max_network_retries=0, http_client=http
    )
    try:
        yield Running(base_url=base_url, keys=keys, state=state, client=client)
    finally:
        http.close()
        stage.end()
        store.close()
