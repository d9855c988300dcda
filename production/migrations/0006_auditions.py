"""What is heard of a process before it is applied is called an audition: a trial is a subscription's."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Rows stay; the table, its indexes and the way back from a version take the new name."""

    dependencies: ClassVar = [("production", "0005_note_keys")]

    operations: ClassVar = [
        migrations.RenameModel(old_name="Trial", new_name="Audition"),
        migrations.RenameIndex(model_name="audition", old_name="trial_owner_state", new_name="audition_owner_state"),
        migrations.RenameIndex(model_name="audition", old_name="trial_age", new_name="audition_age"),
        migrations.AlterField(
            model_name="audition",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="auditions", to="production.version"
            ),
        ),
    ]
