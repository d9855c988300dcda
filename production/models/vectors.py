"""How recordings sound, as vectors: near neighbours are found by an index of pgvector."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from production.models.elements import Version

DIMENSIONS = 32


class VectorField(models.Field):
    """`vector(32)` of pgvector: a tuple of floats here, text on the wire."""

    def db_type(self, connection: Any) -> str:
        """The column's type."""
        return f"vector({DIMENSIONS})"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> tuple[float, ...] | None:
        """Text to numbers."""
        return None if value is None else tuple(float(one) for one in str(value).strip("[]").split(","))

    def get_prep_value(self, value: Any) -> Any:
        """Numbers to text."""
        if value is None or isinstance(value, str):
            return value
        return "[" + ",".join(repr(float(one)) for one in value) + "]"


class SoundPrint(models.Model):
    """What a version sounds like; only prints of one `model` (the hash of its weights) compare."""

    version = models.OneToOneField(Version, on_delete=models.CASCADE, primary_key=True, related_name="sound_print")
    model = models.CharField(max_length=40)
    vector = VectorField()

    objects: ClassVar[models.Manager[SoundPrint]]

    def __str__(self) -> str:
        return f"sound of {self.version_id}"
