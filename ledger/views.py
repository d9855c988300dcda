"""The log over HTTP (C2SP tlog-tiles, hash tiles only): thin doors, no session, no cookies."""

from __future__ import annotations

import base64
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ledger.domain import verify
from ledger.domain.errors import ProofError
from ledger.domain.merkle import HASH_LEN
from ledger.domain.note import Checkpoint, parse_decimal, split_note
from ledger.domain.tiles import parse_tile_path, width_at
from ledger.services import checkpoints, log_keys

TEXT = "text/plain; charset=utf-8"
FOR_EVER = "public, max-age=31536000, immutable"
FOR_A_MOMENT = "public, max-age=1, must-revalidate"


def _answer(content: str | bytes, *, content_type: str = TEXT, cache: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Cache-Control"] = cache
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _signed_size() -> int:
    note = checkpoints.newest()
    return Checkpoint.parse(split_note(note)[0]).size if note else 0


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed checkpoint."""
    return _answer(checkpoints.newest() or checkpoints.checkpoint(), cache=FOR_A_MOMENT)


@require_safe
def tile(request: HttpRequest, tile_path: str) -> HttpResponse:
    """A hash tile that the newest checkpoint covers. Event bodies are not public: there are no entry bundles."""
    try:
        level, index, width = parse_tile_path(tile_path)
    except ProofError:
        return HttpResponse("no tile has this path\n", content_type=TEXT, status=404)
    if width > width_at(level, index, _signed_size()):
        return HttpResponse("the log does not reach this tile yet\n", content_type=TEXT, status=404)
    data = checkpoints.read_tile(level, index, width)
    # A partial tile is part of a full one later; both stay what they are.
    assert len(data) == width * HASH_LEN
    return _answer(data, content_type="application/octet-stream", cache=FOR_EVER)


@require_safe
def consistency(request: HttpRequest) -> HttpResponse:
    """The proof that the tree of size `to` extends that of size `from`: base64 hashes, one a line."""
    try:
        first, second = (parse_decimal(request.GET.get(name, "")) for name in ("from", "to"))
    except ProofError:
        return HttpResponse("from and to are needed: two tree sizes\n", content_type=TEXT, status=400)
    size = _signed_size()
    if not 0 < first <= second <= size:
        told = f"there is no proof from {first} to {second}: sizes go from 1 to {size}\n"
        return HttpResponse(told, content_type=TEXT, status=404)
    path = checkpoints.tree_of(size).consistency(first, second)
    lines = "".join(base64.b64encode(value).decode() + "\n" for value in path)
    return _answer(lines, cache=FOR_EVER)


@require_safe
def key(request: HttpRequest) -> HttpResponse:
    """Every public key of the log, newest first: a key file for the offline verifier."""
    lines = "".join(f"{verifier}\n" for verifier in log_keys.public_keys())
    return _answer(lines, cache="public, max-age=60")


@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """The offline verifier, one file."""
    response = _answer(Path(verify.__file__).read_bytes(), content_type="text/x-python", cache="public, max-age=3600")
    response["Content-Disposition"] = 'attachment; filename="verify.py"'
    return response
