"""Where a caller of the sequencer waits for its word."""

from __future__ import annotations

import threading
from typing import TypeAlias

from ledger.services import log

Outcome: TypeAlias = "list[log.Record] | BaseException"


class Answer:
    """Where a caller waits. A bare lock: with many callers, what a Future does in Python is felt."""

    __slots__ = ("_given", "_outcome")

    def __init__(self) -> None:
        self._outcome: Outcome | None = None
        self._given = threading.Lock()
        self._given.acquire()

    def give(self, outcome: Outcome) -> None:
        """The writing thread's word; only the first counts."""
        if self._outcome is None:
            self._outcome = outcome
            self._given.release()

    def result(self) -> list[log.Record]:
        """Wait for it; raises what the command raised."""
        with self._given:
            outcome = self._outcome
        assert outcome is not None
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome
