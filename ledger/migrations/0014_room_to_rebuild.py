"""A schema of the site's role, in which projections are folded again while the living ones serve."""

from django.conf import settings
from django.db import migrations


def make_room(apps, schema_editor):
    """The site's role makes tables there, and nowhere else."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute("create schema if not exists ledger_rebuild")
        site = settings.DATABASE_SITE_ROLE
        cursor.execute("select current_user")
        (owner,) = cursor.fetchone()
        if site and site != owner:
            cursor.execute(f"grant usage, create on schema ledger_rebuild to {connection.ops.quote_name(site)}")


def take_room(apps, schema_editor):
    """Whatever was being rebuilt is given up."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("drop schema if exists ledger_rebuild cascade")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0013_payout_transfer")]

    operations = [migrations.RunPython(make_room, take_room)]
