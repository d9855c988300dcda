"""What is auditioned on the workbench and not kept yet: a section heard before and after, notes under review."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db import models

from ledger.domain.ids import uuid7
from production.models.elements import Version


class Audition(models.Model):
    """A process auditioned on a section of a version; `files` names blobs (before, after, residual) by their hash."""

    class State(models.TextChoices):
        """How far it is."""

        OPEN = "open"
        DONE = "done"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner_id = models.UUIDField()
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="auditions")
    process = models.CharField(max_length=40)
    parameters = models.JSONField(default=dict)
    start_s = models.FloatField()
    seconds = models.FloatField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    files = models.JSONField(default=dict)
    figures = models.JSONField(default=dict)
    refusal = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Audition]]
    version_id: UUID

    class Meta:
        """Found by who waits for it."""

        indexes: ClassVar = [
            models.Index(fields=["owner_id", "state"], name="audition_owner_state"),
            models.Index(fields=["created_at"], name="audition_age"),
        ]

    def __str__(self) -> str:
        return f"{self.process} auditioned on {self.version_id}"


class Draft(models.Model):
    """Notes heard in a take, under review: what the engine heard stays, what the reviewer makes of it may change.

    heard : {tempo_bpm, key, chords, beats, weights, runtime, ...} and the notes as they were heard
    notes : as they stand now, [id, onset_s, duration_s, pitch_midi, velocity, confidence, part]
    revision : counts changes, so that two windows do not overwrite each other
    kept_hash : the blob of the notes that a job is to keep, empty before
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    job_id = models.UUIDField(unique=True)
    owner_id = models.UUIDField()
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="drafts")
    process = models.CharField(max_length=40)
    heard = models.JSONField(default=dict)
    notes = models.JSONField(default=list)
    revision = models.PositiveIntegerField(default=1)
    kept_hash = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager[Draft]]
    version_id: UUID

    class Meta:
        """Newest first for their owner."""

        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["owner_id", "-id"], name="draft_owner")]

    def __str__(self) -> str:
        return f"{self.process} of {self.version_id}"
