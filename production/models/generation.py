"""What a model proposed and nobody has kept yet."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db import models

from ledger.domain.ids import uuid7
from production.models.elements import Element, hash_check


class Proposal(models.Model):
    """One variant that a generation job made; keeping it makes an element.

    input : the element it was made from, none where a progression was typed (`given`)
    parameters : the call's arguments: capability, values, count, and `given` where there is no element
    preview_hash : of its sound, empty until that is rendered
    inputs : of sound, what it was made of: {element_id, content_hash, part: sound or reference, excerpt}, in order
    setting_hash : of sound, the document that makes it; before_hash : of what it is compared with
    sound : of sound, what is drawn and said of it; examined : empty until it was looked at closely
    base_hash : of the setting that a person changed, if this is what became of it; page_id : the request on whose page
        it stands then
    likeness : passages that stand elsewhere, as `production.selectors.likeness` finds them; null until it was looked
    chords : [onset in quarter notes, symbol]; remarks : sentences on what was done and why
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    job_id = models.UUIDField()
    variant = models.PositiveSmallIntegerField()
    owner_id = models.UUIDField()
    capability = models.CharField(max_length=40, default="harmony")
    input = models.ForeignKey(Element, on_delete=models.CASCADE, related_name="proposals", null=True)
    input_hash = models.CharField(max_length=64)
    model = models.CharField(max_length=80)
    weights_hash = models.CharField(max_length=64)
    seed = models.BigIntegerField()
    parameters = models.JSONField(default=dict)
    runtime = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64, db_index=True)
    preview_hash = models.CharField(max_length=64, blank=True)
    roll_hash = models.CharField(max_length=64, blank=True)
    inputs = models.JSONField(default=list)
    setting_hash = models.CharField(max_length=64, blank=True)
    before_hash = models.CharField(max_length=64, blank=True)
    sound = models.JSONField(default=dict)
    base_hash = models.CharField(max_length=64, blank=True)
    page_id = models.UUIDField(null=True, db_index=True)
    examined = models.JSONField(default=dict)
    chords = models.JSONField(default=list)
    remarks = models.JSONField(default=list)
    likeness = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Proposal]]
    input_id: UUID | None

    class Meta:
        """A job makes each variant once."""

        ordering: ClassVar = ["job_id", "variant"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job_id", "variant"], name="proposal_variant_once"),
            hash_check("content_hash", name="proposal_hash_is_sha256"),
        ]

    def __str__(self) -> str:
        return f"variant {self.variant} of {self.job_id}"
