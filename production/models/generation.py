"""What a model proposed and nobody has kept yet."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db import models

from ledger.domain.ids import uuid7
from production.models.elements import Element, hash_check


class Proposal(models.Model):
    """One variant that a generation job made; keeping it makes an element."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    job_id = models.UUIDField()
    variant = models.PositiveSmallIntegerField()
    owner_id = models.UUIDField()
    input = models.ForeignKey(Element, on_delete=models.CASCADE, related_name="proposals")
    input_hash = models.CharField(max_length=64)
    model = models.CharField(max_length=80)
    weights_hash = models.CharField(max_length=64)
    seed = models.BigIntegerField()
    parameters = models.JSONField(default=dict)
    runtime = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64, db_index=True)
    preview_hash = models.CharField(max_length=64)
    roll_hash = models.CharField(max_length=64)
    examined = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Proposal]]
    input_id: UUID

    class Meta:
        """A job makes each variant once."""

        ordering: ClassVar = ["job_id", "variant"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job_id", "variant"], name="proposal_variant_once"),
            hash_check("content_hash", name="proposal_hash_is_sha256"),
        ]

    def __str__(self) -> str:
        return f"variant {self.variant} of {self.job_id}"
