"""What was signed for a version: a copy of its file with a manifest inside, or a manifest beside it."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db import models

from ledger.domain.ids import uuid7
from production.models.elements import Version, hash_check


class Mark(models.Model):
    """The content credentials of one form of a version, as one set of facts makes them, by one signer.

    form : original, midi or musicxml; content_hash : of its bytes without any manifest, which are never changed
    facts : what the manifest says; facts_hash : their hash; signer : the SHA-256 of the signer's certificate
    embedded : the manifest goes into a copy of the file, else beside it
    kept_hash : the blob of that copy or of that manifest, empty until it is made
    said : what the file said when it was read back; refusal : why there is none
    """

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting"
        MADE = "made"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="marks")
    form = models.CharField(max_length=16)
    content_hash = models.CharField(max_length=64)
    facts = models.JSONField()
    facts_hash = models.CharField(max_length=64)
    signer = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    embedded = models.BooleanField()
    kept_hash = models.CharField(max_length=64, blank=True, db_index=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    said = models.JSONField(default=dict)
    refusal = models.CharField(max_length=400, blank=True)
    asked_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Mark]]
    version_id: UUID

    class Meta:
        """The same bytes with the same facts are signed once."""

        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["content_hash", "facts_hash", "signer"], name="mark_once"),
            hash_check("content_hash", name="mark_hash_is_sha256"),
        ]
        indexes: ClassVar = [models.Index(fields=["version", "form", "-id"], name="mark_version_form")]

    def __str__(self) -> str:
        return f"credentials of {self.version_id} ({self.form}, {self.state})"
