"""Projections folded again beside the live ones, and compared with them row by row.

PostgreSQL looks into the schemas of the search path in turn, a session's temporary one first: the folds write to the
twins of their tables without knowing it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.db import connection, models

from ledger import selectors, sql
from ledger.domain.events import Event
from ledger.domain.upcasts import UPCASTS
from ledger.projections import Projection
from ledger.services.audit.digest import same_rows
from ledger.services.audit.errors import AuditError
from ledger.services.log import Record, record_of_row

POSITION_COLUMNS = ("position", "from_position")
FOLD_EVENTS = 10_000
READ_SQL = """
    select position, id, at, key, actor_id, leaf, leaf_hash from ledger_event
     where position >= %s and position < %s and kind = any(%s) order by position
"""

INDEXES_SQL = """
    select i.indexrelid::regclass::text, c.conname
      from pg_index i
      join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
      left join pg_constraint c on c.conindid = i.indexrelid
     where i.indrelid = %s::regclass and a.attname <> all(%s)
"""


def make_tables(projections: Sequence[Projection]) -> None:
    """Empty temporary twins of every table of these projections, until the transaction ends."""
    with connection.cursor() as cursor:
        for projection in projections:
            for name in table_names([projection]):
                cursor.execute(f"create temporary table {name} (like public.{name} including all) on commit drop")
                drop_indexes(f"pg_temp.{name}", projection)


def drop_indexes(table: str, projection: Projection) -> None:
    """Take away the indexes of an empty table by which this projection's folds never look."""
    if projection.lookups is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(INDEXES_SQL, [table, list(projection.lookups)])
        for index, constraint in cursor.fetchall():
            what = f"drop constraint {connection.ops.quote_name(constraint)}" if constraint else ""
            cursor.execute(f"alter table {table} {what}" if constraint else f"drop index {index}")


def drop_tables(projections: Sequence[Projection]) -> None:
    """The live tables are seen again."""
    with connection.cursor() as cursor:
        for name in table_names(projections):
            cursor.execute(f"drop table pg_temp.{name}")


def table_names(projections: Sequence[Projection]) -> list[str]:
    """Quoted names of their tables."""
    return [connection.ops.quote_name(table._meta.db_table) for p in projections for table in p.tables]


def stored_kinds(kinds: Iterable[type[Event]]) -> list[str]:
    """How events of these kinds may be called in the log: as today, or by any name that an upcast takes."""
    return [*(kind.kind for kind in kinds), *UPCASTS]


def batches(kinds: Iterable[type[Event]], *, begin: int = 0, end: int | None = None) -> Iterator[list[Record]]:
    """The events of these kinds (and a few more) at begin..end-1, many at a time."""
    names = stored_kinds(kinds)
    end = selectors.size() if end is None else end
    for first in range(begin, end, FOLD_EVENTS):
        rows = sql.fetch(READ_SQL, [first, min(first + FOLD_EVENTS, end), names], is_binary=True)
        yield [record_of_row(row) for row in rows]


def kinds_of(projections: Sequence[Projection]) -> list[type[Event]]:
    """The kinds that any of these projections folds."""
    return sorted({kind for one in projections for kind in one.folded}, key=lambda kind: kind.kind)


def fold(projections: Sequence[Projection], batch: Sequence[Record]) -> None:
    """Fold a batch of events into some projections."""
    with sql.gathered():
        for projection in projections:
            projection.fold_many(batch)


def compare(projections: Sequence[Projection]) -> None:
    """Raise AuditError at the first position whose row differs between a projection and its rebuild."""
    found: list[tuple[int, str, str]] = []
    with connection.cursor() as cursor:
        cursor.execute("set local work_mem = '128MB'")
        for projection in projections:
            for table in projection.tables:
                name = connection.ops.quote_name(table._meta.db_table)
                if same_rows(f"public.{name}", f"pg_temp.{name}"):
                    continue
                position = _position_column(table)
                # Names of our own tables and columns only: nothing comes from outside.
                live, rebuilt = (f"select * from {schema}.{name}" for schema in ("public", "pg_temp"))  # noqa: S608
                differing = f"({live} except all {rebuilt}) union all ({rebuilt} except all {live})"
                cursor.execute(f"select min({position}) from ({differing}) as differing")  # noqa: S608
                (first,) = cursor.fetchone()
                if first is not None:
                    found.append((first, projection.name, table._meta.db_table))
    if found:
        wrong, name, table_name = min(found)
        raise AuditError(wrong, f"the projection {name!r} ({table_name}) is not what the log folds to")


def _position_column(table: type[models.Model]) -> str:
    names = {field.column for field in table._meta.fields}
    return next(name for name in POSITION_COLUMNS if name in names)
