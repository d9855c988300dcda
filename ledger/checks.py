"""What must hold before the ledger is used, told by `manage.py check --database default`."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from ledger.models.append_only import APPEND_ONLY_TABLES

UNGUARDED_SQL = """
    select t.name
      from unnest(%s::text[]) as t(name)
     where (select count(*)
              from pg_trigger g
             where g.tgrelid = to_regclass(t.name)
               and g.tgenabled = 'A'
               and g.tgname in ('append_only_row', 'append_only_table')) <> 2
       and to_regclass(t.name) is not null
     order by 1
"""


@register(Tags.database)
def append_only_tables_are_guarded(*, databases: Any = None, **_: Any) -> list[CheckMessage]:
    """Each table of facts has both triggers, enabled always."""
    if not databases or "default" not in databases:
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute(UNGUARDED_SQL, [list(APPEND_ONLY_TABLES)])
        return [
            Error(f"{table} can be changed: its append-only triggers are missing or disabled", id="ledger.E001")
            for (table,) in cursor.fetchall()
        ]
