"""What the notes of a version are known by, kept so that the database finds them again."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from production.models.elements import Version

NEWEST = models.Q(is_newest=True)


class NoteKeys(models.Model):
    """Search keys and statistics of one version's notes. They can always be found again from its bytes.

    steps : a letter for each step of the melody, semitones upwards without octaves: a is 0, l is 11
    onsets : where each note of the melody begins, in sixteenths; empty where that was not kept yet
    rhythm : a letter for how much longer each note's distance is than the one before, g is as long
    contour : u, d, r for each step; contour_grams : every eight of them in a row as a number to the base of three
    chords : a letter a chord, counted from the tonic (from C without one): a to l major, m to x minor
    """

    version = models.OneToOneField(Version, primary_key=True, on_delete=models.CASCADE, related_name="note_keys")
    element_id = models.UUIDField(db_index=True)
    is_newest = models.BooleanField(default=True)
    steps = models.TextField(blank=True)
    onsets = ArrayField(models.IntegerField(), default=list)
    rhythm = models.TextField(blank=True)
    contour = models.TextField(blank=True)
    contour_grams = ArrayField(models.IntegerField(), default=list)
    pitches = ArrayField(models.SmallIntegerField(), default=list)
    pitch_bars = ArrayField(models.IntegerField(), default=list)
    chords = models.TextField(blank=True)
    chord_bars = ArrayField(models.IntegerField(), default=list)
    tonic = models.SmallIntegerField(null=True)
    key = models.CharField(max_length=16, blank=True)
    statistics = models.JSONField(default=dict)

    objects: ClassVar[models.Manager[NoteKeys]]
    version_id: UUID

    class Meta:
        """Only newest versions are searched. Three letters in a row are a trigram of the index."""

        indexes: ClassVar = [
            GinIndex(fields=["steps"], opclasses=["gin_trgm_ops"], condition=NEWEST, name="note_keys_steps"),
            GinIndex(fields=["chords"], opclasses=["gin_trgm_ops"], condition=NEWEST, name="note_keys_chords"),
            GinIndex(fields=["rhythm"], opclasses=["gin_trgm_ops"], condition=NEWEST, name="note_keys_rhythm"),
            GinIndex(fields=["contour_grams"], condition=NEWEST, name="note_keys_contour"),
        ]

    def __str__(self) -> str:
        return f"notes of {self.version_id}"
