"""What is offered: one entry an element, one listing a licence offered for it.

Entries repeat what searching and showing need (title, tempo, key ...), so that a page of results is one query.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from ledger.domain.ids import uuid7


class Entry(models.Model):
    """An element as the shop shows it."""

    element_id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=16)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, max_length=2000)
    seller_id = models.UUIDField(help_text="party of whoever publishes it")
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    tempo_bpm = models.FloatField(null=True)
    key = models.CharField(max_length=16, blank=True)
    duration_s = models.FloatField(null=True)
    content_hash = models.CharField(max_length=64)
    generated = models.BooleanField(default=False, help_text="a model made it, or had a hand in it")
    assisted = models.BooleanField(default=False, help_text="people went on from what a model made, or built with it")
    upstream_ppm = models.PositiveIntegerField(default=100_000, help_text="what a derivation sends back")
    cover_svg = models.TextField(blank=True)
    preview_url = models.TextField(blank=True, help_text="empty until a worker has rendered it")
    peaks = models.JSONField(default=list, help_text="heights 0..1 of the small waveform")
    search = SearchVectorField(null=True)
    first_listed_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar = [
            GinIndex(fields=["search"], name="catalogue_entry_search"),
            GinIndex(fields=["tags"], name="catalogue_entry_tags"),
            GinIndex(fields=["title"], name="catalogue_entry_title_trgm", opclasses=["gin_trgm_ops"]),
            models.Index(fields=["kind", "-first_listed_at"], name="catalogue_entry_kind_new"),
            models.Index(fields=["-first_listed_at"], name="catalogue_entry_new"),
        ]

    def __str__(self) -> str:
        return self.title


class Listing(models.Model):
    """An offer: one licence kind for one entry at one price."""

    class Status(models.TextChoices):
        """Where an offer stands."""

        WAITING = "waiting", "waiting for answers to the split"
        ON_SALE = "on_sale", "on sale"
        SOLD = "sold", "sold exclusively"
        WITHDRAWN = "withdrawn", "withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="listings")
    licence_kind = models.CharField(max_length=16)
    terms_hash = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    price_minor = models.BigIntegerField()
    status = models.CharField(max_length=16, choices=Status, default=Status.WAITING)
    reserved_order_id = models.UUIDField(null=True, help_text="an exclusive offer is held for this order")
    reserved_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(price_minor__gte=0), name="catalogue_listing_price"),
            models.UniqueConstraint(
                fields=["entry", "licence_kind", "currency"],
                condition=models.Q(status__in=["waiting", "on_sale"]),
                name="catalogue_listing_one_open",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["status", "price_minor"], name="catalogue_listing_status")]

    def __str__(self) -> str:
        return f"{self.entry} ({self.licence_kind})"
