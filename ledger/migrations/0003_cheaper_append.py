"""The same promises at less cost: entries are checked a statement at a time, and keys have one index."""

from django.db import migrations

# All entries of a statement in one query: those that balance (the site writes each whole) need nothing more. One that
# does not yet may still be completed in this transaction: its position is put down, and checked again at commit.
# The tables are named with their schema: a temporary one of the same name does not come in between.
CHECK_SQL = """
    create function ledger_check_entries() returns trigger language plpgsql set enable_seqscan = off as $$
    begin
        insert into public.ledger_unbalanced_entry (position)
        select a.position from (select distinct position from added) as a
         where exists (select 1 from public.ledger_posting p where p.position = a.position
                        group by p.currency having sum(p.amount_micro) <> 0);
        return null;
    end $$;

    create trigger entries_balance after insert on ledger_posting
    referencing new table as added for each statement execute function ledger_check_entries();

    alter table ledger_posting enable always trigger entries_balance;
"""

# The table is empty outside a transaction. A row removed before the commit is checked all the same.
LATER_SQL = """
    create table ledger_unbalanced_entry (position bigint not null);

    create or replace function ledger_entry_balances() returns trigger language plpgsql as $$
    begin
        if exists (select 1 from public.ledger_posting p where p.position = new.position
                    group by p.currency having sum(p.amount_micro) <> 0) then
            raise exception 'the journal entry at position % does not balance', new.position
                using errcode = 'integrity_constraint_violation';
        end if;
        delete from public.ledger_unbalanced_entry where position = new.position;
        return null;
    end $$;

    drop trigger entry_balances on ledger_posting;

    create constraint trigger entry_balances after insert on ledger_unbalanced_entry
    deferrable initially deferred for each row execute function ledger_entry_balances();

    alter table ledger_unbalanced_entry enable always trigger entry_balances;
"""

BACK_SQL = """
    drop trigger entries_balance on ledger_posting;
    drop function ledger_check_entries;
    drop table ledger_unbalanced_entry;

    create or replace function ledger_entry_balances() returns trigger language plpgsql as $$
    begin
        if exists (select 1 from public.ledger_posting p where p.position = new.position
                    group by p.currency having sum(p.amount_micro) <> 0) then
            raise exception 'the journal entry at position % does not balance', new.position
                using errcode = 'integrity_constraint_violation';
        end if;
        return null;
    end $$;

    create constraint trigger entry_balances after insert on ledger_posting
    deferrable initially deferred for each row execute function ledger_entry_balances();

    alter table ledger_posting enable always trigger entry_balances;
"""

# Django gives each text key a second index for LIKE; nobody searches these by their beginning.
KEYS_SQL = """
    drop index if exists ledger_command_key_5f6fd079_like;
    drop index if exists ledger_revenue_line_revenue_id_fc4af9ca_like;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_append_only")]

    operations = [
        migrations.RunSQL(LATER_SQL, migrations.RunSQL.noop),
        migrations.RunSQL(CHECK_SQL, BACK_SQL),
        migrations.RunSQL(KEYS_SQL, migrations.RunSQL.noop),
    ]
