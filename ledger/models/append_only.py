"""SQL that makes a table append-only, and that gives the site's role what it needs and no more."""

from __future__ import annotations

APPEND_ONLY_TABLES = (
    "ledger_event",
    "ledger_command",
    "ledger_posting",
    "ledger_tree_head",
    "ledger_tile",
    "ledger_document",
)
"""Tables whose rows are facts: inserted once, never changed or removed."""

REFUSE_SQL = """
    create or replace function ledger_refuse_change() returns trigger language plpgsql as $$
    begin
        raise exception '% is append-only: % refused', tg_table_name, lower(tg_op)
            using errcode = 'insufficient_privilege';
    end $$
"""


def guard_sql(table: str) -> list[str]:
    """Triggers that refuse UPDATE, DELETE and TRUNCATE for every role.

    ENABLE ALWAYS: otherwise `session_replication_role = replica` would skip them.
    """
    return [
        f"create trigger append_only_row before update or delete on {table} "
        "for each row execute function ledger_refuse_change()",
        f"create trigger append_only_table before truncate on {table} "
        "for each statement execute function ledger_refuse_change()",
        f"alter table {table} enable always trigger append_only_row",
        f"alter table {table} enable always trigger append_only_table",
    ]


def unguard_sql(table: str) -> list[str]:
    """The inverse of `guard_sql`, for a migration that is taken back."""
    return [f"drop trigger append_only_table on {table}", f"drop trigger append_only_row on {table}"]


def grant_sql(quoted_role: str) -> list[str]:
    """The site's role may use every table of the schema, those made later by the same owner included."""
    return [
        f"grant usage on schema public to {quoted_role}",
        f"grant select, insert, update, delete on all tables in schema public to {quoted_role}",
        f"grant usage, select, update on all sequences in schema public to {quoted_role}",
        f"alter default privileges in schema public grant select, insert, update, delete on tables to {quoted_role}",
        f"alter default privileges in schema public grant usage, select, update on sequences to {quoted_role}",
    ]


def revoke_sql(table: str, quoted_role: str) -> str:
    """Facts: the site's role may read and insert, nothing else."""
    return f"revoke update, delete, truncate, references, trigger on {table} from {quoted_role}"
