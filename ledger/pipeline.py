"""Statements that travel together: sent on without waiting for answers, answered in one piece.

Written on libpq's pipeline mode (psycopg's `pq`), for the driver's own sends each statement by itself and looks for
answers in between: among many threads of one interpreter each of these pauses is felt.
"""

from __future__ import annotations

import dataclasses
import itertools
import select
from collections.abc import Sequence
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary, ref

import psycopg
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq.abc import PGresult

from ledger.columns import Array

Row: TypeAlias = tuple[Any, ...]

_Plan: TypeAlias = tuple[str, tuple[int, ...]]
"""A statement and the types of its parameters."""

FAILED = (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.PIPELINE_ABORTED)
EAGER_BYTES_MIN = 8_000
"""The server begins with so much; less than that waits for its company, since each message has its price."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Params:
    """Parameters as libpq takes them."""

    values: Sequence[Any]
    types: tuple[int, ...]
    formats: Sequence[int]


@dataclasses.dataclass(frozen=True, slots=True)
class _Sent:
    """What an answer will be about: rows that somebody asks for, a plan, or neither."""

    is_result: bool = False
    plan: _Plan | None = None


class Pipeline:
    """The way to the server over one connection."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._ref = ref(connection)
        self._names: dict[_Plan, bytes] = {}
        self._numbers = itertools.count()
        self._sent: list[_Sent] = []
        """For each answer to come, what it is about."""
        self._unsent_bytes = 0
        self.keeps_plans = False
        """Whether the server plans each statement once."""

    @property
    def _connection(self) -> psycopg.Connection[Any]:
        connection = self._ref()
        assert connection is not None  # whoever calls holds it
        return connection

    def put(self, text: str, params: Sequence[Any] = (), *, is_binary: bool = False) -> None:
        """Send a statement on; its answer comes with `finish`. Arrays travel as they are."""
        if not self._sent:
            self._start()
        self._put(text, self._adapted(params), pq.Format.BINARY if is_binary else pq.Format.TEXT)

    def finish(self) -> list[list[Row]]:
        """The rows of each statement, once the server has answered all.

        Raises
        ------
        psycopg.Error
            The first that the server found; it skipped what came after.
        """
        if not self._sent:
            return []
        asked, answers = len(self._sent), self._answers()
        for _, result in answers:
            if result.status in FAILED:
                raise error_from_result(result, self._connection.info.encoding)
        assert len(answers) == asked, (len(answers), asked)
        return [self._rows(result) for sent, result in answers if sent.is_result]

    def drop(self) -> None:
        """Wait for the answers to what was sent, and forget them."""
        if self._sent and not self._connection.closed:
            self._answers()

    def _start(self) -> None:
        """Pipeline mode; and the beginning of a transaction, where the driver would send it with the next statement."""
        connection = self._connection
        connection.pgconn.enter_pipeline_mode()
        if not connection.autocommit and connection.info.transaction_status == pq.TransactionStatus.IDLE:
            level = connection.isolation_level
            begin = f"begin isolation level {level.name.replace('_', ' ')}" if level else "begin"
            connection.pgconn.send_query_params(begin.encode(), None)
            self._sent.append(_Sent())

    def _adapted(self, params: Sequence[Any]) -> _Params:
        count = len(params)
        if params and all(isinstance(param, Array) for param in params):
            return _Params([array.data for array in params], (0,) * count, [pq.Format.BINARY] * count)
        adapter = Transformer(self._connection)
        values = adapter.dump_sequence(params, [PyFormat.AUTO] * count)
        return _Params(values, tuple(adapter.types or ()), adapter.formats or ())

    def _put(self, text: str, params: _Params, answer: pq.Format) -> None:
        pgconn = self._connection.pgconn
        if self.keeps_plans:
            plan = (text, params.types)
            name = self._names.get(plan)
            if name is None:
                name = self._names[plan] = b"ledger_%d" % next(self._numbers)
                pgconn.send_prepare(name, _numbered(text), params.types)
                self._sent.append(_Sent(plan=plan))
            pgconn.send_query_prepared(name, params.values, params.formats, answer)
        else:
            pgconn.send_query_params(_numbered(text), params.values, params.types, params.formats, answer)
        self._sent.append(_Sent(is_result=True))
        self._unsent_bytes += sum(len(value) for value in params.values if value is not None)
        if self._unsent_bytes >= EAGER_BYTES_MIN:
            self._unsent_bytes = 0
            pgconn.flush()

    def _answers(self) -> list[tuple[_Sent, PGresult]]:
        """Everything that the server answers to what was sent."""
        pgconn = self._connection.pgconn
        sent, self._sent, self._unsent_bytes = self._sent, [], 0
        try:
            pgconn.pipeline_sync()
            results = _results(pgconn)
            pgconn.exit_pipeline_mode()
        except BaseException:
            # Half an exchange: nobody could tell whose answers come next.
            self._connection.close()
            raise
        # A connection that ends in between leaves some without an answer: the last one says so.
        answers = list(zip(sent, results, strict=False))
        for one, result in answers:
            # Plans made before an error outlive its transaction; those that it skipped do not exist.
            if one.plan is not None and result.status in FAILED:
                del self._names[one.plan]
        return answers

    def _rows(self, result: PGresult) -> list[Row]:
        adapter = Transformer(self._connection)
        adapter.set_pgresult(result)
        return adapter.load_rows(0, result.ntuples, tuple)


def _numbered(text: str) -> bytes:
    """`%s` as the server counts parameters: $1, $2, ..."""
    first, *others = text.split("%s")
    return "".join((first, *(f"${number}{part}" for number, part in enumerate(others, 1)))).encode()


def _results(pgconn: pq.abc.PGconn) -> list[PGresult]:
    results: list[PGresult] = []
    poll = select.poll()
    while True:
        unsent = pgconn.flush()
        # Read while there is more to send: a server whose answers nobody takes stops reading.
        poll.register(pgconn.socket, select.POLLIN | (select.POLLOUT if unsent else 0))
        poll.poll()
        pgconn.consume_input()
        while not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None:
                continue  # between the results of two statements
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                return results
            results.append(result)


_pipelines: WeakKeyDictionary[psycopg.Connection[Any], Pipeline] = WeakKeyDictionary()


def over(connection: psycopg.Connection[Any]) -> Pipeline:
    """The pipeline of a connection, as long as that lives."""
    found = _pipelines.get(connection)
    if found is None:
        found = _pipelines[connection] = Pipeline(connection)
    return found
