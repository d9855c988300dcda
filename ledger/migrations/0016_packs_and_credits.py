from django.db import migrations, models

# What folding the log would give: nobody could correct a credit yet.
FILL_SQL = """
    insert into ledger_credit (element_id, party_id, role, standing, place, position, changed_position)
    select distinct on (v.element_id, (c.value ->> 'party_id')::uuid, c.value ->> 'role')
           v.element_id, (c.value ->> 'party_id')::uuid, c.value ->> 'role', true, c.number - 1, v.position, v.position
      from ledger_element_version v
     cross join lateral jsonb_array_elements(v.contributors) with ordinality c(value, number)
     order by v.element_id, (c.value ->> 'party_id')::uuid, c.value ->> 'role', v.position, c.number
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0015_processings"),
    ]

    operations = [
        migrations.CreateModel(
            name="Credit",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "element_id", "party_id", "role", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("element_id", models.UUIDField()),
                ("party_id", models.UUIDField(db_index=True)),
                ("role", models.TextField()),
                ("standing", models.BooleanField(default=True)),
                ("place", models.IntegerField()),
                ("position", models.BigIntegerField()),
                ("changed_position", models.BigIntegerField()),
            ],
            options={
                "db_table": "ledger_credit",
            },
        ),
        migrations.CreateModel(
            name="RoleProposal",
            fields=[
                ("proposal_id", models.UUIDField(primary_key=True, serialize=False)),
                ("element_id", models.UUIDField(db_index=True)),
                ("proposer_id", models.UUIDField()),
                ("added", models.JSONField()),
                ("removed", models.JSONField()),
                ("needs", models.JSONField(help_text="parties whose yes it needs")),
                ("accepted", models.JSONField(default=list)),
                ("state", models.TextField()),
                ("position", models.BigIntegerField()),
                ("ended_position", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "ledger_role_proposal",
            },
        ),
        migrations.AddField(
            model_name="orderlinerow",
            name="pack_id",
            field=models.UUIDField(null=True),
        ),
        migrations.RunSQL(FILL_SQL, migrations.RunSQL.noop),
    ]
