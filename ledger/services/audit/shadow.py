"""Projections rebuilt in temporary tables of the same names, and compared with the live ones row by row.

PostgreSQL looks into a session's temporary schema first: the folds write there without knowing it.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, models

from ledger.projections import Projection
from ledger.services.audit.errors import AuditError

POSITION_COLUMNS = ("position", "from_position")


def make_tables(projections: Sequence[Projection]) -> None:
    """Empty temporary twins of every table of these projections, until the transaction ends."""
    with connection.cursor() as cursor:
        for name in table_names(projections):
            cursor.execute(f"create temporary table {name} (like public.{name} including all) on commit drop")


def drop_tables(projections: Sequence[Projection]) -> None:
    """The live tables are seen again."""
    with connection.cursor() as cursor:
        for name in table_names(projections):
            cursor.execute(f"drop table pg_temp.{name}")


def table_names(projections: Sequence[Projection]) -> list[str]:
    """Quoted names of their tables."""
    return [connection.ops.quote_name(table._meta.db_table) for p in projections for table in p.tables]


def compare(projections: Sequence[Projection]) -> None:
    """Raise AuditError at the first position whose row differs between a projection and its rebuild."""
    found: list[tuple[int, str, str]] = []
    with connection.cursor() as cursor:
        for projection in projections:
            for table in projection.tables:
                name = connection.ops.quote_name(table._meta.db_table)
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
