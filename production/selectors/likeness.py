"""What of an element was heard before: passages that stand in what the models learned from, or in the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q

from ledger import selectors as ledger
from production.models import Element, NoteKeys, Rendition, Version
from production.selectors.elements import read_json
from production.services.motifs import letters

if TYPE_CHECKING:
    from engine.originality.compare import Passage
    from engine.originality.lines import Line

WINDOWS_MAX = 400
"""So many passages of an element are looked up in the catalogue; longer pieces are looked at from the start."""
LETTERS_MIN = 4
"""A window of fewer different steps is a figure that everybody plays."""
FOUND_MAX = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """A passage that stands elsewhere.

    element_id : of the catalogue, or none where it is music that a model learned from, called `name`
    notes : how many in a row; start, stop : where, in seconds of what was looked at
    is_copy : whether it passes the published threshold, and the other is not free for anybody to use
    """

    element_id: UUID | None
    name: str
    notes: int
    start_s: float
    stop_s: float
    with_rhythm: bool
    is_copy: bool


def likeness(element_id: UUID) -> list[Likeness]:
    """What of the newest version of an element of notes stands elsewhere; what it is openly made from is excused."""
    version = Version.objects.select_related("element").filter(element_id=element_id).order_by("-number").first()
    notes = _roll_of(element_id)
    if version is None or not notes:
        return []
    family = {edge.parent_id for edge in ledger.derivations_above([element_id])}
    return likeness_of(
        {"notes": notes},
        tempo_bpm=version.description.get("tempo_bpm"),
        creator_id=version.element.creator_id,
        declared=family,
        itself=element_id,
    )


def likeness_of(
    roll: Mapping[str, Any],
    *,
    tempo_bpm: float | None,
    creator_id: UUID,
    declared: Collection[UUID],
    itself: UUID | None = None,
) -> list[Likeness]:
    """The same of notes that are no element yet. One's own elements are no strangers: they say nothing."""
    from engine.originality.compare import compare_lines
    from engine.originality.known import Piece, index_of, training_music

    lines = lines_of(roll["notes"], tempo_bpm)
    if not lines:
        return []
    excused = [line for one in declared for line in lines_of(_roll_of(one), tempo_bpm)]
    music = training_music()
    found = [_told(one, None, tempo_bpm) for one in compare_lines(lines, music, declared=excused).neighbours]
    rows = _candidates(lines, creator_id, [*declared, *([itself] if itself else [])])
    titles = dict(Element.objects.filter(pk__in=[row.element_id for row in rows]).values_list("pk", "title"))
    pieces = [Piece(name=titles[row.element_id], lines=(_line_of_keys(row),)) for row in rows]
    shop = compare_lines(lines, index_of(pieces, like=music), declared=excused) if pieces else None
    for one in shop.neighbours if shop else ():
        found.append(_told(one, rows[one.piece].element_id, tempo_bpm))
    return sorted(found, key=lambda one: (not one.is_copy, -one.notes, one.name))


def lines_of(notes: Sequence[Sequence[Any]], tempo_bpm: float | None) -> list[Line]:
    """The lines of a roll: [onset_s, duration_s, pitch, velocity, part]."""
    from engine.originality.lines import GRAM_NOTES, line_of

    per_second = (tempo_bpm or 120.0) / 60
    parts: dict[int, list[tuple[float, int]]] = {}
    for onset_s, _duration, pitch, _velocity, part in notes:
        parts.setdefault(part, []).append((round(onset_s * per_second, 4), pitch))
    lines = [line_of(part) for part in parts.values()]
    return [line for line in lines if len(line.pitches) >= GRAM_NOTES]


def _candidates(lines: Sequence[Line], creator_id: UUID, without: Collection[UUID]) -> list[NoteKeys]:
    """Others' elements whose melody holds as many of these steps in a row as must be declared."""
    from engine.originality.compare import STEPS_NOTES_MIN

    size = STEPS_NOTES_MIN - 1
    windows: dict[str, None] = {}
    for line in lines:
        steps = letters(int(step) % 12 for step in line.steps)
        windows |= dict.fromkeys(steps[at : at + size] for at in range(len(steps) - size + 1))
    telling = [window for window in windows if len(set(window)) >= LETTERS_MIN][:WINDOWS_MAX]
    if not telling:
        return []
    either = Q(*(("steps__contains", window) for window in telling), _connector=Q.OR)
    own = Element.objects.filter(creator_id=creator_id).values("pk")
    rows = NoteKeys.objects.filter(either, is_newest=True).exclude(element_id__in=list(without))
    return list(rows.exclude(element_id__in=own).order_by("element_id")[:FOUND_MAX])


def _line_of_keys(row: NoteKeys) -> Line:
    """A melody as it is kept to be searched: its notes without their times, so that only steps are compared."""
    from engine.originality.lines import line_of

    return line_of((float(place), pitch) for place, pitch in enumerate(row.pitches))


def _roll_of(element_id: UUID) -> list[list[Any]]:
    rendition = (
        Rendition.objects.filter(version__element_id=element_id, purpose=Rendition.Purpose.ROLL)
        .order_by("-version__number")
        .first()
    )
    return list(read_json(rendition.content_hash)["notes"]) if rendition else []


def _told(one: Passage, element_id: UUID | None, tempo_bpm: float | None) -> Likeness:
    seconds = 60 / (tempo_bpm or 120.0)
    return Likeness(
        element_id=element_id,
        name=one.name,
        notes=one.notes,
        start_s=round(one.start * seconds, 2),
        stop_s=round(one.stop * seconds, 2),
        with_rhythm=one.with_rhythm,
        is_copy=one.is_copy and not one.is_free,
    )
