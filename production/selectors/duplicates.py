"""Elements that hold the same music or sound as one, found by the sketches that every upload leaves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from production import limits

_SQL = """
    with mine as (
        select f.kind, f.hashes from production_fingerprint f join production_version v on v.id = f.version_id
         where v.element_id = %(element)s order by v.number desc limit 1
    )
    select v.element_id, f.hashes, mine.hashes,
           cardinality(array(select unnest(f.hashes) intersect select unnest(mine.hashes))) as shared
      from mine
      join production_fingerprint f on f.kind = mine.kind and f.hashes && mine.hashes
      join production_version v on v.id = f.version_id
     where v.element_id <> %(element)s and v.element_id <> all(%(without)s::uuid[])
       and v.number = (select max(number) from production_version where element_id = v.element_id)
     order by 4 desc, 1 limit %(candidates)s
"""
CANDIDATES_MAX = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """Another element with pieces in common; `alike` is the share of the shorter one that lies in the other, 0..1."""

    element_id: UUID
    alike: float


def duplicates(
    element_id: UUID, *, without: Collection[UUID] = (), limit: int = 12, least_ppm: int = limits.MATCH_PPM_MIN
) -> list[Duplicate]:
    """Elements whose newest version holds at least half of the shorter one's pieces, the closest first.

    without : elements that are related by right, and so are no news; least_ppm : another share than half
    """
    arguments: dict[str, Any] = {
        "element": element_id,
        "without": [str(one) for one in without],
        "candidates": CANDIDATES_MAX,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, arguments)
        candidates = [row for row in cursor.fetchall() if row[3] >= limits.MATCH_HASHES_MIN]
    if not candidates:
        return []
    from engine.analysis.fingerprint import similarity  # late: most pages show none, and need no numeric libraries

    found = [Duplicate(element_id=key, alike=similarity(theirs, own)) for key, theirs, own, _ in candidates]
    close = [one for one in found if one.alike * 1_000_000 >= least_ppm]
    return sorted(close, key=lambda one: (-one.alike, one.element_id))[:limit]
