"""Identifiers: UUID version 7, so that rows written together lie together (RFC 9562, section 5.7)."""

from __future__ import annotations

import os
import time
from uuid import UUID


def uuid7(*, unix_ms: int | None = None) -> UUID:
    """A new id: 48 bits of milliseconds since 1970, then 74 random bits.

    The one place in the domain that reads the clock and randomness: an id is a name, it carries no fact.
    """
    ms = time.time_ns() // 1_000_000 if unix_ms is None else unix_ms
    value = int.from_bytes(ms.to_bytes(6, "big") + os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)
