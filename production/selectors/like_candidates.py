"""Which of the catalogue's elements are worth comparing: their search keys hold some of the same steps in a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from production.models import Element, NoteKeys
from production.services.motifs import letters, turned

if TYPE_CHECKING:
    from engine.originality.lines import Line

WINDOWS_MAX = 400
"""So many passages of an element are looked up in the catalogue; longer pieces are looked at from the start."""
LETTERS_MIN = 4
"""A window of fewer different steps is a figure that everybody plays."""
MELODY_STEPS = (15, 11, 7)
"""So many steps in a row are looked for, the longest first: sixteen notes, twelve, eight."""
CHORDS_AT_ONCE = (12, 8)
CHORD_WINDOWS_MAX = 24
RHYTHM_STEPS = 20
FOUND_MAX = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Strangers:
    """Whose music counts: not that of `creator_id`, and not the elements `without`."""

    creator_id: UUID
    without: tuple[UUID, ...]


def by_melody(lines: Sequence[Line], strangers: Strangers) -> list[NoteKeys]:
    """Others' elements whose melody holds some steps of these lines in a row, the longest agreement first."""
    found: dict[UUID, NoteKeys] = {}
    for size in MELODY_STEPS:
        windows: dict[str, None] = {}
        for line in lines:
            windows |= _windows(letters(int(step) % 12 for step in line.steps), size)
        _add(found, "steps", _telling(windows), strangers)
    return list(found.values())


def by_chords(words: Sequence[int], strangers: Strangers) -> list[NoteKeys]:
    """Others' elements that hold some of these chords in a row, counted from any tonic."""
    found: dict[UUID, NoteKeys] = {}
    for size in CHORDS_AT_ONCE:
        windows = list(_windows(letters(words), size))[:CHORD_WINDOWS_MAX]
        chords = [[ord(letter) - ord("a") for letter in window] for window in windows]
        _add(found, "chords", [letters(turned(one, tonic)) for one in chords for tonic in range(12)], strangers)
    return list(found.values())


def by_rhythm(lines: Sequence[Line], strangers: Strangers) -> list[NoteKeys]:
    """Others' elements whose melody holds some of the rhythm of these lines."""
    from engine.originality.figures import rhythm_steps

    windows: dict[str, None] = {}
    for line in lines:
        windows |= _windows(letters(rhythm_steps(line).tolist()), RHYTHM_STEPS)
    found: dict[UUID, NoteKeys] = {}
    _add(found, "rhythm", _telling(windows), strangers)
    return [row for row in found.values() if row.onsets]


def _add(found: dict[UUID, NoteKeys], column: str, windows: Iterable[str], strangers: Strangers) -> None:
    wanted = list(windows)
    if not wanted or len(found) >= FOUND_MAX:
        return
    either = Q(*((f"{column}__contains", window) for window in wanted), _connector=Q.OR)
    own = Element.objects.filter(creator_id=strangers.creator_id).values("pk")
    rows = NoteKeys.objects.filter(either, is_newest=True).exclude(element_id__in=[*strangers.without, *found])
    for row in rows.exclude(element_id__in=own).order_by("element_id")[: FOUND_MAX - len(found)]:
        found[row.element_id] = row


def _windows(text: str, size: int) -> dict[str, None]:
    return dict.fromkeys(text[at : at + size] for at in range(len(text) - size + 1))


def _telling(windows: Iterable[str]) -> Iterator[str]:
    """Those that are more than a figure, as many as are looked up."""
    telling = (window for window in windows if len(set(window)) >= LETTERS_MIN)
    return (window for window, _ in zip(telling, range(WINDOWS_MAX), strict=False))
