"""Starts the embedded services around a management command that needs them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence


@contextlib.contextmanager
def services_for(argv: Sequence[str]) -> Iterator[None]:
    """Placeholder until the supervisor lands: real servers through DATABASE_URL and REDIS_URL."""
    yield
