"""Facts are append-only, entries balance, and the site's role gets what it needs and no more."""

from django.conf import settings
from django.db import migrations

from ledger.models.append_only import APPEND_ONLY_TABLES, REFUSE_SQL, grant_sql, guard_sql, revoke_sql, unguard_sql

# One lock for all writers of the log. The head is read by a later statement of the same function: in READ COMMITTED
# each statement sees what was committed before it began, so the head is never older than the lock.
HEAD_SQL = """
    create or replace function ledger_lock_head(out head_position bigint, out head_at timestamptz)
    language plpgsql volatile as $$
    begin
        perform pg_advisory_xact_lock(76201, 1);
        select e.position, e.at into head_position, head_at from ledger_event e order by e.position desc limit 1;
        head_position := coalesce(head_position, -1);
        head_at := coalesce(head_at, timestamptz '1970-01-01 00:00:00+00');
    end $$
"""

BALANCED_SQL = """
    create or replace function ledger_entry_balances() returns trigger language plpgsql as $$
    begin
        if exists (select 1 from ledger_posting p where p.position = new.position
                    group by p.currency having sum(p.amount_micro) <> 0) then
            raise exception 'the journal entry at position % does not balance', new.position
                using errcode = 'integrity_constraint_violation';
        end if;
        return null;
    end $$
"""

BALANCED_TRIGGER_SQL = """
    create constraint trigger entry_balances after insert on ledger_posting
    deferrable initially deferred for each row execute function ledger_entry_balances()
"""


def protect(apps, schema_editor):
    """Functions, triggers and privileges."""
    site = settings.DATABASE_SITE_ROLE
    with schema_editor.connection.cursor() as cursor:
        for sql in (REFUSE_SQL, HEAD_SQL, BALANCED_SQL, BALANCED_TRIGGER_SQL):
            cursor.execute(sql)
        for table in APPEND_ONLY_TABLES:
            for sql in guard_sql(table):
                cursor.execute(sql)
        cursor.execute("alter table ledger_posting enable always trigger entry_balances")
        cursor.execute("select current_user")
        (owner,) = cursor.fetchone()
        # One role for both (a small set-up): the triggers are the whole guard, there is nothing to revoke.
        if site and site != owner:
            role = schema_editor.connection.ops.quote_name(site)
            for sql in grant_sql(role):
                cursor.execute(sql)
            for table in APPEND_ONLY_TABLES:
                cursor.execute(revoke_sql(table, role))


def unprotect(apps, schema_editor):
    """Take the triggers away again."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("drop trigger entry_balances on ledger_posting")
        for table in APPEND_ONLY_TABLES:
            for sql in unguard_sql(table):
                cursor.execute(sql)
        for function in ("ledger_entry_balances", "ledger_lock_head", "ledger_refuse_change"):
            cursor.execute(f"drop function {function}")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [migrations.RunPython(protect, unprotect)]
