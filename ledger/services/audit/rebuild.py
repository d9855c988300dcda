"""Emptying projections and folding the log again, beside the living ones, in steps that a crash does not undo."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Sequence

from django.db import connection, models, transaction

from ledger import processes, selectors
from ledger.domain.errors import WrongStateError
from ledger.projections import ALL, Projection
from ledger.services import log
from ledger.services.audit import apart, shadow
from ledger.services.audit.digest import same_rows

SCHEMA = "ledger_rebuild"
"""Where the new rows grow until they take the place of the old ones."""

# Without a log of their own: after a crash of the server they are empty, all at once, and the rebuild begins anew.
PROGRESS_SQL = f"""
    create unlogged table if not exists {SCHEMA}.reached (
        projection text primary key, position bigint not null, code text not null
    )
"""


def rebuild(name: str | None = None) -> tuple[list[str], int]:
    """Fold the log again into one projection, or all; their names and how many events there were.

    The new rows grow in tables of their own, while the site goes on; a rebuild that was killed goes on where it was,
    unless the code of its projection has changed since. In the end writers wait for a moment, what came in between is
    folded too, and the rows that differ take their places. The journal and the other facts are not touched.

    Raises
    ------
    WrongStateError
        If there is no projection of this name.
    """
    chosen = _chosen(name)
    with transaction.atomic():
        _make_tables(chosen)
    size = selectors.size()
    if not connection.in_atomic_block and size >= apart.APART_EVENTS_MIN:
        groups = apart.groups_of(chosen, processes.count_max())
        with processes.side_by_side(f"{__name__}:grow", [(names, size) for names in groups]) as growing:
            pass
        for one in growing:
            one.result()
    with transaction.atomic():
        log.lock_head()
        count = selectors.size()
        grow([projection.name for projection in chosen], count)
        _take_places(chosen)
    return [projection.name for projection in chosen], count


def grow(names: list[str], end: int) -> None:
    """Fold the events before `end` into the new tables of these projections, from where each of them stands."""
    projections = apart.named(names)
    reached = _reached(names)
    begin = min(reached.values())
    while begin < end:
        upto = min(begin + shadow.FOLD_EVENTS, end)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"set local search_path = {SCHEMA}, public")
            for batch in shadow.batches(shadow.kinds_of(projections), begin=begin, end=upto):
                for place in sorted(set(reached.values())):
                    behind = [one for one in projections if reached[one.name] == place]
                    shadow.fold(behind, batch if place <= begin else [one for one in batch if one.position >= place])
            cursor.execute(
                f"update {SCHEMA}.reached set position = %s where projection = any(%s) and position < %s",  # noqa: S608
                [upto, names, upto],
            )
            cursor.execute("set local search_path = public")
        begin = upto


def _chosen(name: str | None) -> list[Projection]:
    chosen = [projection for projection in ALL if name in (None, projection.name)]
    if not chosen:
        known = ", ".join(projection.name for projection in ALL)
        raise WrongStateError(f"there is no projection {name!r}; there are {known}")
    return chosen


def _make_tables(projections: Sequence[Projection]) -> None:
    """Tables to grow in; those of an earlier rebuild are kept if the same code would fold into them."""
    with connection.cursor() as cursor:
        cursor.execute(PROGRESS_SQL)
        for projection in projections:
            cursor.execute(f"select code from {SCHEMA}.reached where projection = %s", [projection.name])  # noqa: S608
            code, kept = _code_of(projection), cursor.fetchone()
            if kept == (code,):
                continue
            for name in shadow.table_names([projection]):
                cursor.execute(f"drop table if exists {SCHEMA}.{name}")
                cursor.execute(f"create unlogged table {SCHEMA}.{name} (like public.{name} including all)")
                shadow.drop_indexes(f"{SCHEMA}.{name}", projection)
            cursor.execute(
                f"insert into {SCHEMA}.reached (projection, position, code) values (%s, 0, %s)"  # noqa: S608
                " on conflict (projection) do update set position = 0, code = excluded.code",
                [projection.name, code],
            )


def _code_of(projection: Projection) -> str:
    """What the rows depend on: the folds, the events they read, and the columns they write."""
    sources = [inspect.getsource(sys.modules[type(projection).__module__])]
    sources += [inspect.getsource(sys.modules[module]) for module in sorted({k.__module__ for k in projection.folded})]
    sources += [f"{field.column} {field.db_type(connection)}" for t in projection.tables for field in t._meta.fields]
    return hashlib.sha256("\n".join(sources).encode()).hexdigest()


def _reached(names: Sequence[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(f"select projection, position from {SCHEMA}.reached where projection = any(%s)", [list(names)])  # noqa: S608
        return dict(cursor.fetchall())


def _take_places(projections: Sequence[Projection]) -> None:
    """Put the new rows where they differ from the old ones, and take the new tables away."""
    with connection.cursor() as cursor:
        cursor.execute("set local work_mem = '128MB'")
        for projection in projections:
            for table in projection.tables:
                name = connection.ops.quote_name(table._meta.db_table)
                old, new, key = f"public.{name}", f"{SCHEMA}.{name}", _key_of(table)
                if same_rows(old, new):
                    cursor.execute(f"drop table {new}")
                    continue
                # Names of our own tables and columns only: nothing comes from outside.
                gone = f"select {key} from (select * from {old} except all select * from {new}) as gone"  # noqa: S608
                cursor.execute(f"delete from {old} where ({key}) in ({gone})")  # noqa: S608
                cursor.execute(f"insert into {old} select * from {new} except all select * from {old}")  # noqa: S608
                cursor.execute(f"drop table {new}")
        names = [projection.name for projection in projections]
        cursor.execute(f"delete from {SCHEMA}.reached where projection = any(%s)", [names])  # noqa: S608


def _key_of(table: type[models.Model]) -> str:
    """The columns of its primary key."""
    pk = table._meta.pk
    assert pk is not None, table
    fields = getattr(pk, "fields", None) or [pk]
    return ", ".join(f'"{field.column}"' for field in fields)
