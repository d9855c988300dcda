"""What the money side keeps that is no fact: how a label's papers look, the papers themselves, rates of exchange.

All of it may change or be forgotten; the ledger holds the hashes.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ledger.domain.ids import uuid7


class LabelBrand(models.Model):
    """How a label signs the statements of its payees; without a row it is the platform that signs."""

    label_id = models.UUIDField(primary_key=True, help_text="party")
    name = models.CharField(max_length=80)
    address = models.CharField(max_length=200, blank=True)
    footer = models.CharField(max_length=300, blank=True)
    colour = models.CharField(max_length=7, default="#9b2d1f", help_text="#rrggbb, dark enough for white paper")
    logo = models.BinaryField(null=True, help_text="PNG, made anew from what was uploaded")
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name


class StatementFile(models.Model):
    """The very bytes a statement was handed out as. They name people, so they can be deleted; their hash is a fact."""

    hash = models.CharField(max_length=64, primary_key=True)
    statement_id = models.UUIDField(db_index=True)
    media_type = models.CharField(max_length=32)
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.media_type} of {self.statement_id}"


class FxRate(models.Model):
    """What one unit of `base` was worth in `quote` on a day, as its source wrote it. For display, never for money."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    date = models.DateField()
    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    rate = models.CharField(max_length=24, help_text="exact decimal, as written by the source")
    source = models.CharField(max_length=40)
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "date", "base", "quote"], name="dashboards_rate_once")
        ]
        indexes: ClassVar = [models.Index(fields=["base", "quote", "-date"], name="dashboards_rate_newest")]

    def __str__(self) -> str:
        return f"{self.base}/{self.quote} {self.rate} ({self.source}, {self.date})"


class DisplayCurrency(models.Model):
    """In which currency a person likes to read totals beside the true ones."""

    party_id = models.UUIDField(primary_key=True)
    currency = models.CharField(max_length=3)

    def __str__(self) -> str:
        return self.currency
