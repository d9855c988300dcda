"""Finding elements by their notes: a tune or a progression, in every key, the best first, with the bar it begins in."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import StrIndex

from production.errors import UnreadableMotifError
from production.models import NoteKeys
from production.services.motifs import GRAM_STEPS, grams, letters, turned

if TYPE_CHECKING:
    from engine.analysis import motif_query

FOUND_MAX = 60
"""So many are shown; whoever finds more writes more notes."""
BATCH = 240
LOOKED_AT_MAX = 2_400
"""So many rows of one rank are looked at for those that may be seen."""
ONE_NOTE_STEPS_MIN = 6
"""Shorter tunes with a wrong note are other tunes."""

Visible = Callable[[Sequence[UUID]], Collection[UUID]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An element in which a motif was found.

    how : "exact", "as_written" (the very chords or notes), "one_note" (one note differs), "contour" (only ups and
        downs agree) or "other_tonic" (the same chords, counted from another note than the key's)
    bar : where it begins, from 1; times : how often it comes
    key : the element's key, empty where none could be told
    begins_on : the note or chord it begins on there
    """

    element_id: UUID
    how: str
    bar: int
    times: int
    key: str
    begins_on: str


def find_melody(text: str, *, visible: Visible, limit: int = FOUND_MAX) -> list[Match]:
    """Elements whose melody holds this tune, the best first.

    text : a contour ("U U D R"), notes ("E E F G") or degrees ("1 1 5 5"); see `engine.analysis.motif_query.melody`
    visible : says which of some elements may be shown

    Raises
    ------
    UnreadableMotifError
        If the text is no tune; the message says what and where.
    """
    from engine.analysis import motif_query

    return _collect(_melody_ranks(_read(motif_query.melody, text)), visible, limit)


def find_progression(text: str, *, visible: Visible, limit: int = FOUND_MAX) -> list[Match]:
    """Elements whose chords hold this progression ("I-V-vi-IV" or "Am F C G"), the best first.

    Raises
    ------
    UnreadableMotifError
        If the text is no progression; the message says what and where.
    """
    from engine.analysis import motif_query

    return _collect(_chord_ranks(_read(motif_query.chords, text)), visible, limit)


def _read(reader: Callable[[str], Any], text: str) -> Any:
    from engine.errors import EngineError

    try:
        return reader(text)
    except EngineError as error:
        raise UnreadableMotifError(error.message) from error


# ------------------------------------------------------------------------------------------------------ ranks
@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """One way to fit: which rows, in which order, and how each is told."""

    rows: QuerySet[NoteKeys]
    tell: Callable[[NoteKeys], Match | None]


def _melody_ranks(asked: motif_query.Melody) -> Iterator[Rank]:
    rows = NoteKeys.objects.filter(is_newest=True)
    if asked.steps:
        steps = letters(step % 12 for step in asked.steps)
        yield Rank(
            rows=_first_place(rows.filter(steps__contains=steps), "steps", steps),
            tell=lambda row: _tune(row, "exact", row.steps, re.escape(steps)),
        )
        if len(steps) >= ONE_NOTE_STEPS_MIN:
            like, others = _one_note_off(asked.steps)
            either = Q(*(("steps__regex", pattern) for pattern in like), _connector=Q.OR)
            yield Rank(
                rows=rows.filter(either).order_by("-element_id"),
                tell=lambda row: _tune(row, "one_note", row.steps, "|".join(others)),
            )
    if len(asked.contour) >= ONE_NOTE_STEPS_MIN or not asked.steps:
        found = rows.filter(contour__contains=asked.contour)
        if len(asked.contour) >= GRAM_STEPS:
            found = found.filter(contour_grams__contains=grams(asked.contour))
        how = "contour" if asked.steps else "exact"
        yield Rank(
            rows=_first_place(found, "contour", asked.contour),
            tell=lambda row: _tune(row, how, row.contour, asked.contour),
        )


def _one_note_off(steps: Sequence[int]) -> tuple[list[str], list[str]]:
    """Patterns of `NoteKeys.steps` in which one note is another: two steps differ, their sum does not.

    The first list leaves the sum out: the database's index reads it more easily.
    """
    coded = letters(step % 12 for step in steps)
    loose, strict = [f".{coded[1:]}", f"{coded[:-1]}."], [f".{coded[1:]}", f"{coded[:-1]}."]
    for place in range(len(steps) - 1):
        before, after, both = coded[:place], coded[place + 2 :], (steps[place] + steps[place + 1]) % 12
        pairs = "|".join(letters((one, (both - one) % 12)) for one in range(12))
        loose.append(f"{before}..{after}")
        strict.append(f"{before}(?:{pairs}){after}")
    return loose, strict


def _chord_ranks(asked: motif_query.Chords) -> Iterator[Rank]:
    rows = NoteKeys.objects.filter(is_newest=True)
    turns = {letters(turned(asked.words, tonic)): tonic for tonic in range(12)}
    if not asked.absolute:
        words = letters(asked.words)
        yield Rank(
            rows=_first_place(rows.filter(chords__contains=words), "chords", words),
            tell=lambda row: _progression(row, "exact", words),
        )
        turns.pop(words, None)
    else:
        # Written with letters, the same chords in the same key come first: from each tonic they read differently.
        own = Q(*(Q(chords__contains=words, tonic=tonic) for words, tonic in turns.items()), _connector=Q.OR)
        toneless = Q(chords__contains=letters(asked.words), tonic=None)
        yield Rank(
            rows=rows.filter(own | toneless).order_by("-element_id"),
            tell=lambda row: _progression(row, "as_written", letters(turned(asked.words, row.tonic or 0))),
        )
    either = Q(*(("chords__contains", words) for words in turns), _connector=Q.OR)
    how = "exact" if asked.absolute else "other_tonic"
    yield Rank(rows=rows.filter(either).order_by("-element_id"), tell=lambda row: _progression(row, how, *turns))


def _first_place(rows: QuerySet[NoteKeys], column: str, words: str) -> QuerySet[NoteKeys]:
    """Those that begin with it first: what people hum is how a tune begins."""
    return rows.annotate(place=StrIndex(F(column), Value(words))).order_by("place", "-element_id")


# ------------------------------------------------------------------------------------------------------ telling
def _collect(ranks: Iterator[Rank], visible: Visible, limit: int) -> list[Match]:
    found: dict[UUID, Match] = {}
    for rank in ranks:
        rows = rank.rows.defer("contour_grams", "statistics")
        for start in range(0, LOOKED_AT_MAX, BATCH):
            batch = list(rows[start : start + BATCH])
            seen = visible([row.element_id for row in batch if row.element_id not in found]) if batch else ()
            for row in batch:
                if row.element_id in seen and row.element_id not in found and (match := rank.tell(row)):
                    found[row.element_id] = match
            if len(batch) < BATCH or len(found) >= limit:
                break
        if len(found) >= limit:
            break
    return list(found.values())[:limit]


def _tune(row: NoteKeys, how: str, searched: str, pattern: str) -> Match | None:
    places = _places(pattern, searched)
    if not places:
        return None
    from engine.theory.names import pitch_class_name

    return Match(
        element_id=row.element_id,
        how=how,
        bar=row.pitch_bars[places[0]],
        times=len(places),
        key=row.key,
        begins_on=pitch_class_name(row.pitches[places[0]] % 12, flats=_flats(row.key)),
    )


def _progression(row: NoteKeys, how: str, *patterns: str) -> Match | None:
    places = _places("|".join(patterns), row.chords)
    if not places:
        return None
    from engine.theory.names import pitch_class_name

    chord = ord(row.chords[places[0]]) - ord("a")
    root = pitch_class_name((chord + (row.tonic or 0)) % 12, flats=_flats(row.key))
    return Match(
        element_id=row.element_id,
        how=how,
        bar=row.chord_bars[places[0]],
        times=len(places),
        key=row.key,
        begins_on=root + ("m" if chord >= 12 else ""),
    )


def _places(pattern: str, searched: str) -> list[int]:
    """Where the pattern begins, overlapping ones too."""
    return [match.start() for match in re.finditer(f"(?={pattern})", searched)]


_FLAT_KEYS = ("F ", "Bb", "Eb", "Ab", "Db", "Gb", "D minor", "G minor", "C minor")


def _flats(key: str) -> bool:
    return key.startswith(_FLAT_KEYS)
