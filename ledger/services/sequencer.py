"""The door for callers without a transaction: one thread a process writes for all of them.

A commit costs one flush of the disk, whatever is in it. While one batch commits, the commands of other threads queue
up and become the next batch: many callers share a flush. Callers that were answered together tend to come back
together, so after a batch of many the next one waits for as many, at most a few milliseconds; a caller alone never
waits. The answer comes after the flush, so what was acknowledged is never lost.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeAlias
from uuid import UUID

import structlog
from django.db import DatabaseError, InterfaceError, connection, transaction

from ledger import sql
from ledger.domain.events import Event
from ledger.services import clock, log
from ledger.services.answer import Answer, Outcome
from ledger.services.append import NotAtomicError

logger = structlog.get_logger(__name__)

BATCH_COMMANDS_MAX = 256
GATHER_SECONDS_MAX = 0.003
RETRY_SECONDS_MAX = 30.0
RETRY_PAUSE_SECONDS = 0.2

Write: TypeAlias = Callable[[list[log.Record]], None]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Events to write, and rows of an upper app that belong with them.

    `write` gets the records and runs after them in the same savepoint, in another thread: it may refuse by raising,
    and then nothing of this command is written. It may be called again if the database fails in between.
    """

    events: tuple[Event, ...]
    actor_id: UUID
    key: str
    write: Write | None = None


@dataclasses.dataclass(slots=True)
class _Waiting:
    command: log.Prepared
    write: Write | None
    answer: Answer


def submit(command: Command) -> list[log.Record]:
    """Write the command in a commit of its own (shared with others that wait), and return after the flush.

    Each command stands alone: one that fails leaves the others of its commit untouched. Safe to call again with the
    same key after any error.

    Raises
    ------
    KeyReusedError, MalformedEventError, UnbalancedEntryError
        As `append` does; and whatever `write` raises.
    NotAtomicError
        Inside a transaction: use `append` there.
    """
    prepared = log.prepare(command.events, actor_id=command.actor_id, key=command.key, told=clock.told())
    waiting = _Waiting(prepared, command.write, Answer())
    if connection.in_atomic_block:
        # A test case wraps each test in a transaction that never commits: there the command runs in place.
        if not all(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
            raise NotAtomicError("submit commits by itself: inside transaction.atomic() use append")
        _write_apart([waiting], _End())
    else:
        _sequencer().put(waiting)
    return waiting.answer.result()


class Sequencer:
    """The writing thread of one process, with a database connection of its own."""

    def __init__(self) -> None:
        self._items: deque[_Waiting | None] = deque()
        self._expected = 1
        # Callers wake the writer when there is as much as it wants: among many threads each waking is felt.
        self._wanted = 1
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ledger-sequencer", daemon=True)
        self._thread.start()

    def put(self, waiting: _Waiting | None) -> None:
        """Queue a command."""
        self._items.append(waiting)
        if len(self._items) >= self._wanted and not self._enough.is_set():
            self._enough.set()

    def stop(self) -> None:
        """Write what is queued, then end the thread and close its connection."""
        self.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            end = _End()
            while batch := self._next_batch():
                _write_with_retries(batch, end)
        finally:
            connection.close()

    def _next_batch(self) -> list[_Waiting]:
        """The commands that wait; empty once the end is asked for and nothing is left."""
        self._wait_for(1)
        # As many may arrive as the last batch had: two half batches cost two flushes.
        self._wait_for(self._expected, seconds_max=GATHER_SECONDS_MAX)
        items = [self._items.popleft() for _ in range(min(len(self._items), BATCH_COMMANDS_MAX))]
        batch = [item for item in items if item is not None]
        if batch and len(batch) < len(items):
            self._items.append(None)  # seen again once this batch is written
        self._expected = len(batch)
        return batch

    def _wait_for(self, count: int, *, seconds_max: float | None = None) -> None:
        """Until `count` commands wait, but not longer than this."""
        self._wanted = count
        self._enough.clear()
        # In this order: a command queued in between is either counted here, or sees what is wanted.
        if len(self._items) < count:
            self._enough.wait(seconds_max)


@dataclasses.dataclass(slots=True)
class _End:
    """Where the last commit of this thread left the log, and whether nobody else seems to write to it."""

    head: log.Head | None = None
    is_ours: bool = False

    def expected(self) -> log.Head | None:
        """The head, if it is worth a guess."""
        return dataclasses.replace(self.head) if self.head is not None and self.is_ours else None

    def look(self, keys: Sequence[str]) -> tuple[log.Head, log.Known]:
        """The head under the lock, and which of the keys are known."""
        head, found = log.lock_head_and_look(keys)
        self.is_ours = head == self.head
        return head, found

    def moved(self, head: log.Head) -> None:
        """A commit of ours left the log so."""
        self.head = dataclasses.replace(head)


def _write_with_retries(batch: list[_Waiting], end: _End) -> None:
    """Write a batch; when the database goes away, again on a new connection. Keys make the repetition harmless."""
    deadline = time.monotonic() + RETRY_SECONDS_MAX
    while True:
        try:
            _write_batch(batch, end)
            return
        except (DatabaseError, InterfaceError) as error:
            # Whatever one command can do wrong is in its answer: here it is the database or the way to it.
            connection.close()
            if time.monotonic() > deadline:
                _fail(batch, error)
                return
            logger.warning("ledger.sequencer.retry", commands=len(batch), error=str(error).strip())
            time.sleep(RETRY_PAUSE_SECONDS)
        except BaseException as error:
            connection.close()
            _fail(batch, error)
            return


def _fail(batch: list[_Waiting], error: BaseException) -> None:
    for waiting in batch:
        waiting.answer.give(error)


def _write_batch(batch: list[_Waiting], end: _End) -> None:
    """One transaction for the whole batch; the answers go out after its commit."""
    if not any(_write_together(batch, end, is_guess=is_guess) for is_guess in (True, False)):
        _write_apart(batch, end)


def _write_together(batch: list[_Waiting], end: _End, *, is_guess: bool) -> bool:
    """The usual case: nothing is wrong, every key is new, nobody writes rows. No savepoints, two round trips.

    With `is_guess` one: where nobody else seems to write, the head is taken to be known and the keys to be new, and the
    database says if they are not. False if it is another case; then nothing is written, or what is written is found
    again by its key.
    """
    keys = {waiting.command.key for waiting in batch if waiting.write is None}
    head = end.expected()
    found: log.Known = {}
    if len(keys) < len(batch) or (is_guess and head is None):
        return False
    try:
        sql.keep_plans()
        with transaction.atomic():
            if not is_guess:
                head, found = end.look(list(keys))
            if found or head is None:
                return False
            with sql.pipelined():
                if is_guess:
                    log.lock_head_at(head)
                answers = log.write([waiting.command for waiting in batch], head, now=dt.datetime.now(dt.UTC))
                sql.commit()
    except Exception:
        end.is_ours = False
        if _connection_lost():
            raise
        return False
    end.moved(head)
    for waiting, answer in zip(batch, answers, strict=True):
        waiting.answer.give(answer)
    return True


def _write_apart(batch: list[_Waiting], end: _End) -> None:
    """Each command under a savepoint of its own where that can matter: it fails alone."""
    outcomes: dict[int, Outcome] = {}
    with transaction.atomic():
        head, found = end.look([waiting.command.key for waiting in batch])
        now = dt.datetime.now(dt.UTC)
        for run in _runs(batch, found):
            _write_run(run, found, head, now, outcomes)
    end.moved(head)
    for waiting in batch:
        waiting.answer.give(outcomes[id(waiting)])


def _connection_lost() -> bool:
    return connection.connection is None or connection.connection.closed


def _runs(batch: list[_Waiting], found: log.Known) -> list[list[_Waiting]]:
    """Neighbours that can be written together: new keys, none twice, no rows of their own."""
    runs: list[list[_Waiting]] = []
    keys: set[str] = set()
    open_run = False
    for waiting in batch:
        plain = waiting.write is None and waiting.command.key not in found
        if not (plain and open_run and waiting.command.key not in keys):
            runs.append([])
            keys = set()
        runs[-1].append(waiting)
        keys.add(waiting.command.key)
        open_run = plain
    return runs


def _write_run(
    run: list[_Waiting], found: log.Known, head: log.Head, now: dt.datetime, outcomes: dict[int, Outcome]
) -> None:
    if len(run) > 1:
        start = dataclasses.replace(head)
        try:
            with transaction.atomic():
                answers = log.write([waiting.command for waiting in run], head, now=now)
        except Exception:
            if _connection_lost():
                raise
            # One of them is at fault: find it by writing each alone, so that it fails alone.
            head.position, head.at = start.position, start.at
        else:
            for waiting, answer in zip(run, answers, strict=True):
                outcomes[id(waiting)] = answer
                _remember(found, waiting.command, answer)
            return
    for waiting in run:
        outcomes[id(waiting)] = _write_one(waiting, found, head, now)


def _write_one(waiting: _Waiting, found: log.Known, head: log.Head, now: dt.datetime) -> Outcome:
    start = dataclasses.replace(head)
    try:
        if known := found.get(waiting.command.key):
            return log.replay(waiting.command, known)
        with transaction.atomic():
            (answer,) = log.write([waiting.command], head, now=now)
            if waiting.write is not None:
                waiting.write(answer)
    except Exception as error:
        if _connection_lost():
            raise
        head.position, head.at = start.position, start.at
        return error
    _remember(found, waiting.command, answer)
    return answer


def _remember(found: log.Known, command: log.Prepared, answer: Sequence[log.Record]) -> None:
    found[command.key] = (command.fingerprint, answer[0].position, len(answer))


# ------------------------------------------------------------------------------------------- one thread a process
_lock = threading.Lock()
_current: Sequencer | None = None


def _sequencer() -> Sequencer:
    global _current
    with _lock:
        if _current is None:
            _current = Sequencer()
        return _current


def stop() -> None:
    """Write what is queued and end the thread; the next `submit` starts another."""
    global _current
    with _lock:
        if _current is not None:
            _current.stop()
        _current = None


def _forget_in_child() -> None:
    """A forked child has no thread: it starts its own, and leaves the parent's queue alone."""
    global _current, _lock
    _lock = threading.Lock()
    _current = None


os.register_at_fork(after_in_child=_forget_in_child)
