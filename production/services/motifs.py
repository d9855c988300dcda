"""Keeping what the notes of a version are known by, for new versions and for those that have none yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q

from production.errors import ProductionError
from production.media import MEDIA
from production.models import NoteKeys, Version
from production.parsing.apart import Answer, run_apart
from production.parsing.report import Examined
from production.stores import content

log = structlog.get_logger()

GRAM_STEPS = 8
RHYTHM_NOTES_MIN = 3
NOTE_MEDIA = ("midi", "musicxml", "mxl", "progression")
FILLED_AT_ONCE = 200


def keep(version: Version, examined: Examined) -> None:
    """Write the keys of a version; those of earlier versions are no longer searched. Done twice, it changes nothing."""
    NoteKeys.objects.filter(element_id=version.element_id, version__number__lt=version.number).update(is_newest=False)
    if examined.motifs is None:
        return
    _write(version, examined.motifs, statistics=examined.statistics or {}, key=examined.facts.get("key") or "")


def keep_heard(version: Version, keys: Mapping[str, Any]) -> None:
    """What the engine heard in a recording: from now on it is found by its notes and chords, and shows its chords.

    keys : as `production.processes.hearing.keys_of` has them, with chords as roots, major or minor
    """
    _write(version, keys["motifs"], statistics=keys["statistics"], key=keys["key"])
    version.description = {**version.description, "chords": list(keys["chords"])}
    version.save(update_fields=["description"])


def _write(version: Version, found: Mapping[str, Any], *, statistics: Mapping[str, Any], key: str) -> None:
    newer = Version.objects.filter(element_id=version.element_id, number__gt=version.number).exists()
    values = keys_of(found) | {
        "element_id": version.element_id,
        "is_newest": not newer,
        "key": key,
        "statistics": {**statistics, "form": list(found["form"])},
    }
    NoteKeys.objects.update_or_create(version=version, defaults=values)


def keys_of(motifs: Mapping[str, Any]) -> dict[str, Any]:
    """The searched columns of `NoteKeys`."""
    steps = [later - earlier for earlier, later in pairwise(motifs["pitches"])]
    contour = "".join("u" if step > 0 else "d" if step < 0 else "r" for step in steps)
    return {
        "steps": letters(step % 12 for step in steps),
        "onsets": list(motifs.get("onsets") or ()),
        "rhythm": rhythm_letters(motifs.get("onsets") or ()),
        "contour": contour,
        "contour_grams": grams(contour),
        "pitches": list(motifs["pitches"]),
        "pitch_bars": list(motifs["pitch_bars"]),
        "chords": letters(turned(motifs["chords"], motifs["tonic"] or 0)),
        "chord_bars": list(motifs["chord_bars"]),
        "tonic": motifs["tonic"],
    }


def letters(numbers: Iterable[int]) -> str:
    """0 is a, 23 is x."""
    return "".join(chr(ord("a") + number) for number in numbers)


def rhythm_letters(onsets: Sequence[int]) -> str:
    """A letter for each change of distance between notes; onsets in sixteenths."""
    if len(onsets) < RHYTHM_NOTES_MIN:
        return ""
    from engine.originality.figures import rhythm_steps
    from engine.originality.lines import line_at

    return letters(rhythm_steps(line_at([0] * len(onsets), onsets)).tolist())


def turned(chords: Sequence[int], tonic: int) -> list[int]:
    """Chords (roots 0..11, minor 12..23) counted from another tonic."""
    return [(chord - tonic) % 12 + chord // 12 * 12 for chord in chords]


def grams(contour: str) -> list[int]:
    """Every eight steps in a row as a number to the base of three, sorted, each once."""
    digits = contour.translate(str.maketrans("udr", "012"))
    return sorted({int(digits[at : at + GRAM_STEPS], 3) for at in range(len(digits) - GRAM_STEPS + 1)})


def fill(*, at_once: int = FILLED_AT_ONCE, run: Callable[[str, bytes], Answer] | None = None) -> int:
    """Look into versions of notes that lack keys, or their rhythm, the newest first; answers how many got them.

    A version whose bytes can no longer be read gets empty keys, so that it is not asked again.
    """
    types = [MEDIA[name].media_type for name in NOTE_MEDIA]
    lacking = Q(note_keys=None) | (Q(note_keys__onsets=[]) & ~Q(note_keys__pitches=[]))
    waiting = Version.objects.filter(lacking, media_type__in=types).order_by("-id")[:at_once]
    count = 0
    for version in waiting:
        with transaction.atomic():
            keep(version, _examined(version, run or run_apart))
        count += 1
    if count:
        log.info("motifs.filled", versions=count)
    return count


def _examined(version: Version, run: Callable[[str, bytes], Answer]) -> Examined:
    try:
        return Examined.from_json(run("examine", content.get(version.content_hash, verify=True)).values)
    except ProductionError as refusal:
        log.warning("motifs.refused", version_id=str(version.id), code=refusal.code)
        nothing: dict[str, Any] = {
            "pitches": [],
            "pitch_bars": [],
            "chords": [],
            "chord_bars": [],
            "tonic": None,
            "form": [],
        }
        return Examined(media="midi", element_kinds=(), facts={}, motifs=nothing)
