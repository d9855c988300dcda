"""Content addressed by SHA-256 over Django's default storage: the same bytes are kept once, and never change.

A blob lies at `aa/bb/<hash>`. On a local disk it is written beside its place, flushed, and renamed into it, so that a
crash leaves either the whole blob or none. Content first, fact last: a blob that no row names is swept after a day.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import mmap
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, TypeAlias

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage

from production.errors import MissingContentError

Data: TypeAlias = bytes | mmap.mmap
"""Bytes, in memory or mapped from a file: the kernel reads a long recording as it is needed, and forgets it again."""


def path_of(content_hash: str) -> str:
    """Where the blob with this hash lies, relative to the storage."""
    if len(content_hash) != 64 or not set(content_hash) <= set("0123456789abcdef"):
        raise ValueError(f"not a SHA-256: {content_hash!r}")
    return f"{content_hash[:2]}/{content_hash[2:4]}/{content_hash}"


def put(data: Data) -> str:
    """Keep `data`; the answer is its hash. Doing it again changes nothing but the blob's age."""
    content_hash = hashlib.sha256(data).hexdigest()
    name = path_of(content_hash)
    if _is_local():
        _put_local(Path(default_storage.path(name)), data)
    elif not default_storage.exists(name):
        default_storage.save(name, ContentFile(bytes(data)))
    return content_hash


def get(content_hash: str, *, verify: bool = False) -> bytes:
    """The bytes with this hash; with `verify` they are hashed again on the way out.

    Raises
    ------
    MissingContentError
        If there is no such blob, or its bytes have another hash.
    """
    with open_blob(content_hash) as blob:
        data: bytes = blob.read()
    if verify and hashlib.sha256(data).hexdigest() != content_hash:
        raise MissingContentError
    return data


@contextlib.contextmanager
def mapped(path: Path) -> Iterator[Data]:
    """A file's bytes without holding them."""
    with path.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


@contextlib.contextmanager
def looked_at(content_hash: str) -> Iterator[Data]:
    """The bytes with this hash, hashed again, and not held where they lie on a local disk.

    Raises
    ------
    MissingContentError
        As `get` with `verify`.
    """
    path = Path(default_storage.path(path_of(content_hash))) if _is_local() else None
    if path is None or not path.exists():
        yield get(content_hash, verify=True)
        return
    with mapped(path) as data:
        if hashlib.sha256(data).hexdigest() != content_hash:
            raise MissingContentError
        yield data


def open_blob(content_hash: str) -> IO[Any]:
    """The blob, open for reading and seeking."""
    try:
        blob: IO[Any] = default_storage.open(path_of(content_hash), "rb")
    except FileNotFoundError as error:
        raise MissingContentError from error
    return blob


def exists(content_hash: str) -> bool:
    """Whether the blob is here."""
    return bool(default_storage.exists(path_of(content_hash)))


def size_bytes(content_hash: str) -> int:
    """How large the blob is."""
    try:
        return int(default_storage.size(path_of(content_hash)))
    except FileNotFoundError as error:
        raise MissingContentError from error


def delete(content_hash: str) -> None:
    """Forget the blob. Only the sweep calls this, once no row names the hash."""
    default_storage.delete(path_of(content_hash))


def changed_at(content_hash: str) -> dt.datetime:
    """When the blob was last put."""
    return default_storage.get_modified_time(path_of(content_hash))


def every_hash() -> Iterator[str]:
    """The hash of every blob, folder by folder."""
    for first in _folders(""):
        for second in _folders(first):
            _, files = default_storage.listdir(f"{first}/{second}")
            yield from sorted(name for name in files if len(name) == 64)


def _folders(path: str) -> list[str]:
    try:
        folders, _ = default_storage.listdir(path)
    except FileNotFoundError:
        return []
    return sorted(name for name in folders if len(name) == 2)


def _is_local() -> bool:
    return isinstance(default_storage, FileSystemStorage)


def _put_local(path: Path, data: Data) -> None:
    if path.exists():
        os.utime(path)  # young again, so that the sweep leaves it to whoever is about to name it
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as blob:
            blob.write(data)
            blob.flush()
            os.fsync(blob.fileno())
        Path(temporary).chmod(0o640)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


def _flush_folder(path: Path) -> None:
    """A rename is safe only once its folder is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
