"""Reading the content credentials of files that strangers give us: in a worker, and forgotten within the hour.

Nothing of it is a fact, so there is no row: a folder holds the file until it is read, and what was found after that.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from ledger.services import outbox
from production import limits
from production.credentials import certificate
from production.errors import EmptyUploadError, ProductionError, TooLargeError
from production.parsing.apart import MARKING, run_apart
from production.stores import content

TASK = "production.check_credentials"
_NAME_CHARACTERS_MAX = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one check lies."""

    file: Path
    manifest: Path
    asked: Path
    result: Path


def place_of(check_id: UUID) -> Place:
    """Named by the id, never by the file's name."""
    folder = Path(settings.VAR_DIR) / "checks"
    return Place(
        file=folder / f"{check_id}.file",
        manifest=folder / f"{check_id}.manifest",
        asked=folder / f"{check_id}.asked",
        result=folder / f"{check_id}.result",
    )


def begin(*, name: str, file: Iterable[bytes], manifest: bytes = b"") -> UUID:
    """Have a worker read a file, with a manifest beside it or without; the answer is the check, known to nobody else.

    Raises
    ------
    EmptyUploadError, TooLargeError
        If there are no bytes, or more than one check may have.
    """
    check_id = uuid4()  # random in all its bits: whoever has the address may read what was found
    place = place_of(check_id)
    place.file.parent.mkdir(parents=True, exist_ok=True)
    try:
        _write(place.file, file)
        if len(manifest) > limits.CREDENTIALS_MANIFEST_BYTES_MAX:
            raise TooLargeError("A manifest beside a file may have 8 MiB.")
        if manifest:
            _write(place.manifest, [manifest])
        _write(place.asked, [json.dumps({"name": name[:_NAME_CHARACTERS_MAX]}).encode()])
    except BaseException:
        _forget(place)
        raise
    with transaction.atomic():
        outbox.put(task=TASK, payload={"check_id": str(check_id)})
    return check_id


def run(check_id: UUID) -> None:
    """Read it, keep what was found, and let the bytes go."""
    place = place_of(check_id)
    if not place.file.exists() or place.result.exists():
        return
    found = _read(place)
    draft = place.result.with_suffix(".draft")
    draft.write_text(json.dumps(found))
    draft.replace(place.result)
    place.file.unlink(missing_ok=True)
    place.manifest.unlink(missing_ok=True)


def read_file(data: content.Data, manifest: bytes = b"") -> dict[str, object]:
    """What a file says, read in a confined process.

    Raises
    ------
    ProductionError
        If it carries no credentials, or they cannot be read.
    """
    beside = base64.b64encode(manifest).decode() if manifest else ""
    arguments = {"anchors": certificate.anchors(), "manifest": beside}
    said: dict[str, object] = run_apart("read_credentials", data, arguments=arguments, bounds=MARKING).values
    return said


def sweep(*, now: float | None = None) -> int:
    """Forget every check older than an hour; the answer is how many files went."""
    before = (now or time.time()) - limits.CREDENTIALS_CHECK_AGE_SECONDS_MAX
    folder, count = place_of(uuid4()).file.parent, 0
    for path in folder.iterdir() if folder.exists() else ():
        if path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
            count += 1
    return count


def _read(place: Place) -> dict[str, object]:
    manifest = place.manifest.read_bytes() if place.manifest.exists() else b""
    try:
        with content.mapped(place.file) as data:
            return {"said": read_file(data, manifest)}
    except ProductionError as refusal:
        return {"refusal": refusal.message}


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    size = 0
    with path.open("wb") as out:
        path.chmod(0o600)
        for piece in pieces:
            size += len(piece)
            if size > limits.CREDENTIALS_CHECK_BYTES_MAX:
                raise TooLargeError("One file to be checked may have 128 MiB.")
            out.write(piece)
    if not size:
        raise EmptyUploadError


def _forget(place: Place) -> None:
    for path in (place.file, place.manifest, place.asked, place.result):
        path.unlink(missing_ok=True)
