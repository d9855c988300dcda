"""Content under its hash."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from production.errors import MissingContentError
from production.services import sweeping
from production.stores import content


def test_the_same_bytes_are_kept_once_under_their_hash(db):
    first, second = content.put(b"tone"), content.put(b"tone")

    assert first == second == hashlib.sha256(b"tone").hexdigest()
    assert list(content.every_hash()) == [first]
    assert content.path_of(first) == f"{first[:2]}/{first[2:4]}/{first}"
    assert content.get(first, verify=True) == b"tone"
    assert content.size_bytes(first) == 4


def test_a_write_that_fails_leaves_no_blob(db, monkeypatch):
    def full(handle):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(OSError, match="disk full"):
        content.put(b"tone")

    assert list(content.every_hash()) == []


def test_bytes_mapped_from_a_file_are_kept_and_looked_at_without_holding_them(db, tmp_path):
    (tmp_path / "tone").write_bytes(b"tone" * 5000)

    with content.mapped(tmp_path / "tone") as data:
        kept = content.put(data)

    with content.looked_at(kept) as seen:
        assert (len(seen), bytes(seen[:8])) == (20_000, b"tonetone")
        assert not isinstance(seen, bytes)
    assert content.get(kept, verify=True) == b"tone" * 5000


def test_a_blob_that_was_changed_on_disk_is_not_looked_at(db):
    kept = content.put(b"tone")
    Path(default_storage.path(content.path_of(kept))).write_bytes(b"tune")

    with pytest.raises(MissingContentError), content.looked_at(kept):
        pytest.fail("it was shown")


def test_a_missing_blob_is_a_plain_refusal(db):
    with pytest.raises(MissingContentError):
        content.get("0" * 64)
    with pytest.raises(ValueError, match="not a SHA-256"):
        content.get("../../etc/passwd")


def test_the_sweep_takes_only_what_is_old_and_unnamed(db):
    content_hash = content.put(b"orphan")
    tomorrow = timezone.now() + dt.timedelta(hours=25)

    assert sweeping.sweep() == 0
    assert sweeping.sweep(now=tomorrow) == 1

    assert not content.exists(content_hash)


def test_putting_bytes_again_makes_them_young(db):
    content_hash = content.put(b"tone")
    path = default_storage.path(content.path_of(content_hash))
    os.utime(path, (0, 0))

    content.put(b"tone")

    assert sweeping.sweep() == 0
    assert content.exists(content_hash)


def test_the_store_works_over_any_storage(settings, db):
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}

    content_hash = content.put(b"cloud")
    content.put(b"cloud")

    assert content.get(content_hash, verify=True) == b"cloud"
    assert list(content.every_hash()) == [content_hash]
    content.delete(content_hash)
    assert not content.exists(content_hash)
