"""Removing blobs that no row names: at once where a creation was refused, after a day where one crashed."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable, Iterator

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from production import limits
from production.models import Audition, Draft, Mark, Proposal, Rendition, Version
from production.services import locks
from production.stores import content

_OF_PROPOSALS = ("content_hash", "preview_hash", "roll_hash", "setting_hash", "before_hash", "base_hash")


@contextlib.contextmanager
def kept_or_swept() -> Iterator[list[str]]:
    """Collects the hashes of blobs put inside; if the block fails, those that no row names are removed at once."""
    hashes: list[str] = []
    try:
        yield hashes
    except Exception:
        drop_unnamed(hashes)
        raise


def drop_unnamed(hashes: Iterable[str]) -> int:
    """Remove those of the blobs that no row names; the answer is how many."""
    hashes = set(hashes)
    if not hashes:
        return 0
    with transaction.atomic():
        locks.hold_store_alone()
        orphans = sorted(hashes - _named(hashes))
        for content_hash in orphans:
            content.delete(content_hash)
    return len(orphans)


def sweep(*, now: dt.datetime | None = None, batch: int = 500) -> int:
    """Remove orphans older than a day, a batch under the lock at a time."""
    before = (now or timezone.now()) - dt.timedelta(hours=limits.ORPHAN_AGE_HOURS_MIN)
    removed, old = 0, []
    for content_hash in content.every_hash():
        if content.changed_at(content_hash) < before:
            old.append(content_hash)
        if len(old) == batch:
            removed += drop_unnamed(old)
            old = []
    return removed + drop_unnamed(old)


def _named(hashes: set[str]) -> set[str]:
    versions = Version.objects.filter(content_hash__in=hashes).values_list("content_hash", flat=True)
    renditions = Rendition.objects.filter(content_hash__in=hashes).values_list("content_hash", flat=True)
    proposals = Proposal.objects.filter(
        Q(*((f"{name}__in", hashes) for name in _OF_PROPOSALS), _connector=Q.OR)
    ).values_list(*_OF_PROPOSALS)
    auditions = Audition.objects.exclude(files={}).values_list("files", flat=True)
    drafts = Draft.objects.filter(kept_hash__in=hashes).values_list("kept_hash", flat=True)
    marks = Mark.objects.filter(kept_hash__in=hashes).values_list("kept_hash", flat=True)
    auditioned = (content_hash for files in auditions for content_hash in files.values())
    return {
        *versions,
        *renditions,
        *(named for row in proposals for named in row),
        *auditioned,
        *drafts,
        *marks,
    } & hashes
