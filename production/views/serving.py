"""Sending blobs with byte ranges, so that a player can seek (RFC 9110, section 14)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import IO, Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from production.downloads import Blob
from production.stores import content

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_PIECE_BYTES = 256 * 1024
_WHOLE_BYTES_MAX = 8 * 1024 * 1024
"""Up to here a body is sent in one piece; above, in a stream."""

# What a browser may show in place; anything else is only ever saved.
_SHOWN = {"audio/ogg", "audio/wav", "audio/flac", "audio/mpeg", "application/json", "image/svg+xml"}


def send(request: HttpRequest, blob: Blob, *, is_public: bool) -> HttpResponseBase:
    """The blob, or the range of it that was asked for: 200, 206, 304 or 416."""
    if request.headers.get("If-None-Match") == _etag(blob):
        return _dressed(HttpResponse(status=304), blob, is_public=is_public)
    window = _window(request, blob)
    if window is None:
        refusal = HttpResponse(status=416)
        refusal["Content-Range"] = f"bytes */{blob.size_bytes}"
        return refusal
    first, last = window
    length = last - first + 1
    response = _body(request, blob, first, length)
    if length != blob.size_bytes:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{blob.size_bytes}"
    response["Content-Length"] = str(length)
    return _dressed(response, blob, is_public=is_public)


def _window(request: HttpRequest, blob: Blob) -> tuple[int, int] | None:
    """First and last byte to send; None if the range lies outside. Several ranges at once count as none."""
    last = blob.size_bytes - 1
    match = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if match is None or request.headers.get("If-Range", _etag(blob)) != _etag(blob):
        return 0, last
    start, end = match.groups()
    if not start and not end:
        return 0, last
    if not start:
        return (max(blob.size_bytes - int(end), 0), last) if int(end) else None
    first = int(start)
    if first > last or (end and int(end) < first):
        return None
    return first, min(int(end), last) if end else last


def _body(request: HttpRequest, blob: Blob, first: int, length: int) -> HttpResponseBase:
    if request.method == "HEAD":
        return HttpResponse(content_type=blob.media_type)
    source = content.open_blob(blob.content_hash)
    source.seek(first)
    if length <= _WHOLE_BYTES_MAX:
        with source:
            return HttpResponse(source.read(length), content_type=blob.media_type)
    # Under ASGI a plain iterator would be read whole before the first byte leaves.
    pieces = _pieces_async(source, length) if isinstance(request, ASGIRequest) else _pieces(source, length)
    return StreamingHttpResponse(pieces, content_type=blob.media_type)


def _pieces(source: IO[Any], length: int) -> Iterator[bytes]:
    with source:
        while length > 0 and (piece := source.read(min(_PIECE_BYTES, length))):
            length -= len(piece)
            yield piece


async def _pieces_async(source: IO[Any], length: int) -> AsyncIterator[bytes]:
    pieces = _pieces(source, length)
    while (piece := await sync_to_async(next)(pieces, None)) is not None:
        yield piece


def _etag(blob: Blob) -> str:
    return f'"{blob.content_hash}"'


def _dressed(response: HttpResponseBase, blob: Blob, *, is_public: bool) -> HttpResponseBase:
    response["ETag"] = _etag(blob)
    response["Accept-Ranges"] = "bytes"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "public, max-age=31536000, immutable" if is_public else "private, no-store"
    # A stored file is data, never a page of this site: no script, no frame, whatever it claims to be.
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    how = "inline" if is_public and blob.media_type in _SHOWN else "attachment"
    response["Content-Disposition"] = f'{how}; filename="{blob.filename}"'
    return response
