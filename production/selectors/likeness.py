"""What of an element was heard before: passages that stand in what the models learned from, or in the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ledger import selectors as ledger
from production import limits
from production.models import Element, NoteKeys, Rendition, Version
from production.selectors import like_candidates as candidates
from production.selectors.duplicates import duplicates
from production.selectors.elements import read_json

if TYPE_CHECKING:
    from engine.originality.compare import Passage
    from engine.originality.figures import Figures, Shared
    from engine.originality.lines import Ints, Line

MELODY, CHORDS, RHYTHM, SOUND = "melody", "chords", "rhythm", "sound"
SOUNDING = ("wave", "sound")
LISTED_MAX = 5
"""So many neighbours of each kind are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Something that stands elsewhere.

    how : "melody", "chords", "rhythm" or "sound"
    element_id : of the catalogue, or none where it is music that a model learned from, called `name`
    notes : how many in a row (of chords: how many chords); bits : what they tell
    start_s, stop_s : where, in seconds of what was looked at; bar : of chords, the bar where they begin, else 0
    is_copy : whether it passes the published threshold, and the other is somebody's who can be asked or paid
    alike_ppm : of sound, how much of the shorter one lies in the other
    """

    element_id: UUID | None
    name: str
    notes: int
    start_s: float
    stop_s: float
    with_rhythm: bool
    is_copy: bool
    how: str = MELODY
    bar: int = 0
    bits: int = 0
    alike_ppm: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What is compared. words, chord_bars : roots 0..11, minor ones 12..23, and the bar of each"""

    lines: Sequence[Line]
    words: Sequence[int]
    chord_bars: Sequence[int]
    tempo_bpm: float | None


def likeness(element_id: UUID) -> list[Likeness]:
    """What of the newest version of an element stands elsewhere; what it is openly made from is excused."""
    version = Version.objects.select_related("element").filter(element_id=element_id).order_by("-number").first()
    if version is None:
        return []
    tempo_bpm = version.description.get("tempo_bpm")
    keys = NoteKeys.objects.filter(version=version).first()
    looked = Looked(
        lines=lines_of(_roll_of(element_id), tempo_bpm),
        words=_words_of(keys),
        chord_bars=keys.chord_bars if keys else (),
        tempo_bpm=tempo_bpm,
    )
    family = {edge.parent_id for edge in ledger.derivations_above([element_id])}
    creator_id = version.element.creator_id
    found = _compared(looked, creator_id, declared=family, itself=element_id)
    return found + (_sounds(element_id, creator_id, family) if version.element.kind in SOUNDING else [])


def likeness_of(
    roll: Mapping[str, Any],
    *,
    motifs: Mapping[str, Any] | None,
    tempo_bpm: float | None,
    creator_id: UUID,
    declared: Collection[UUID],
    itself: UUID | None = None,
) -> list[Likeness]:
    """The same of notes that are no element yet. One's own elements are no strangers: they say nothing."""
    looked = Looked(
        lines=lines_of(roll["notes"], tempo_bpm),
        words=(motifs or {}).get("chords") or (),
        chord_bars=(motifs or {}).get("chord_bars") or (),
        tempo_bpm=tempo_bpm,
    )
    return _compared(looked, creator_id, declared=declared, itself=itself)


def lines_of(notes: Sequence[Sequence[Any]], tempo_bpm: float | None) -> list[Line]:
    """The lines of a roll: [onset_s, duration_s, pitch, velocity, part]."""
    from engine.originality.lines import GRAM_NOTES, line_of

    per_second = (tempo_bpm or 120.0) / 60
    parts: dict[int, list[tuple[float, int]]] = {}
    for onset_s, _duration, pitch, _velocity, part in notes:
        parts.setdefault(part, []).append((round(onset_s * per_second, 4), pitch))
    lines = [line_of(part) for part in parts.values()]
    return [line for line in lines if len(line.pitches) >= GRAM_NOTES]


# ------------------------------------------------------------------------------------------------------ comparing
def _compared(looked: Looked, creator_id: UUID, *, declared: Collection[UUID], itself: UUID | None) -> list[Likeness]:
    strangers = candidates.Strangers(creator_id=creator_id, without=tuple({*declared, *([itself] if itself else [])}))
    found = _melodies(looked, declared, strangers) + _progressions(looked, declared, strangers)
    found += _rhythms(looked, declared, strangers)
    order = {MELODY: 0, CHORDS: 1, RHYTHM: 2}
    return sorted(found, key=lambda one: (not one.is_copy, order[one.how], -one.notes, one.name))


def _melodies(looked: Looked, declared: Collection[UUID], strangers: candidates.Strangers) -> list[Likeness]:
    from engine.originality.compare import compare_lines
    from engine.originality.known import Piece, index_of, training_music
    from engine.originality.lines import line_at, line_of

    if not looked.lines:
        return []
    excused = [line for one in declared for line in lines_of(_roll_of(one), looked.tempo_bpm)]
    music = training_music()
    found = [
        _passage(one, None, looked.tempo_bpm)
        for one in compare_lines(looked.lines, music, declared=excused, limit=LISTED_MAX).neighbours
    ]
    rows = candidates.by_melody(looked.lines, strangers)
    titles = _titles(rows)
    kept = [
        line_at(row.pitches, row.onsets) if row.onsets else line_of(enumerate(row.pitches)) for row in rows
    ]  # kept before rhythm was: only steps are compared
    pieces = [Piece(name=titles[row.element_id], lines=(line,)) for row, line in zip(rows, kept, strict=True)]
    if pieces:
        shop = compare_lines(looked.lines, index_of(pieces, like=music), declared=excused, limit=LISTED_MAX)
        found += [_passage(one, rows[one.piece].element_id, looked.tempo_bpm) for one in shop.neighbours]
    return found


def _progressions(looked: Looked, declared: Collection[UUID], strangers: candidates.Strangers) -> list[Likeness]:
    """Only a progression that is sold here, and that tells much, must be declared: chords alone are nobody's song."""
    from engine.originality import figures
    from engine.originality.whole import is_telling

    steps = figures.chord_steps(looked.words)
    if len(steps) < figures.CHORDS.gram:
        return []
    excused = [
        figures.chord_steps(_words_of(row))
        for row in NoteKeys.objects.filter(element_id__in=list(declared), is_newest=True)
    ]

    def told(one: Shared, element_id: UUID | None) -> Likeness:
        bar = looked.chord_bars[one.first] if one.first < len(looked.chord_bars) else 0
        is_copy = element_id is not None and is_telling(one)
        return _figure(one, CHORDS, element_id, notes=one.count + 1, bar=bar, is_copy=is_copy)

    training = figures.training_figures(figures.CHORDS)
    rows = candidates.by_chords(looked.words, strangers)
    shop = [figures.chord_steps(_words_of(row)) for row in rows]
    return _both([steps], training, excused, rows, [[one] for one in shop], told)


def _rhythms(looked: Looked, declared: Collection[UUID], strangers: candidates.Strangers) -> list[Likeness]:
    """A rhythm alone informs, and is never a copy."""
    from engine.originality import figures
    from engine.originality.lines import line_at

    steps = [figures.rhythm_steps(line) for line in looked.lines]
    excused = [figures.rhythm_steps(line) for one in declared for line in lines_of(_roll_of(one), looked.tempo_bpm)]
    rows = candidates.by_rhythm(looked.lines, strangers)
    shop = [[figures.rhythm_steps(line_at(row.pitches, row.onsets))] for row in rows]
    training = figures.training_figures(figures.RHYTHM)
    return _both(steps, training, excused, rows, shop, lambda one, key: _figure(one, RHYTHM, key, notes=one.count + 2))


def _both(
    steps: Sequence[Ints],
    training: Figures,
    excused: Sequence[Ints],
    rows: Sequence[NoteKeys],
    shop: Sequence[Sequence[Ints]],
    told: Any,
) -> list[Likeness]:
    """The most telling figures of what models learned from, and of the catalogue."""
    from engine.originality.figures import index_of, shared

    titles = _titles(rows)
    named = [(titles[row.element_id], list(each)) for row, each in zip(rows, shop, strict=True)]
    index = index_of(training.kind, named, like=training.bits)
    found: list[Likeness] = []
    for known, keys in ((training, None), (index, [row.element_id for row in rows])):
        best: dict[int, Shared] = {}
        for each in steps:
            for one in shared(each, known, without=excused):
                if one.piece not in best or one.bits > best[one.piece].bits:
                    best[one.piece] = one
        ranked = sorted(best.values(), key=lambda one: (-one.bits, -one.count, one.name))[:LISTED_MAX]
        found += [told(one, keys[one.piece] if keys else None) for one in ranked]
    return found


def _sounds(element_id: UUID, creator_id: UUID, family: Collection[UUID]) -> list[Likeness]:
    """Recordings of others that hold the same sound, found by the sketch that every upload leaves."""
    near = duplicates(element_id, without=family, least_ppm=limits.SOUND_PPM_MIN)
    strangers = Element.objects.filter(pk__in=[one.element_id for one in near]).exclude(creator_id=creator_id)
    titles = dict(strangers.values_list("pk", "title"))
    return [
        Likeness(
            element_id=one.element_id,
            name=titles[one.element_id],
            notes=0,
            start_s=0.0,
            stop_s=0.0,
            with_rhythm=False,
            is_copy=True,
            how=SOUND,
            alike_ppm=round(one.alike * 1_000_000),
        )
        for one in near
        if one.element_id in titles
    ][:LISTED_MAX]


# -------------------------------------------------------------------------------------------------------- reading
def _titles(rows: Sequence[NoteKeys]) -> dict[UUID, str]:
    return dict(Element.objects.filter(pk__in=[row.element_id for row in rows]).values_list("pk", "title"))


def _words_of(row: NoteKeys | None) -> list[int]:
    """Chords as they are kept to be searched: counted from the tonic, which steps do not hear."""
    return [ord(letter) - ord("a") for letter in row.chords] if row else []


def _roll_of(element_id: UUID) -> list[list[Any]]:
    rendition = (
        Rendition.objects.filter(version__element_id=element_id, purpose=Rendition.Purpose.ROLL)
        .order_by("-version__number")
        .first()
    )
    return list(read_json(rendition.content_hash)["notes"]) if rendition else []


def _passage(one: Passage, element_id: UUID | None, tempo_bpm: float | None) -> Likeness:
    seconds = 60 / (tempo_bpm or 120.0)
    return Likeness(
        element_id=element_id,
        name=one.name,
        notes=one.notes,
        start_s=round(one.start * seconds, 2),
        stop_s=round(one.stop * seconds, 2),
        with_rhythm=one.with_rhythm,
        is_copy=one.is_copy and not one.is_free,
        bits=round(one.bits + one.rhythm_bits),
    )


def _figure(
    one: Shared, how: str, element_id: UUID | None, *, notes: int, bar: int = 0, is_copy: bool = False
) -> Likeness:
    return Likeness(
        element_id=element_id,
        name=one.name,
        notes=notes,
        start_s=0.0,
        stop_s=0.0,
        with_rhythm=how == RHYTHM,
        is_copy=is_copy,
        how=how,
        bar=bar,
        bits=round(one.bits),
    )
