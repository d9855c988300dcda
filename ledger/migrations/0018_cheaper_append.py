"""A writer may say where it thinks the log ends; and an entry written whole is checked without reading it again."""

from django.db import migrations

# The lock is held until the transaction ends, as by ledger_lock_head: what follows in the same message to the server
# needs no answer in between.
EXPECT_SQL = """
    create or replace function ledger_expect_head(expected_position bigint, expected_at timestamptz) returns void
    language plpgsql volatile as $$
    declare
        head record := ledger_lock_head();
    begin
        if (head.head_position, head.head_at) is distinct from (expected_position, expected_at) then
            raise exception 'the log does not end at position %', expected_position
                using errcode = 'serialization_failure';
        end if;
    end $$
"""

# What a statement adds to an entry sums to zero, or the whole entry is checked at commit: so every entry sums to zero,
# and those that the site writes, each whole, are never read again. The table is named with its schema: a temporary one
# of the same name does not come in between.
CHECK_SQL = """
    create or replace function ledger_check_entries() returns trigger language plpgsql as $$
    begin
        insert into public.ledger_unbalanced_entry (position)
        select distinct a.position from added as a group by a.position, a.currency having sum(a.amount_micro) <> 0;
        return null;
    end $$
"""

BACK_SQL = """
    create or replace function ledger_check_entries() returns trigger language plpgsql set enable_seqscan = off as $$
    begin
        insert into public.ledger_unbalanced_entry (position)
        select a.position from (select distinct position from added) as a
         where exists (select 1 from public.ledger_posting p where p.position = a.position
                        group by p.currency having sum(p.amount_micro) <> 0);
        return null;
    end $$
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0017_met_correction")]

    operations = [
        migrations.RunSQL(EXPECT_SQL, "drop function ledger_expect_head"),
        migrations.RunSQL(CHECK_SQL, BACK_SQL),
    ]
