"""Packs as the shop shows them; who agreed to what, and at which price, is in the ledger."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from ledger.domain.ids import uuid7


class Pack(models.Model):
    """What is on sale: the newest revision that every owner agreed to."""

    class Status(models.TextChoices):
        """Where a pack stands."""

        WAITING = "waiting", "waiting for its owners"
        ON_SALE = "on_sale", "on sale"
        WITHDRAWN = "withdrawn", "withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    seller_id = models.UUIDField(db_index=True, help_text="party of whoever put it together")
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, max_length=2000)
    licence_kind = models.CharField(max_length=16)
    status = models.CharField(max_length=16, choices=Status, default=Status.WAITING)
    revision = models.PositiveIntegerField(default=0, help_text="0: none is in force yet")
    cover_svg = models.TextField(blank=True)
    search = SearchVectorField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    first_listed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            GinIndex(fields=["search"], name="packs_pack_search"),
            models.Index(fields=["status", "-first_listed_at"], name="packs_pack_new"),
        ]

    def __str__(self) -> str:
        return self.title


class PackMember(models.Model):
    """One element of a pack, in its place."""

    pack = models.ForeignKey(Pack, on_delete=models.CASCADE, related_name="members")
    place = models.PositiveSmallIntegerField()
    element_id = models.UUIDField(db_index=True)
    owner_id = models.UUIDField(db_index=True, help_text="party of who sells the element")

    class Meta:
        ordering: ClassVar = ["place"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["pack", "element_id"], name="packs_member_once")]

    def __str__(self) -> str:
        return f"{self.element_id} in {self.pack_id}"


class PackPrice(models.Model):
    """What a pack costs in one currency."""

    pack = models.ForeignKey(Pack, on_delete=models.CASCADE, related_name="prices")
    currency = models.CharField(max_length=3)
    price_minor = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["currency"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pack", "currency"], name="packs_price_once"),
            models.CheckConstraint(condition=models.Q(price_minor__gt=0), name="packs_price_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.price_minor} {self.currency}"


class PackProposal(models.Model):
    """A revision of a pack that waits for its owners; one that took effect stays as its record."""

    pack = models.ForeignKey(Pack, on_delete=models.CASCADE, related_name="proposals")
    revision = models.PositiveIntegerField()
    proposer_id = models.UUIDField()
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, max_length=2000)
    licence_kind = models.CharField(max_length=16)
    element_ids = ArrayField(models.UUIDField())
    prices = models.JSONField(help_text="currency -> price in minor units")
    owner_ids = ArrayField(models.UUIDField())
    agreed_ids = ArrayField(models.UUIDField(), default=list)
    state = models.CharField(max_length=16, default="open")  # open, in_force, refused, replaced, withdrawn
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pack", "revision"], name="packs_proposal_revision"),
            models.UniqueConstraint(fields=["pack"], condition=models.Q(state="open"), name="packs_proposal_one_open"),
        ]

    def __str__(self) -> str:
        return f"revision {self.revision} of {self.pack_id}"

    @property
    def waiting_for(self) -> list[object]:
        """The owners whose answer is missing."""
        return [one for one in self.owner_ids if one not in self.agreed_ids]
