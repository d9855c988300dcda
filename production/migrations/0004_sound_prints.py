"""Vectors of recordings, and the index that finds the nearest."""

import django.db.models.deletion
from django.db import migrations, models

import production.models.vectors


class Migration(migrations.Migration):
    dependencies = [("production", "0003_kept_notes")]

    operations = [
        migrations.RunSQL("create extension if not exists vector", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="SoundPrint",
            fields=[
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="sound_print",
                        serialize=False,
                        to="production.version",
                    ),
                ),
                ("model", models.CharField(max_length=40)),
                ("vector", production.models.vectors.VectorField()),
            ],
        ),
        migrations.RunSQL(
            "create index sound_print_nearest on production_soundprint using hnsw (vector vector_cosine_ops)",
            "drop index sound_print_nearest",
        ),
    ]
