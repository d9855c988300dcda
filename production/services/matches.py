"""Is this somebody else's? The same bytes, or many small pieces in common, with an element of another creator.

The disputed share is the part of the *new* element's pieces that the older one holds too: a loop inside a long piece
disputes little, a whole copy disputes all.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from ledger import selectors as ledger
from production import limits
from production.models import Version

WHOLE_PPM = 1_000_000

_SIMILAR_SQL = """
    select v.element_id, f.hashes
      from production_fingerprint f
      join production_version v on v.id = f.version_id
      join production_element e on e.id = v.element_id
     where f.kind = %(kind)s
       and f.hashes && %(hashes)s::bigint[]
       and e.creator_id <> %(creator)s
       and v.element_id <> %(element)s
     order by cardinality(array(select unnest(f.hashes) intersect select unnest(%(hashes)s::bigint[]))) desc,
              v.element_id
     limit 16
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Another's element that a new one resembles."""

    element_id: UUID
    disputed_ppm: int
    same_bytes: bool

    @property
    def reason(self) -> str:
        """As the claim says it."""
        return "same_bytes" if self.same_bytes else "near_match"


def find(
    *,
    element_id: UUID,
    creator_id: UUID,
    content_hash: str,
    fingerprint_kind: str,
    fingerprint: Sequence[int],
    parents: Collection[UUID],
) -> list[Match]:
    """Elements of other creators that hold the same bytes or a large part of the same pieces, strongest first.

    What is in the family (a declared parent, its ancestors, and whatever else is made from those) may resemble this
    element: the derivation says so already, and pays for it.
    """
    same = (
        Version.objects.filter(content_hash=content_hash)
        .exclude(element__creator_id=creator_id)
        .exclude(element_id=element_id)
        .order_by("element_id")
        .values_list("element_id", flat=True)
        .distinct()[:8]
    )
    matches = {key: Match(element_id=key, disputed_ppm=WHOLE_PPM, same_bytes=True) for key in same}
    for other_id, hashes in _candidates(element_id, creator_id, fingerprint_kind, fingerprint):
        disputed_ppm = disputed(fingerprint, hashes)
        known = matches.get(other_id)
        if disputed_ppm and (known is None or known.disputed_ppm < disputed_ppm):
            matches[other_id] = Match(element_id=other_id, disputed_ppm=disputed_ppm, same_bytes=False)
    strangers = [match for match in matches.values() if not _is_family(match.element_id, parents)]
    return sorted(strangers, key=lambda match: (-match.disputed_ppm, match.element_id))


def _is_family(other_id: UUID, parents: Collection[UUID]) -> bool:
    if not parents:
        return False
    return bool(_with_ancestors(parents) & _with_ancestors([other_id]))


def _with_ancestors(element_ids: Collection[UUID]) -> set[UUID]:
    return {*element_ids, *(edge.parent_id for edge in ledger.derivations_above(element_ids))}


def disputed(new: Sequence[int], old: Sequence[int]) -> int:
    """Ppm of the new sketch's pieces that the old one holds; 0 where too little is shared to say anything."""
    from engine.analysis.fingerprint import similarity  # late: the web need not load numeric libraries to start

    shared = len(set(new) & set(old))
    if shared < limits.MATCH_HASHES_MIN or similarity(new, old) * WHOLE_PPM < limits.MATCH_PPM_MIN:
        return 0
    return WHOLE_PPM * shared // len(set(new))


def _candidates(
    element_id: UUID, creator_id: UUID, kind: str, fingerprint: Sequence[int]
) -> list[tuple[UUID, list[int]]]:
    if len(fingerprint) < limits.MATCH_HASHES_MIN:
        return []
    arguments: dict[str, Any] = {
        "kind": kind,
        "hashes": list(fingerprint),
        "creator": creator_id,
        "element": element_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SIMILAR_SQL, arguments)
        return [(other_id, hashes) for other_id, hashes in cursor.fetchall()]
