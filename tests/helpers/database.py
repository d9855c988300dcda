"""The test database seen from both roles."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg
from django.conf import settings
from django.db import connection

from marketplace.config import environment

# Rows that migrations put in, and Django's own bookkeeping: emptying leaves them.
KEPT_TABLES = ("django_migrations", "django_content_type", "auth_permission", "auth_group", "auth_group_permissions")


def use_name(name: str) -> None:
    """Call the test database so."""
    connection.settings_dict.setdefault("TEST", {})["NAME"] = name


@contextlib.contextmanager
def as_owner() -> Iterator[None]:
    """Django's connection belongs to the owner's role within the block."""
    owner = environment.database(settings.OWNER_DATABASE_URL)
    site = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update({name: owner[name] for name in ("USER", "PASSWORD")})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(site)


def owner_connection(*, autocommit: bool = True) -> psycopg.Connection[tuple[object, ...]]:
    """A plain connection of the owner's role to the test database."""
    owner = environment.database(settings.OWNER_DATABASE_URL)
    return psycopg.connect(
        dbname=connection.settings_dict["NAME"],
        user=str(owner["USER"]) or None,
        password=str(owner["PASSWORD"]) or None,
        host=str(owner["HOST"]) or None,
        port=str(owner["PORT"]) or None,
        autocommit=autocommit,
    )


@contextlib.contextmanager
def unguarded(*tables: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection of the owner's with the append-only triggers of these tables off: how one tampers."""
    with owner_connection() as owner:
        for table in tables:
            owner.execute(f"alter table {table} disable trigger user")
        try:
            yield owner
        finally:
            for table in tables:
                for (trigger,) in owner.execute(
                    "select tgname from pg_trigger where tgrelid = %s::regclass and not tgisinternal", [table]
                ).fetchall():
                    owner.execute(f"alter table {table} enable always trigger {trigger}")


def empty() -> None:
    """Empty every table, facts included, as the owner."""
    from ledger.models.append_only import APPEND_ONLY_TABLES

    with unguarded(*APPEND_ONLY_TABLES) as owner:
        rows = owner.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        names = [str(name) for (name,) in rows if name not in KEPT_TABLES]
        # Truncating makes a new file for each table: only those that hold something are worth it.
        ask = " union all ".join(f"select '{name}' where exists (select from \"{name}\")" for name in names)
        full = ", ".join(f'"{name}"' for (name,) in owner.execute(ask).fetchall())
        if full:
            owner.execute(f"truncate {full} restart identity cascade")
