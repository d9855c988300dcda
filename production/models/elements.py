"""Elements, their versions, and what is drawn and rendered of each version."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from ledger.domain.ids import uuid7
from production import limits


class ElementKind(models.TextChoices):
    """The six kinds that are made and sold."""

    MIDI = "midi", "MIDI"
    PROGRESSION = "progression", "chord progression"
    MELODY = "melody", "melody"
    WAVE = "wave", "recording"
    SOUND = "sound", "sound"
    MIX_SETTING = "mix_setting", "mix setting"


def hash_check(field: str, *, name: str) -> models.CheckConstraint:
    """The column holds a SHA-256 in lower-case hex."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__regex": r"^[0-9a-f]{64}$"}), name=name)


class Element(models.Model):
    """The smallest thing made and sold. Its words may change; its versions never do."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=16, choices=ElementKind.choices)
    title = models.CharField(max_length=limits.TITLE_CHARACTERS_MAX)
    creator_id = models.UUIDField()
    created_at = models.DateTimeField(auto_now_add=True)
    tags = ArrayField(models.CharField(max_length=limits.TAG_CHARACTERS_MAX), default=list, blank=True)
    description = models.TextField(max_length=limits.DESCRIPTION_CHARACTERS_MAX, blank=True)

    objects: ClassVar[models.Manager[Element]]

    class Meta:
        """The description's limit holds in the database too."""

        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["creator_id", "-id"], name="element_creator"),
            models.Index(fields=["kind", "-id"], name="element_kind"),
            GinIndex(fields=["tags"], name="element_tags"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind__in=ElementKind.values),
                name="element_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.kind})"


class Version(models.Model):
    """One immutable state of an element, named by the hash of its bytes; `description` is what the engine found."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    element = models.ForeignKey(Element, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64, db_index=True)
    media_type = models.CharField(max_length=80)
    size_bytes = models.PositiveBigIntegerField()
    description = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Version]]
    element_id: UUID
    contributors: Any  # managers of the reverse side, which only a plugin could type
    renditions: Any

    class Meta:
        """Versions count from 1 without holes, within their element."""

        ordering: ClassVar = ["element_id", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["element", "number"], name="version_number_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="version_number_from_one"),
            hash_check("content_hash", name="version_hash_is_sha256"),
        ]

    def __str__(self) -> str:
        return f"{self.element_id} v{self.number}"


class VersionContributor(models.Model):
    """A party that took part in making a version, and as what."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="contributors")
    party_id = models.UUIDField(db_index=True)
    role = models.CharField(max_length=20)

    objects: ClassVar[models.Manager[VersionContributor]]

    class Meta:
        """A party may hold several roles, each once."""

        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "party_id", "role"], name="contributor_role_once"),
        ]

    def __str__(self) -> str:
        return f"{self.party_id} as {self.role}"


class Rendition(models.Model):
    """Something made of a version: heard, drawn, or in another form. It can always be made again."""

    class Purpose(models.TextChoices):
        """`preview_audio`, `picture` and `peaks` are for everybody, the others need a licence."""

        PREVIEW_AUDIO = "preview_audio"
        PICTURE = "picture"
        PEAKS = "peaks"
        ROLL = "roll"
        MUSICXML = "musicxml"
        MIDI = "midi"

    PUBLIC: ClassVar = frozenset({Purpose.PREVIEW_AUDIO, Purpose.PICTURE, Purpose.PEAKS})

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="renditions")
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    content_hash = models.CharField(max_length=64, db_index=True)
    media_type = models.CharField(max_length=80)
    size_bytes = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Rendition]]
    version_id: UUID

    class Meta:
        """One of a purpose for a version."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "purpose"], name="rendition_purpose_once"),
            hash_check("content_hash", name="rendition_hash_is_sha256"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} of {self.version_id}"


class Fingerprint(models.Model):
    """Hashes of small pieces of a version, sorted and without repeats: two versions alike share many.

    Only hashes of one `kind` (notes, audio, ...) can be compared.
    """

    version = models.OneToOneField(Version, on_delete=models.CASCADE, primary_key=True, related_name="fingerprint")
    kind = models.CharField(max_length=16)
    hashes = ArrayField(models.BigIntegerField())

    objects: ClassVar[models.Manager[Fingerprint]]

    class Meta:
        """The inverted index makes "who shares any of these" quick."""

        indexes: ClassVar = [GinIndex(fields=["hashes"], name="fingerprint_hashes")]

    def __str__(self) -> str:
        return f"fingerprint of {self.version_id}"
