"""Uploads: bytes on their way in."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ledger.domain.ids import uuid7
from production import limits


class Upload(models.Model):
    """A file that arrives in chunks and can be resumed: the first `offset` of its `size` bytes are safe on disk.

    What the uploader says of the element (title, tags, contributors, parents) waits in `wishes`: free text never
    enters the ledger. A refused upload keeps its words for a day, so that its owner can read them, but no bytes.
    """

    class State(models.TextChoices):
        """How far it is."""

        OPEN = "open"
        COMPLETE = "complete"
        IMPORTED = "imported"
        REFUSED = "refused"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner_id = models.UUIDField()
    name = models.CharField(max_length=limits.NAME_BYTES_MAX)
    size = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    wishes = models.JSONField(default=dict)
    job_id = models.UUIDField(null=True, blank=True, unique=True)
    element_id = models.UUIDField(null=True, blank=True)
    refusal = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager[Upload]]

    class Meta:
        """Never more bytes than were announced."""

        indexes: ClassVar = [models.Index(fields=["owner_id", "state"], name="upload_owner_state")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(offset__lte=models.F("size")), name="upload_offset_in_size"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.offset}/{self.size})"
