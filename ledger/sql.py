"""Statements of the hot path: on Django's connection and in its transaction, many rows in one parameter.

Rows travel by columns, each one binary array: cheaper than JSON, and much cheaper than values in the text of a
statement. What is rare may come as JSON that the server turns into rows of the table's own type.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from django.db import DatabaseError, connection, models
from django.db.transaction import TransactionManagementError
from django.db.utils import DatabaseErrorWrapper

from ledger import pipeline
from ledger.columns import Array, ColumnType, type_of
from ledger.gathered import Gathered, key_of


class _Open(threading.local):
    """What the blocks that this thread is in have begun, for whoever writes in them."""

    line: pipeline.Pipeline | None = None
    gathered: Gathered | None = None


_open = _Open()


def fetch(statement: str, params: Sequence[Any] = (), *, is_binary: bool = False) -> list[Any]:
    """The rows that a statement gives; errors are Django's.

    is_binary : the server sends values as it keeps them, which is cheaper where there are many
    """
    with DatabaseErrorWrapper(connection):
        line = _line()
        line.finish()  # what was sent before, if anything
        line.put(statement, params, is_binary=is_binary)
        return line.finish()[-1]


def fetch_each(*statements: tuple[str, Sequence[Any]]) -> list[list[Any]]:
    """The rows of several statements, sent together and run in this order."""
    with DatabaseErrorWrapper(connection):
        line = _line()
        line.finish()  # what was sent before, if anything
        for statement, params in statements:
            line.put(statement, params)
        return line.finish()


def execute(statement: str, params: Sequence[Any] = ()) -> None:
    """Run a statement that gives no rows; errors are Django's."""
    _write_gathered()
    _send(statement, params)


def _send(statement: str, params: Sequence[Any]) -> None:
    line = _open.line
    if line is None:
        fetch(statement, params)
    else:
        with DatabaseErrorWrapper(connection):
            line.put(statement, params)


@contextlib.contextmanager
def gathered() -> Iterator[None]:
    """`pipelined`, and new rows are written at the end of the block, with what changed in them meanwhile.

    Other statements, Django's too, see them: what was gathered is written before.
    """
    with pipelined():
        if _open.gathered is not None:
            yield
            return
        _open.gathered = Gathered()
        try:
            yield
            _write_gathered()
        finally:
            _open.gathered = None


@contextlib.contextmanager
def pipelined() -> Iterator[None]:
    """Within the block, which lies in a transaction, statements are sent on without waiting for answers.

    Django's own statements wait for them first, and see what they did. An error is raised at the latest at the end of
    the (outermost) block; the server skips what was sent after it.
    """
    line = _line()
    if connection.get_autocommit():
        raise TransactionManagementError("statements travel together within a transaction")
    if _open.line is not None:
        yield
        return

    def after_ours(run: Callable[..., Any], *args: Any) -> Any:
        _write_gathered()
        with DatabaseErrorWrapper(connection):
            line.finish()
        return run(*args)

    _open.line = line
    try:
        with connection.execute_wrapper(after_ours):
            yield
        with DatabaseErrorWrapper(connection):
            line.finish()
    finally:
        _open.line = None
        line.drop()


def commit() -> None:
    """End the transaction together with what was sent in it: Django finds nothing left to commit."""
    with DatabaseErrorWrapper(connection):
        line = _line()
        line.put("commit")
        line.finish()


def keep_plans() -> None:
    """Let the server plan our statements once. Only for a connection that makes no temporary twins of tables."""
    _line().keeps_plans = True


@contextlib.contextmanager
def kept_plans() -> Iterator[None]:
    """`keep_plans` within the block, for a connection that at other times may make such twins."""
    line = _line()
    before, line.keeps_plans = line.keeps_plans, True
    try:
        yield
    finally:
        line.keeps_plans = before


@contextlib.contextmanager
def savepoint() -> Iterator[None]:
    """`pipelined`, and an error undoes what the block did and no more; as Django's, but it travels with the statements.

    Not within itself.
    """
    with pipelined():
        _send("savepoint ledger_block", ())
        try:
            yield
            _send("release savepoint ledger_block", ())
            with DatabaseErrorWrapper(connection):
                _line().finish()
        except BaseException:
            _undo_block()
            raise


def _undo_block() -> None:
    line = _line()
    line.drop()
    if connection.connection.closed:
        return
    try:
        fetch_each(("rollback to savepoint ledger_block", ()), ("release savepoint ledger_block", ()))
    except DatabaseError:
        connection.needs_rollback = True  # there was no savepoint to go back to: nothing of the transaction can stay


def _line() -> pipeline.Pipeline:
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    return pipeline.over(connection.connection)


def insert(model: type[models.Model], rows: Iterable[Mapping[str, Any]], *, conflict: str = "") -> None:
    """Insert rows, given by field names, in one statement; fields left out get their default, or null.

    conflict : what ON CONFLICT says, where a row may be there already; the table is called `t` in it
    """
    found = rows if _open.gathered is None or conflict else _open.gathered.insert(model, rows)
    _insert(model, list(found), conflict)


def upsert(model: type[models.Model], rows: Iterable[Mapping[str, Any]], *, changes: Sequence[str]) -> None:
    """Insert rows; where the key is there already, only these fields of that row change."""
    found, key = list(rows), key_of(model)
    assert key is not None, model
    if _open.gathered is not None:
        brief = {row[key]: {name: row[name] for name in (key, *changes)} for row in found}
        elsewhere = {row[key] for row in _open.gathered.update(model, brief.values(), by=key)}
        found = [row for row in found if row[key] in elsewhere]
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in changes)
    _insert(model, found, f'on conflict ("{key}") do update set {sets}')


def update(model: type[models.Model], rows: Iterable[Mapping[str, Any]], *, by: str, add: Sequence[str] = ()) -> None:
    """Set fields of the rows whose field `by` has this value, in one statement; fields in `add` grow by the value.

    All rows name the same fields. Of two about the same row the later one stands, and what they add is summed: as if
    they had been written one after the other.
    """
    if _open.gathered is not None:
        if by != key_of(model) and _open.gathered.holds(model):
            _write_gathered()
        rows = _open.gathered.update(model, rows, by=by, add=add)
    merged: dict[Any, Mapping[str, Any]] = {}
    for row in rows:
        known = merged.get(row[by])
        sums = {name: known[name] + row[name] for name in add} if known else {}
        merged[row[by]] = {**row, **sums}
    if merged:
        names = (by, *(name for name in next(iter(merged.values())) if name != by))
        _send(_update_sql(model, names, tuple(add)), _arrays(model, names, list(merged.values())))


def delete(model: type[models.Model], *, by: str, values: Sequence[Any]) -> None:
    """Remove the rows whose field `by` has one of these values."""
    if _open.gathered is not None:
        _open.gathered.delete(model, by=by, values=set(values))
    kind = _columns(model)[by].type
    text = f'delete from "{model._meta.db_table}" where "{by}" = any(%s::{kind.name}[])'  # noqa: S608 — our own names
    _send(text, [kind.array(values)])


def insert_columns(model: type[models.Model], columns: Mapping[str, Sequence[Any]]) -> None:
    """`insert` of rows that come by columns, all of them."""
    kinds = _columns(model)
    _send(_insert_sql(model, ""), [kinds[name].type.array(columns[name]) for name in kinds])


def _insert(model: type[models.Model], rows: Sequence[Mapping[str, Any]], conflict: str = "") -> None:
    if rows:
        _send(_insert_sql(model, conflict), _arrays(model, tuple(_columns(model)), rows))


def _write_gathered() -> None:
    if _open.gathered is not None:
        for model, rows in _open.gathered.take():
            _insert(model, rows)


@dataclasses.dataclass(frozen=True, slots=True)
class _Column:
    type: ColumnType
    default: Any


@functools.cache
def _columns(model: type[models.Model]) -> dict[str, _Column]:
    fields = (field for field in model._meta.local_concrete_fields if field.column is not None)
    return {f.attname: _Column(type_of(f), f.get_default() if f.has_default() else None) for f in fields}


def _arrays(model: type[models.Model], names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[Array]:
    """The rows by columns."""
    columns = _columns(model)
    return [
        column.type.array([row.get(name, column.default) for row in rows])
        for name, column in ((name, columns[name]) for name in names)
    ]


@functools.cache
def _insert_sql(model: type[models.Model], conflict: str) -> str:
    names, arrays = _lists(model, tuple(_columns(model)))
    # Names of our own tables and columns only: nothing comes from outside.
    return f'insert into "{model._meta.db_table}" as t ({names}) select * from unnest({arrays}) {conflict}'  # noqa: S608


@functools.cache
def _update_sql(model: type[models.Model], names: tuple[str, ...], add: tuple[str, ...]) -> str:
    columns, arrays = _lists(model, names)
    changes = ", ".join(f'"{name}" = {f"t.{name} + " if name in add else ""}v."{name}"' for name in names[1:])
    rows = f"unnest({arrays}) as v({columns})"
    return f'update "{model._meta.db_table}" as t set {changes} from {rows} where t."{names[0]}" = v."{names[0]}"'  # noqa: S608


def _lists(model: type[models.Model], names: Sequence[str]) -> tuple[str, str]:
    """Columns, and the parameters that bring their values."""
    columns = _columns(model)
    return ", ".join(f'"{name}"' for name in names), ", ".join(f"%s::{columns[name].type.name}[]" for name in names)


def rows_json(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as a JSON array, for statements that read them by `json_populate_recordset`."""
    return orjson.dumps(rows).decode()
