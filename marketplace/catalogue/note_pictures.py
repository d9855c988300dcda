"""Statistics of notes as pictures: bars and a strip, drawn on the server, each with its numbers in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.cache import cache
from django.utils.translation import gettext as _

from marketplace.catalogue import selectors
from production import selectors as production

WIDTH = 300
HEIGHT = 84
"""Of the bars; the labels stand below."""
HUES = 8
KEPT_S = 600
BARS_DRAWN_MAX = 256


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle of a picture, in its own units, with the label under it and a hue 1..8."""

    x: float
    y: float
    width: float
    height: float
    label: str
    hue: int = 6

    @property
    def middle(self) -> float:
        """Where the label stands."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePicture:
    """One picture: its caption, what it shows in words, and its bars."""

    caption: str
    words: str
    bars: tuple[Bar, ...]


def of_version(version_id: UUID) -> tuple[NotePicture, ...]:
    """The pictures of one version's notes; none if it has no notes."""
    found = production.note_statistics(version_id)
    return tuple(_pictures(found)) if found else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OnSale:
    """The pictures of everything on sale: `counted` of `total` elements hold notes."""

    pictures: tuple[NotePicture, ...]
    counted: int
    total: int


def of_all_on_sale() -> OnSale:
    """What all notes on sale are made of; found anew every ten minutes."""
    kept: OnSale | None = cache.get("notes_on_sale")
    if kept is None:
        ids = selectors.ids_on_sale()
        found = production.statistics_of_all(ids)
        kept = OnSale(pictures=tuple(_pictures(found)), counted=found.elements, total=len(ids))
        cache.set("notes_on_sale", kept, KEPT_S)
    return kept


def _pictures(found: production.NoteStatistics) -> Iterator[NotePicture]:
    if found.pitch_classes:
        yield _bars(_("Notes, by how long they sound"), found.pitch_classes)
    if found.intervals:
        named = [(f"{step:+d}".replace("-", "−") if step else "0", count) for step, count in found.intervals]
        yield _bars(_("Steps of the melody, in semitones"), named, labels_every=4)
    if found.durations:
        yield _bars(_("Note values, in parts of a whole note"), found.durations)
    if found.chords:
        yield _bars(_("Chords, from the key’s first note"), found.chords)
    if len(set(found.form)) > 1:
        yield _strip(found.form)


def _bars(caption: str, counts: Sequence[tuple[str, float]], *, labels_every: int = 1) -> NotePicture:
    most, total = max(count for _name, count in counts), sum(count for _name, count in counts)
    room = WIDTH / len(counts)
    bars = tuple(
        Bar(
            x=round(place * room + room * 0.1, 2),
            y=round(HEIGHT - HEIGHT * count / most, 2),
            width=round(room * 0.8, 2),
            height=round(HEIGHT * count / most, 2),
            label=name if place % labels_every == 0 else "",
        )
        for place, (name, count) in enumerate(counts)
    )
    told = [f"{name} {100 * count / total:.0f} %" for name, count in counts if count]
    return NotePicture(caption=caption, words=", ".join(told), bars=bars)


def _strip(form: Sequence[int]) -> NotePicture:
    """Equal bars have one hue and one height, so that what comes again is seen."""
    form = form[:BARS_DRAWN_MAX]
    kinds = {first: place for place, first in enumerate(dict.fromkeys(form))}
    again = {first for first in kinds if form.count(first) > 1}
    room = WIDTH / len(form)
    bars = tuple(
        Bar(
            x=round(place * room, 2),
            y=HEIGHT - (tall := 70 - 5 * (kinds[first] % HUES) if first in again else 10),
            width=round(max(room * 0.9, 0.5), 2),
            height=tall,
            label=str(place + 1) if place in (0, len(form) - 1) else "",
            hue=kinds[first] % HUES + 1,
        )
        for place, first in enumerate(form)
    )
    words = _("%(bars)d bars, %(kinds)d different; %(again)d of them come again") % {
        "bars": len(form),
        "kinds": len(kinds),
        "again": len(again),
    }
    return NotePicture(caption=_("Form: equal bars look alike, low ones come once"), words=words, bars=bars)
