"""The MIDI store: notes, chord progressions and melodies, as MIDI or MusicXML (row M1)."""

from __future__ import annotations

from django.db.models import QuerySet

from production.models import Version
from production.stores._store import Store

STORE = Store(name="midi", kinds=("midi", "progression", "melody"), media=("midi", "musicxml", "mxl", "progression"))


def in_key(key: str) -> QuerySet[Version]:
    """Current versions in this key, as the engine spells it: `C major`, `F# minor`."""
    return STORE.current().filter(description__key=key)


def between_tempos(bpm_min: float, bpm_max: float) -> QuerySet[Version]:
    """Current versions from `bpm_min` to `bpm_max` quarter notes a minute, both included."""
    return STORE.current().filter(description__tempo_bpm__gte=bpm_min, description__tempo_bpm__lte=bpm_max)
