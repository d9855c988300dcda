"""What the catalogue has that fits: elements on sale with the same chords, beside what the engine proposes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.catalogue import deriving, note_search, selectors
from marketplace.create.showing import keeps_ppm
from production import selectors as production
from production.errors import UnreadableMotifError

SHOWN_MAX = 4
CHORDS_LOOKED_FOR = (4, 3)
"""So many chords in a row are looked for: four, and where nobody has those, three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """An element on sale that fits.

    words : where in it the chords stand; keeps_ppm : what is left of a sale for whoever builds on it
    """

    row: selectors.Row
    words: str
    keeps_ppm: int


def fits(*, given: str, element: production.ElementView | None, party_id: UUID) -> list[Fit]:
    """Elements of others on sale that hold these chords, the best first; none where no chords are known."""
    chords = _chords(given, element)
    for count in CHORDS_LOOKED_FOR:
        found = _found(chords[:count], element, party_id) if len(chords) >= count else []
        if found:
            return found
    return []


def _chords(given: str, element: production.ElementView | None) -> list[str]:
    if element is not None:
        return list(element.version.facts.get("chords") or [])
    return [word for word in given.replace("|", " ").split() if word not in ("%", ".")]


def _found(chords: Sequence[str], element: production.ElementView | None, party_id: UUID) -> list[Fit]:
    try:
        hits = note_search.progressions(" ".join(chords), party_id=None)
    except UnreadableMotifError:
        return []
    shown = [
        hit
        for hit in hits
        if hit.row.price_minor is not None
        and hit.row.seller_id != party_id
        and (element is None or hit.row.element_id != element.id)
    ][:SHOWN_MAX]
    upstream = {
        one.element_id: one.upstream_ppm
        for one in deriving.sources([hit.row.element_id for hit in shown], party_id=party_id)
    }
    return [
        Fit(row=hit.row, words=hit.words, keeps_ppm=keeps_ppm(upstream.get(hit.row.element_id, 0))) for hit in shown
    ]
