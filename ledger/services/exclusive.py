"""One worker at a time for one id: session locks of the database, gone when the worker's connection is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from uuid import UUID

from django.db import connection


@contextlib.contextmanager
def exclusively(key: UUID) -> Iterator[bool]:
    """True within the block if nobody else is in a block with this id; False, without waiting, if someone is."""
    number = int.from_bytes(key.bytes[8:], "big", signed=True)  # the random half of a UUIDv7
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [number])
        (mine,) = cursor.fetchone()
    try:
        yield mine
    finally:
        if mine and connection.connection is not None and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s)", [number])
