"""What was held and signed before lots and ends of contracts were kept: as a rebuild from the log would write it."""

from django.db import migrations

# A reserve came back whole with the next statement of its payee.
LOTS_SQL = """
    insert into ledger_reserve_lot
           (statement_id, party_id, currency, held_micro, releases_micro, parts, released, position)
    select s.statement_id, s.party_id, s.currency, s.reserve_held_micro, jsonb_build_array(s.reserve_held_micro), 1,
           case when exists (select 1 from ledger_statement l
                              where l.party_id = s.party_id and l.currency = s.currency and l.position > s.position)
                then 1 else 0 end,
           s.position
      from ledger_statement s where s.reserve_held_micro > 0
"""
ENDS_SQL = """
    update ledger_contract c set ended_position = later.position
      from (select contract_id, lead(position) over (partition by party_id, element_id order by position) as position
              from ledger_contract) later
     where later.contract_id = c.contract_id and later.position is not null
"""


class Migration(migrations.Migration):
    """Rows of projections only."""

    dependencies = [("ledger", "0008_contracts")]
    operations = [
        migrations.RunSQL(LOTS_SQL, "delete from ledger_reserve_lot"),
        migrations.RunSQL(ENDS_SQL, "update ledger_contract set ended_position = null"),
    ]
