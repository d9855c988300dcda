"""The log's clock: UTC now, unless a demo or a test tells its story at another time.

`at` never decreases whatever this says: the writer takes the later of the clock and the newest event.
"""

from __future__ import annotations

import contextlib
import contextvars
import datetime as dt
from collections.abc import Iterator

_told: contextvars.ContextVar[dt.datetime | None] = contextvars.ContextVar("ledger_clock", default=None)


def now() -> dt.datetime:
    """The time that events get now."""
    return _told.get() or dt.datetime.now(dt.UTC)


def told() -> dt.datetime | None:
    """The time set by `at`, if any."""
    return _told.get()


@contextlib.contextmanager
def at(moment: dt.datetime) -> Iterator[None]:
    """Within the block, events of this thread (through either door) happen at `moment`: for demos and tests."""
    if moment.tzinfo is None:
        raise ValueError("the log's clock needs a time with a zone")
    token = _told.set(moment)
    try:
        yield
    finally:
        _told.reset(token)
