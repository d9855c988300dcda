"""Identifiers: UUID version 7, so that rows written together lie together (RFC 9562, section 5.7)."""

from __future__ import annotations

import hashlib
import os
import time
from collections import deque
from uuid import UUID

RANDOM_LEN = 10
IDS_PER_BLOCK = 128

# Random bytes are fetched for many ids at once: each fetch lets go of the interpreter, and among many threads that is
# felt. Taking from a deque is atomic; a forked child must not go on with its parent's.
_random: deque[bytes] = deque()
os.register_at_fork(after_in_child=_random.clear)


def uuid7(*, unix_ms: int | None = None) -> UUID:
    """A new id: 48 bits of milliseconds since 1970, then 74 random bits.

    The one place in the domain that reads the clock and randomness: an id is a name, it carries no fact.
    """
    ms = time.time_ns() // 1_000_000 if unix_ms is None else unix_ms
    value = int.from_bytes(ms.to_bytes(6, "big") + _random_bytes(), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


def _random_bytes() -> bytes:
    try:
        return _random.popleft()
    except IndexError:
        block = os.urandom(RANDOM_LEN * IDS_PER_BLOCK)
        first, *others = (block[start : start + RANDOM_LEN] for start in range(0, len(block), RANDOM_LEN))
        _random.extend(others)
        return first


def part_id(whole_id: UUID, part: UUID) -> UUID:
    """The id of one part of something: always the same, and after what `uuid7` draws in the whole's millisecond.

    (All but one in a hundred million of those: the 26 random bits that come first are ones here.)
    """
    digest = hashlib.sha256(whole_id.bytes + part.bytes).digest()
    ms = whole_id.int >> 80
    tail = int.from_bytes(digest[:6], "big")
    return UUID(int=(ms << 80) | (0x7 << 76) | (0xFFF << 64) | (0xBFFF << 48) | tail)
