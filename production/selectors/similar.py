"""What sounds like an element: the nearest vectors, by index."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection

_NEAREST_SQL = """
    with nearest as materialized (
        select p.version_id, p.vector <=> %(vector)s::vector as distance
          from production_soundprint p
         where p.model = %(model)s
         order by p.vector <=> %(vector)s::vector
         limit %(depth)s
    )
    select v.element_id, min(n.distance) from nearest n
      join production_version v on v.id = n.version_id
     where v.element_id <> all(%(without)s::uuid[])
       and v.number = (select max(number) from production_version where element_id = v.element_id)
     group by v.element_id order by 2, 1 limit %(limit)s
"""
DEPTH = 60
"""So many neighbours are looked at: several may be versions of one element."""
LEAST = 0.6
"""Less alike than this is not worth a row."""


def sounds_like(element_id: UUID, *, without: Collection[UUID] = (), limit: int = 12) -> list[tuple[UUID, float]]:
    """(element, how alike 0..1) of those whose newest version sounds like this one's, the nearest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select p.vector::text, p.model from production_soundprint p"
            " join production_version v on v.id = p.version_id"
            " where v.element_id = %s order by v.number desc limit 1",
            [element_id],
        )
        found = cursor.fetchone()
        if found is None:
            return []
        vector, model = found
        cursor.execute(
            _NEAREST_SQL,
            {
                "vector": vector,
                "model": model,
                "depth": DEPTH,
                "without": [str(one) for one in (element_id, *without)],
                "limit": limit,
            },
        )
        return [(key, round(1 - distance, 4)) for key, distance in cursor.fetchall() if 1 - distance >= LEAST]
