"""Requests and responses over ASGI, no more than the sandbox needs."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

BODY_BYTES_MAX = 1_000_000

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request, read whole."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One HTTP response; `lost` breaks the connection in the middle of it."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    lost: bool = False


class TooLargeError(Exception):
    """A body passed the limit."""


async def read(scope: Scope, receive: Receive) -> Request:
    """The request, with a limit on its body."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
        if size > BODY_BYTES_MAX:
            raise TooLargeError
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        body=b"".join(parts).decode("utf-8", "replace"),
    )


async def write(send: Send, response: Response) -> None:
    """Send it; a lost one stops after the head, and the server then cuts the connection."""
    headers = {"content-length": str(len(response.body)), "cache-control": "no-store", **response.headers}
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": pairs})
    if not response.lost:
        await send({"type": "http.response.body", "body": response.body})


def as_json(value: Any, *, status: int = 200, headers: dict[str, str] | None = None, lost: bool = False) -> Response:
    """A JSON answer."""
    body = json.dumps(value, indent=2).encode()
    return Response(
        status=status, body=body, headers={"content-type": "application/json", **(headers or {})}, lost=lost
    )


def see_other(address: str) -> Response:
    """Go there, with GET."""
    return Response(status=303, headers={"location": address})
