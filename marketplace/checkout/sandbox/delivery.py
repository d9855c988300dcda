"""Webhooks: every owed delivery is signed and sent, at least once, until the site says 2xx. Order is not promised."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import http.client
from urllib.parse import urlsplit

from marketplace.checkout.sandbox.events import payload
from marketplace.checkout.sandbox.store import Store

TIMEOUT_S = 10.0
AT_ONCE = 4
BACKOFF_S_FIRST = 0.5
BACKOFF_S_MAX = 30.0
GIVE_UP_S = 3 * 86_400


def signature(body: bytes, secret: str, timestamp: int) -> str:
    """The `Stripe-Signature` header: HMAC-SHA256 over `timestamp.body`."""
    mac = hmac.new(secret.encode(), str(timestamp).encode() + b"." + body, hashlib.sha256)
    return f"t={timestamp},v1={mac.hexdigest()}"


class Courier:
    """Sends what is owed, in the background of the server's loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wake = asyncio.Event()
        self._on_the_way: set[int] = set()
        self._stopped = False

    def wake(self) -> None:
        """Something may be owed now."""
        self._wake.set()

    def stop(self) -> None:
        """Send nothing more. Not by cancelling: a wait that ends as it is cancelled would swallow that."""
        self._stopped = True
        self.wake()

    async def run(self) -> None:
        """Send until stopped."""
        tasks: set[asyncio.Task[None]] = set()
        try:
            await self._send(tasks)
        finally:
            # A delivery on its way is finished and noted: it would only come again.
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, tasks: set[asyncio.Task[None]]) -> None:
        while not self._stopped:
            self._wake.clear()
            for seq, event_id, endpoint_id, attempts in self._owed():
                self._on_the_way.add(seq)
                task = asyncio.create_task(self._deliver(seq, event_id, endpoint_id, attempts))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._pause_s())

    def _owed(self) -> list[tuple[int, str, str, int]]:
        free = AT_ONCE - len(self._on_the_way)
        if free <= 0:
            return []
        rows = self._store.sql(
            "select seq, event_id, endpoint_id, attempts from delivery where state = 'pending' and due_at <= ?"
            " order by due_at, seq limit ?",
            self._store.wall(),
            AT_ONCE * 2,
        )
        return [(s, e, p, a) for s, e, p, a in rows if s not in self._on_the_way][:free]

    def _pause_s(self) -> float:
        rows = self._store.sql("select min(due_at) from delivery where state = 'pending'")
        if rows[0][0] is None:
            return 1.0
        return min(1.0, max(0.02, float(rows[0][0]) - self._store.wall()))

    async def _deliver(self, seq: int, event_id: str, endpoint_id: str, attempts: int) -> None:
        event, endpoint = self._store.find(event_id), self._store.find(endpoint_id)
        try:
            if event is None or endpoint is None:
                status = "gone"
            else:
                body = payload(event)
                signed = signature(body, endpoint["_secret"], int(self._store.wall()))
                status = await asyncio.to_thread(post, endpoint["url"], body, signed)
            self._note(seq, event_id, status, attempts + 1)
        finally:
            self._on_the_way.discard(seq)
            self.wake()

    def _note(self, seq: int, event_id: str, status: str, attempts: int) -> None:
        with self._store.transaction():
            event = self._store.find(event_id)
            old = event is None or event["created"] < self._store.now() - GIVE_UP_S
            arrived = status.startswith("2")
            state = "done" if arrived else "given_up" if status == "gone" or old else "pending"
            wait_s = min(BACKOFF_S_MAX, BACKOFF_S_FIRST * 2 ** min(attempts - 1, 10))
            self._store.sql(
                "update delivery set state = ?, attempts = ?, last_status = ?, due_at = ? where seq = ?",
                state,
                attempts,
                status,
                self._store.wall() + wait_s,
                seq,
            )
            if arrived and event is not None and event["pending_webhooks"] > 0:
                self._store.put({**event, "pending_webhooks": event["pending_webhooks"] - 1})


def post(url: str, body: bytes, signed: str) -> str:
    """The status that the address answered, or why it did not."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signed,
        "User-Agent": "Stripe/1.0",
    }
    try:
        connection.request("POST", target, body=body, headers=headers)
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()
