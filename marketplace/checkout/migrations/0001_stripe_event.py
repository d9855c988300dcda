from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="StripeEvent",
            fields=[
                ("id", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("type", models.CharField(max_length=255)),
                ("payload", models.JSONField()),
                (
                    "body_hash",
                    models.CharField(
                        help_text="SHA-256 of the event's own fields, without delivery counters", max_length=64
                    ),
                ),
                ("received_at", models.DateTimeField(auto_now_add=True)),
                (
                    "handled_at",
                    models.DateTimeField(help_text="null: nobody handles this type, or it failed", null=True),
                ),
                ("error", models.TextField(blank=True)),
            ],
            options={"indexes": [models.Index(fields=["type", "-received_at"], name="checkout_stripe_event_type")]},
        ),
    ]
