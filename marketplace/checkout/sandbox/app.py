"""The server: API calls with their keys and their idempotency, the hosted pages, and the levers."""

from __future__ import annotations

import asyncio
import hmac
import json
import traceback
from typing import Any

from marketplace.checkout.sandbox import billing, control, sessions
from marketplace.checkout.sandbox.api.webhooks import endpoint_of
from marketplace.checkout.sandbox.calls import Call, expanded, handler_of
from marketplace.checkout.sandbox.counter import Counter
from marketplace.checkout.sandbox.delivery import Courier
from marketplace.checkout.sandbox.errors import Refusal
from marketplace.checkout.sandbox.events import API_VERSION, shown
from marketplace.checkout.sandbox.forms import decode, whole
from marketplace.checkout.sandbox.http import (
    Receive,
    Request,
    Response,
    Scope,
    Send,
    TooLargeError,
    as_json,
    read,
    write,
)
from marketplace.checkout.sandbox.keys import Keys
from marketplace.checkout.sandbox.money import PLATFORM
from marketplace.checkout.sandbox.store import Store

HOSTS = ("127.0.0.1", "localhost", "[::1]")
KEY_LIFE_S = 86_400
SITE_ENDPOINT = "we_site"


class Sandbox:
    """An ASGI application; one event loop serves it, and every request is one transaction."""

    def __init__(self, store: Store, keys: Keys, *, base_url: str, webhook_url: str | None = None) -> None:
        self.store = store
        self._keys = keys
        self._base_url = base_url
        self._counter = Counter(store)
        self._in_flight: set[str] = set()
        self._courier: Courier | None = None
        self._sending: asyncio.Task[None] | None = None
        self._sweeping: asyncio.Task[None] | None = None
        if webhook_url:
            with store.transaction():
                call = Call(store=store, params={})
                endpoint_of(call, webhook_url, ["*"], keys.webhook_secret, SITE_ENDPOINT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            try:
                response = await self._answer(await read(scope, receive))
            except TooLargeError:
                response = Response(status=413)
            except Exception:
                # A fault of the sandbox itself: seen in its log, and answered as the processor answers its own.
                traceback.print_exc()
                response = as_json(Refusal("Something went wrong.", kind="api_error").body, status=500)
            await write(send, response)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    def start(self) -> None:
        """Begin what runs beside the requests, on the running event loop."""
        self._courier = Courier(self.store)
        self._sending = asyncio.create_task(self._courier.run())
        self._sweeping = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        """End it; what was owed stays owed."""
        if self._courier is None or self._sending is None or self._sweeping is None:
            return
        self._courier.stop()
        self._sweeping.cancel()
        await asyncio.gather(self._sending, self._sweeping, return_exceptions=True)

    async def _sweep(self) -> None:
        """What time brings: sessions run out, trials end, remembered answers are forgotten."""
        while True:
            with self.store.transaction():
                late = sessions.expire_due(self.store) + billing.look_at_trials(self.store)
                self.store.sql("delete from answer where created < ?", self.store.now() - KEY_LIFE_S)
            if late:
                self._wake()
            await asyncio.sleep(1.0)

    def _wake(self) -> None:
        if self._courier is not None:
            self._courier.wake()

    async def _answer(self, request: Request) -> Response:
        host = request.headers.get("host", "")
        if host.rpartition(":")[0] not in HOSTS and host not in HOSTS:
            # A page elsewhere could point its own name at this address; it would still send its own name.
            return Response(status=421)
        try:
            if request.path.startswith("/v1/"):
                return await self._api(request)
            if request.path.startswith("/control/api/"):
                return self._lever(request)
            return self._counter.answer(request)
        finally:
            self._wake()

    # ----------------------------------------------------------------------------------------------------- API
    async def _api(self, request: Request) -> Response:
        headers = {"request-id": self.store.new_id("req", 14), "stripe-version": API_VERSION}
        try:
            self._authorise(request)
            status, body, more = await self._call(request, headers["request-id"])
        except Refusal as refusal:
            return as_json(refusal.body, status=refusal.status, headers=headers)
        return as_json(body, status=status, headers={**headers, **more}, lost="x-lost" in more)

    def _authorise(self, request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(key.encode(), self._keys.secret_key.encode()):
            raise Refusal("Invalid API Key provided.", status=401, code="api_key_invalid")

    async def _call(self, request: Request, request_id: str) -> tuple[int, Any, dict[str, str]]:
        key = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
        account = request.headers.get("stripe-account", PLATFORM)
        scope = "\n".join((account, request.method, request.path, key)) if key else ""
        if len(key) > 255:
            raise Refusal("Idempotency-Key may be at most 255 characters long.", param="Idempotency-Key")
        if scope in self._in_flight:
            raise Refusal(
                "There is currently another in-progress request using this Idempotent Key.",
                status=409,
                code="idempotency_key_in_use",
            )
        if scope:
            self._in_flight.add(scope)
        try:
            fault = self._fault(f"{request.method} {request.path}")
            if fault["mode"] == "slow":
                await asyncio.sleep(fault["delay_ms"] / 1000)
            return self._run(request, scope=scope, key=key, account=account, fault=fault["mode"], request_id=request_id)
        finally:
            self._in_flight.discard(scope)

    def _fault(self, line: str) -> dict[str, Any]:
        if not self.store.setting("faults"):
            return {"mode": None}
        with self.store.transaction():
            return control.take_fault(self.store, line) or {"mode": None}

    def _run(
        self, request: Request, *, scope: str, key: str, account: str, fault: str | None, request_id: str
    ) -> tuple[int, Any, dict[str, str]]:
        if fault == "error_before":
            raise Refusal("An unknown error occurred.", status=500, kind="api_error")
        if fault == "rate_limit":
            raise Refusal("Too many requests.", status=429, kind="invalid_request_error", code="rate_limit")
        params = decode(request.body if request.method == "POST" else request.query)
        self.store.request = {"id": request_id, "idempotency_key": key or None}
        with self.store.transaction():
            if scope and (known := self._known(scope, params)) is not None:
                return (*known, {"idempotent-replayed": "true"})
            status, body = self._handled(request, dict(params), account)
            if fault == "error_after":
                status, body = 500, Refusal("An unknown error occurred.", kind="api_error").body
            if scope:
                self._remember(scope, params, status, body)
        if fault == "lost_response":
            return status, body, {"x-lost": "1"}
        return status, body, {"stripe-should-retry": "false"} if status == 500 else {}

    def _known(self, scope: str, params: Any) -> tuple[int, Any] | None:
        rows = self.store.sql("select params, status, body from answer where scope = ?", scope)
        if not rows:
            return None
        if json.loads(rows[0][0]) != params:
            raise Refusal(
                "Keys for idempotent requests can only be used with the same parameters they were first used with.",
                kind="idempotency_error",
            )
        return rows[0][1], json.loads(rows[0][2])

    def _remember(self, scope: str, params: Any, status: int, body: Any) -> None:
        self.store.sql(
            "insert into answer values (?, ?, ?, ?, ?)",
            scope,
            json.dumps(params),
            status,
            json.dumps(body),
            self.store.now(),
        )

    def _handled(self, request: Request, params: dict[str, Any], account: str) -> tuple[int, Any]:
        """Run the call; a refusal of what ran is an answer (and is kept), one of what arrived undoes everything."""
        handler, ids = handler_of(request.method, request.path)
        expand = params.pop("expand", [])
        if account != PLATFORM:
            self.store.get("account", account)
        call = Call(store=self.store, params=params, ids=ids, account=account, base_url=self._base_url)
        try:
            thing = handler(call)
        except Refusal as refusal:
            if not refusal.kept:
                raise
            return refusal.status, refusal.body
        return 200, shown(expanded(self.store, thing, expand if isinstance(expand, list) else [expand]))

    # -------------------------------------------------------------------------------------------------- levers
    def _lever(self, request: Request) -> Response:
        try:
            self._authorise(request)
            params = decode(request.body or request.query)
            moment = whole(params, "at") if "at" in params else None
            params.pop("at", None)
            verb = request.path.removeprefix("/control/api/")
            thing = self.store.settled(lambda: control.run(self.store, verb, params), moment=moment)
        except Refusal as refusal:
            return as_json(refusal.body, status=refusal.status)
        return as_json(shown(thing))
