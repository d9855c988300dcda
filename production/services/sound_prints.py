"""Sound prints of recordings that were kept before there were such, or before the model that makes them."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.db.models import Q

from production.errors import ProductionError
from production.media import MEDIA
from production.models import SoundPrint, Version
from production.parsing.apart import Answer, run_apart
from production.parsing.report import Examined
from production.stores import content

log = structlog.get_logger()

SOUND_MEDIA = ("wav", "aiff", "flac", "ogg", "mp3")
FILLED_AT_ONCE = 200


def fill(*, at_once: int = FILLED_AT_ONCE, run: Callable[[str, bytes], Answer] | None = None) -> tuple[int, int]:
    """Listen to recordings without a print, the newest first; answers how many were asked and how many got one.

    Silence has no print, and neither has what cannot be read any more: they are asked again the next time.
    """
    from engine.analysis.embedding import MODEL  # late: only this needs the engine here

    types = [MEDIA[name].media_type for name in SOUND_MEDIA]
    lacking = Q(sound_print=None) | ~Q(sound_print__model=MODEL)
    waiting = list(Version.objects.filter(lacking, media_type__in=types).order_by("-id")[:at_once])
    got = sum(_fill_one(version, run or run_apart) for version in waiting)
    log.info("sound_prints.filled", asked=len(waiting), got=got)
    return len(waiting), got


def _fill_one(version: Version, run: Callable[[str, bytes], Answer]) -> bool:
    try:
        found = Examined.from_json(run("examine", content.get(version.content_hash, verify=True)).values)
    except ProductionError as refusal:
        log.warning("sound_prints.refused", version_id=str(version.id), code=refusal.code)
        return False
    if not found.sound:
        return False
    SoundPrint.objects.update_or_create(version=version, defaults={"model": found.sound_model, "vector": found.sound})
    return True
