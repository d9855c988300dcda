"""Bytes that facts are bound to by hash: licence terms, run folders, statement lines. Written once, never changed."""

from __future__ import annotations

from hashlib import sha256

from ledger.models import Document


def keep(content: bytes, *, media_type: str) -> str:
    """Keep these bytes; the SHA-256 in hex under which anyone finds them. Twice is once."""
    content_hash = sha256(content).hexdigest()
    row = Document(hash=content_hash, media_type=media_type, content=content)
    Document.objects.bulk_create([row], ignore_conflicts=True)
    return content_hash
