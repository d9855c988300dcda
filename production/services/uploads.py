"""Resumable uploads: begin, append chunks at the right offset, complete. The bytes wait in one file per upload."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from ledger.domain.ids import uuid7
from ledger.services import jobs
from production import limits
from production.errors import (
    CancelledError,
    ChecksumError,
    EmptyUploadError,
    IncompleteUploadError,
    OffsetMismatchError,
    QuotaError,
    TooLargeError,
    UnknownUploadError,
)
from production.models import Upload, Version
from production.services import elements
from production.services.names import plain_name
from production.services.wishes import Wishes


def begin(*, owner_id: UUID, name: str, size: int, sha256: str = "") -> Upload:
    """Open an upload of `size` bytes.

    Raises
    ------
    UnsafeNameError, EmptyUploadError, TooLargeError, QuotaError
        If it could never become an element; nothing is opened.
    """
    plain = plain_name(name)
    if size < 1:
        raise EmptyUploadError
    if size > limits.UPLOAD_BYTES_MAX:
        raise TooLargeError
    if sha256 and (len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef")):
        raise ChecksumError
    _check_quota(owner_id, size)
    return Upload.objects.create(owner_id=owner_id, name=plain, size=size, sha256=sha256)


def append_chunk(*, upload_id: UUID, owner_id: UUID, offset: int, chunk: bytes) -> int:
    """Write `chunk` at `offset`, flush it, and answer the next offset.

    Raises
    ------
    OffsetMismatchError
        If `offset` is not where the last chunk ended; carries the right one.
    TooLargeError
        If the chunk is over the limit, or passes the announced size.
    """
    if len(chunk) > limits.CHUNK_BYTES:
        raise TooLargeError("One part may hold 4 MiB. Send smaller parts.")
    with transaction.atomic():
        upload = _locked(upload_id, owner_id)
        if upload.state != Upload.State.OPEN:
            raise UnknownUploadError
        if offset != upload.offset:
            raise OffsetMismatchError(upload.offset)
        if offset + len(chunk) > upload.size:
            raise TooLargeError("More bytes came than were announced. Start the upload again.")
        _write(part_path(upload.id), offset, chunk)
        upload.offset = after = offset + len(chunk)
        upload.save(update_fields=["offset", "touched_at"])
    return after


def complete(*, upload_id: UUID, owner_id: UUID, wishes: Wishes) -> UUID:
    """Ask for the import of an upload whose every byte is here; the answer is the job. Asking again answers the same.

    Raises
    ------
    IncompleteUploadError, ChecksumError
        If bytes are missing, or are not those announced.
    """
    with transaction.atomic():
        upload = _locked(upload_id, owner_id)
        if upload.job_id is not None:
            return UUID(str(upload.job_id))
        if upload.state != Upload.State.OPEN:
            raise UnknownUploadError
        if upload.offset != upload.size:
            raise IncompleteUploadError
        if upload.sha256 and _sha256(part_path(upload.id)) != upload.sha256:
            raise ChecksumError
        if wishes.element_id is not None:
            elements.check_owner(actor_id=owner_id, element_id=wishes.element_id)
        upload.element_id = wishes.element_id or uuid7()
        upload.wishes = wishes.as_json()
        upload.state = Upload.State.COMPLETE
        upload.job_id = job_id = jobs.request(
            task="production.import_upload",
            arguments={"upload_id": str(upload.id), "element_id": str(upload.element_id)},
            actor_id=owner_id,
            key=f"upload:{upload.id}",
        )
        upload.save(update_fields=["element_id", "wishes", "state", "job_id", "touched_at"])
    return job_id


def cancelled(*, job_id: UUID) -> None:
    """The job of a complete upload was cancelled: its bytes go."""
    for upload in Upload.objects.filter(job_id=job_id, state=Upload.State.COMPLETE):
        Upload.objects.filter(id=upload.id).update(state=Upload.State.CANCELLED, refusal=CancelledError.message)
        drop_bytes(upload.id)


def abandon(*, upload_id: UUID, owner_id: UUID) -> None:
    """Forget an upload that is not complete, with its bytes."""
    with transaction.atomic():
        upload = _locked(upload_id, owner_id)
        if upload.state != Upload.State.OPEN:
            raise UnknownUploadError
        upload.delete()
    drop_bytes(upload_id)


def sweep(*, now: dt.datetime | None = None) -> int:
    """Forget uploads that nobody touched for a day, and bytes without a row; the answer is how many."""
    before = (now or timezone.now()) - dt.timedelta(hours=limits.UPLOAD_AGE_HOURS_MAX)
    stale = Upload.objects.filter(touched_at__lt=before).exclude(state=Upload.State.COMPLETE)
    ids = list(stale.values_list("id", flat=True))
    for upload_id in ids:
        drop_bytes(upload_id)
    stale.filter(id__in=ids).delete()
    known = {str(upload_id) for upload_id in Upload.objects.values_list("id", flat=True)}
    for path in folder().glob("*.part"):
        if path.stem not in known and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
    return len(ids)


def folder() -> Path:
    """Where bytes wait until they are imported."""
    path = Path(settings.VAR_DIR) / "uploads"
    path.mkdir(parents=True, exist_ok=True)
    return path


def part_path(upload_id: UUID) -> Path:
    """The file of one upload: named by its id, never by its name."""
    return folder() / f"{upload_id}.part"


def drop_bytes(upload_id: UUID) -> None:
    """Remove what arrived."""
    part_path(upload_id).unlink(missing_ok=True)


def _locked(upload_id: UUID, owner_id: UUID) -> Upload:
    try:
        return Upload.objects.select_for_update().get(id=upload_id, owner_id=owner_id)
    except Upload.DoesNotExist as error:
        raise UnknownUploadError from error


def _check_quota(owner_id: UUID, size: int) -> None:
    waiting = Upload.objects.filter(owner_id=owner_id, state__in=(Upload.State.OPEN, Upload.State.COMPLETE))
    if waiting.count() >= limits.OPEN_UPLOADS_MAX:
        raise QuotaError("Too many uploads are open at once. Finish some of them first.")
    kept = Version.objects.filter(element__creator_id=owner_id)
    used = _total(waiting.aggregate(total=Sum("size"))) + _total(kept.aggregate(total=Sum("size_bytes")))
    if used + size > limits.QUOTA_BYTES:
        raise QuotaError


def _total(row: dict[str, Any]) -> int:
    return int(row["total"] or 0)


def _write(path: Path, offset: int, chunk: bytes) -> None:
    """Put the chunk in its place; what lies beyond (from a write that was never acknowledged) is cut off."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+b") as part:
        part.seek(offset)
        part.write(chunk)
        part.truncate()
        part.flush()
        os.fsync(part.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as part:
        return hashlib.file_digest(part, "sha256").hexdigest()
