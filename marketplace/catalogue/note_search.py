"""Searching by notes: what the shop may show of what production finds, and how each find is told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from marketplace.catalogue import selectors
from marketplace.catalogue.models import Entry, Listing
from production import selectors as production

TEXT_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An element row, and where in it the notes were found."""

    row: selectors.Row
    words: str


def tunes(text: str, *, party_id: UUID | None) -> list[Hit]:
    """Elements with this tune, on sale or the party's own, the best first.

    Raises
    ------
    production.errors.UnreadableMotifError
        If the text is no tune.
    """
    return _hits(production.find_melody(text, visible=lambda ids: _visible(ids, party_id)))


def progressions(text: str, *, party_id: UUID | None) -> list[Hit]:
    """Elements with these chords, on sale or the party's own, the best first.

    Raises
    ------
    production.errors.UnreadableMotifError
        If the text is no progression.
    """
    return _hits(production.find_progression(text, visible=lambda ids: _visible(ids, party_id)))


def _visible(element_ids: Sequence[UUID], party_id: UUID | None) -> Collection[UUID]:
    """Those on sale, and one's own."""
    shown = Q(listings__status=Listing.Status.ON_SALE)
    if party_id is not None:
        shown |= Q(seller_id=party_id)
    return set(Entry.objects.filter(shown, pk__in=element_ids).values_list("element_id", flat=True))


def _hits(matches: Sequence[production.Match]) -> list[Hit]:
    rows = selectors.rows_for([match.element_id for match in matches])
    return [Hit(row=rows[match.element_id], words=_words(match)) for match in matches]


def _words(match: production.Match) -> str:
    """Where and how, in one line."""
    where = _("bar %(bar)d, from %(begins)s") % {"bar": match.bar, "begins": match.begins_on}
    if match.key:
        where += " " + _("in %(key)s") % {"key": match.key}
    told = {
        "as_written": _("The chords as written: %s"),
        "one_note": _("One note differs: %s"),
        "contour": _("Only ups and downs agree: %s"),
        "other_tonic": _("Counted from another note: %s"),
    }.get(match.how)
    words = told % where if told else where[:1].upper() + where[1:]
    return words + (" · " + _("%d times") % match.times if match.times > 1 else "")
