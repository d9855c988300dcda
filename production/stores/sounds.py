"""The sound store: instruments as soundfonts, and single sounds (row M3)."""

from __future__ import annotations

from django.db.models import QuerySet

from production.models import Version
from production.stores._store import Store

STORE = Store(name="sounds", kinds=("sound",), media=("sf2", "sf3", "wav", "aiff", "flac", "ogg", "mp3"))


def instruments() -> QuerySet[Version]:
    """Current sounds that can play notes: soundfonts."""
    return STORE.current().filter(media_type__in=("audio/x-sf2", "audio/x-sf3"))


def single_sounds() -> QuerySet[Version]:
    """Current sounds that are one recording each."""
    return STORE.current().exclude(media_type__in=("audio/x-sf2", "audio/x-sf3"))
