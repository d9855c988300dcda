"""Statements of the hot path: on Django's connection and in its transaction, many rows in one parameter.

Rows travel as one JSON array that the server turns into rows of the table's own type. That is cheaper on both sides
than an array for each column, and much cheaper than values written into the text of a statement.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
import psycopg
from django.db import connection, models
from django.db.utils import DatabaseErrorWrapper
from psycopg.pq import PipelineStatus

PREPARE_AFTER_USES = 2


def fetch(statement: str, params: Sequence[Any] = ()) -> list[Any]:
    """The rows that a statement gives; errors are Django's."""
    with DatabaseErrorWrapper(connection):
        return _execute(statement, params).fetchall()


def fetch_each(*statements: tuple[str, Sequence[Any]]) -> list[list[Any]]:
    """The rows of several statements, sent together and run in this order."""
    with pipelined(), DatabaseErrorWrapper(connection):
        cursors = [_execute(statement, params) for statement, params in statements]
        return [cursor.fetchall() for cursor in cursors]


@contextlib.contextmanager
def pipelined() -> Iterator[None]:
    """Within the block `execute` and `insert` send on without waiting for answers, and so does a commit.

    An error is raised by a later statement or, at the latest, at the end of the (outermost) block; the server skips
    what was sent after it. Django's own statements wait for their answer as ever.
    """
    connection.ensure_connection()
    if connection.connection.pgconn.pipeline_status != PipelineStatus.OFF:
        yield
        return
    with DatabaseErrorWrapper(connection), connection.connection.pipeline() as pipeline:

        def answered(run: Callable[..., Any], *args: Any) -> Any:
            found = run(*args)
            pipeline.sync()
            return found

        with connection.execute_wrapper(answered):
            yield


def keep_plans() -> None:
    """Let the server plan our statements once. Only for a connection that makes no temporary twins of tables."""
    connection.ensure_connection()
    connection.connection.prepare_threshold = PREPARE_AFTER_USES


def execute(statement: str, params: Sequence[Any] = ()) -> None:
    """Run a statement that gives no rows; errors are Django's."""
    with DatabaseErrorWrapper(connection):
        _execute(statement, params)


def _execute(statement: str, params: Sequence[Any]) -> psycopg.Cursor[Any]:
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    return psycopg.Cursor(connection.connection).execute(statement, params or None)


def insert(model: type[models.Model], rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows, given by field names, in one statement; fields left out get their default, or null."""
    defaults = _defaults(model)
    found = [{**defaults, **row} for row in rows]
    if found:
        execute(insert_sql(model._meta.db_table), [rows_json(found)])


def update(model: type[models.Model], rows: Iterable[Mapping[str, Any]], *, by: str, add: Sequence[str] = ()) -> None:
    """Set fields of the rows whose field `by` has this value, in one statement; fields in `add` grow by the value.

    All rows name the same fields. Of two about the same row the later one stands, and what they add is summed: as if
    they had been written one after the other.
    """
    merged: dict[Any, dict[str, Any]] = {}
    for row in rows:
        known = merged.get(row[by])
        sums = {name: known[name] + row[name] for name in add} if known else {}
        merged[row[by]] = {**row, **sums}
    if merged:
        names = tuple(name for name in next(iter(merged.values())) if name != by)
        execute(_update_sql(model._meta.db_table, by, names, tuple(add)), [rows_json(list(merged.values()))])


@functools.cache
def _update_sql(table: str, by: str, names: tuple[str, ...], add: tuple[str, ...]) -> str:
    changes = ", ".join(f'"{name}" = {f"t.{name} + " if name in add else ""}v."{name}"' for name in names)
    rows = f'json_populate_recordset(null::"{table}", %s) as v'
    return f'update "{table}" as t set {changes} from {rows} where t."{by}" = v."{by}"'  # noqa: S608 — our own names


def insert_sql(table: str, *, alias: str = "") -> str:
    """INSERT of rows that come as one JSON parameter, names as the table's columns."""
    # The row type is looked up by name at each use: a temporary twin of the table has one of its own.
    head = f'insert into "{table}"{alias and f" as {alias}"}'
    return f'{head} select * from json_populate_recordset(null::"{table}", %s)'  # noqa: S608 — our own table names


def rows_json(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as the JSON array that `insert_sql` reads."""
    return orjson.dumps(rows, default=_text).decode()


def _text(value: object) -> str:
    """What JSON has no form for; ids and times have one."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError(f"a {type(value).__name__} goes into no column")


@functools.cache
def _defaults(model: type[models.Model]) -> dict[str, Any]:
    fields = (field for field in model._meta.local_concrete_fields if field.column is not None)
    return {field.attname: field.get_default() for field in fields if field.has_default()}
