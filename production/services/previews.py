"""What is made of a version after it is kept: a listenable preview, and notes in their other form."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import structlog
from django.db import transaction

from production import limits
from production.errors import ProductionError
from production.media import MEDIA, of_type
from production.models import Rendition, Version
from production.parsing.apart import LOOKING_LONG, PARSING, Answer, run_apart
from production.services import locks, pictures, sweeping
from production.stores import content

log = structlog.get_logger()

_FILES = {
    "preview.ogg": (Rendition.Purpose.PREVIEW_AUDIO, "ogg"),
    "other.mid": (Rendition.Purpose.MIDI, "midi"),
    "other.musicxml": (Rendition.Purpose.MUSICXML, "musicxml"),
}
"""What the work "render" may leave, by file name."""


def make(version_id: UUID, *, run: Callable[[str, bytes], Answer] | None = None) -> None:
    """Render everything that is still missing of a version. Done twice, it changes nothing.

    A version that cannot be rendered (an instrument without notes, say) simply has no preview.

    run : how the rendering is done, `run_apart` unless told otherwise
    """
    version = Version.objects.filter(id=version_id).first()
    if version is None or not missing(version):
        return
    try:
        answer = _rendered(version, run)
    except ProductionError as refusal:
        log.warning("previews.refused", version_id=str(version_id), code=refusal.code, words=refusal.message)
        return
    keep(version, answer)


def _rendered(version: Version, run: Callable[[str, bytes], Answer] | None) -> Answer:
    if run is not None:
        return run("render", content.get(version.content_hash, verify=True))
    bounds = LOOKING_LONG if version.size_bytes > limits.PARSE_LONG_BYTES_MIN else PARSING
    with content.looked_at(version.content_hash) as data:
        return run_apart("render", data, bounds=bounds)


def missing(version: Version) -> bool:
    """Whether anything can still be rendered."""
    have = set(version.renditions.values_list("purpose", flat=True))
    return not wanted(version) <= have


def wanted(version: Version) -> set[str]:
    """Purposes that `make` fills for a version of this kind of file."""
    name = of_type(version.media_type).name
    other = {
        "midi": {Rendition.Purpose.MUSICXML},
        "musicxml": {Rendition.Purpose.MIDI},
        "mxl": {Rendition.Purpose.MIDI, Rendition.Purpose.MUSICXML},
        "progression": {Rendition.Purpose.MIDI, Rendition.Purpose.MUSICXML},
    }
    return {Rendition.Purpose.PREVIEW_AUDIO, *other.get(name, set())}


def keep(version: Version, answer: Answer) -> None:
    """Store what the rendering left."""
    purposes = wanted(version)
    with sweeping.kept_or_swept() as hashes, transaction.atomic():
        locks.hold_store_shared()
        for name, (purpose, media) in _FILES.items():
            if name in answer.files and purpose in purposes:
                hashes.append(pictures.keep(version, purpose, answer.files[name], MEDIA[media].media_type))
