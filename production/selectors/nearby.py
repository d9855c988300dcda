"""Known music that may fit what is asked for: looked up by its chords and by the ups and downs of its tune."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from production.models import NoteKeys
from production.selectors.motifs import Visible
from production.services.motifs import letters, turned

KINDS: Final[dict[str, tuple[str, ...]]] = {
    "progression": ("progression", "midi"),
    "chords": ("progression", "midi"),
    "melody": ("melody", "midi"),
    "polyphony": ("midi",),
}
"""What can stand in one list with the proposals of a capability."""
FOUND_MAX: Final = 24
BATCH: Final = 96
CHORDS_AT_ONCE: Final = (4, 3)
"""So many chords in a row are looked for: four, and then three."""
WINDOWS_MAX: Final = 6
GRAMS_MAX: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is known of a request.

    chords : progressions as symbols, what was given first, then what was proposed
    contour_grams : of the tunes that were proposed, as `NoteKeys` keeps them
    without : elements that are no news
    """

    capability: str
    chords: tuple[tuple[str, ...], ...] = ()
    contour_grams: tuple[int, ...] = ()
    without: tuple[UUID, ...] = ()


def is_ranked(capability: str) -> bool:
    """Whether known music stands in one list with what this capability proposes."""
    return capability in KINDS


def nearby(sought: Sought, *, visible: Visible, limit: int = FOUND_MAX) -> list[UUID]:
    """Elements that may fit, those that share most with what is asked first; after them the newest of their kind.

    visible : says which of some elements may be offered
    """
    found: dict[UUID, None] = {}
    for rows in _ranks(sought):
        batch = list(rows.values_list("element_id", flat=True)[:BATCH])
        seen = visible([one for one in batch if one not in found]) if batch else ()
        found |= dict.fromkeys(one for one in batch if one in seen)
        if len(found) >= limit:
            break
    return list(found)[:limit]


def _ranks(sought: Sought) -> Iterator[QuerySet[NoteKeys]]:
    kinds = KINDS.get(sought.capability, ())
    if not kinds:
        return
    rows = NoteKeys.objects.filter(is_newest=True, version__element__kind__in=kinds)
    rows = rows.exclude(element_id__in=list(sought.without)).order_by("-element_id")
    if sought.contour_grams and sought.capability == "melody":
        yield rows.filter(contour_grams__overlap=list(sought.contour_grams[:GRAMS_MAX]))
    words = [_words(symbols) for symbols in sought.chords]
    for count in CHORDS_AT_ONCE:
        # What was given counts before what was proposed.
        for some in (words[:1], words[1:]):
            if either := _holding(_windows(some, count)):
                yield rows.filter(either)
    yield rows.exclude(pitches=[]) if sought.capability in ("melody", "polyphony") else rows.exclude(chords="")


def _words(symbols: Iterable[str]) -> list[int]:
    """Roots 0..11, minor ones 12..23, equal neighbours once; what is no chord is left out."""
    from engine.analysis.motifs import chord_word
    from engine.errors import EngineError

    found = []
    for symbol in symbols:
        try:
            found.append(chord_word(symbol))
        except EngineError:
            continue
    return [word for word, _ in groupby(found)]


def _windows(progressions: Sequence[Sequence[int]], count: int) -> Collection[tuple[int, ...]]:
    windows = (tuple(words[at : at + count]) for words in progressions for at in range(len(words) - count + 1))
    return list(dict.fromkeys(windows))[:WINDOWS_MAX]


def _holding(windows: Collection[Sequence[int]]) -> Q | None:
    """Rows with one of these chords in a row, counted from any tonic."""
    either = {letters(turned(list(window), tonic)) for window in windows for tonic in range(12)}
    return Q(*(("chords__contains", words) for words in sorted(either)), _connector=Q.OR) if either else None
