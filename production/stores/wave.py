"""The wave store: recordings (row M2)."""

from __future__ import annotations

from django.db.models import QuerySet

from production.models import Version
from production.stores._store import Store

STORE = Store(name="wave", kinds=("wave",), media=("wav", "aiff", "flac", "ogg", "mp3"))


def between_seconds(seconds_min: float, seconds_max: float) -> QuerySet[Version]:
    """Current recordings that last from `seconds_min` to `seconds_max`, both included."""
    return STORE.current().filter(description__duration_s__gte=seconds_min, description__duration_s__lte=seconds_max)


def louder_than(loudness_lufs: float) -> QuerySet[Version]:
    """Current recordings with an integrated loudness (BS.1770) above this."""
    return STORE.current().filter(description__integrated_lufs__gt=loudness_lufs)
