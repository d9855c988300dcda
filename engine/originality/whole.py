"""Everything that notes share with known music: passages of melody, progressions of chords, rhythms alone.

Only a passage of melody, or a progression that tells much, can be a copy. Rhythm alone informs: nobody owns a beat.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.analysis import motifs
from engine.originality.compare import Report, compare
from engine.originality.figures import (
    CHORDS,
    RHYTHM,
    Figures,
    Shared,
    chord_steps,
    index_of,
    rhythm_steps,
    shared,
    training_figures,
)
from engine.originality.known import KnownMusic, training_music
from engine.originality.lines import Ints, lines_of
from engine.score import Score

CHORDS_MIN: Final = 12
"""So many changes of chord in a row"""
CHORD_BITS_MIN: Final = 30.0
"""that tell this much are a progression somebody wrote; a blues tells 17, I-V-vi-IV tells 10, however often."""
_LISTED_MAX: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known, by what is compared."""

    melody: KnownMusic
    chords: Figures
    rhythm: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What was found, of each kind the most telling first."""

    melody: Report
    chords: tuple[Shared, ...]
    rhythm: tuple[Shared, ...]


def is_telling(found: Shared) -> bool:
    """Whether a progression passes the published threshold; below it, it is everybody's."""
    return found.count + 1 >= CHORDS_MIN and found.bits >= CHORD_BITS_MIN


def training() -> Known:
    """What the shipped models learned from."""
    return Known(melody=training_music(), chords=training_figures(CHORDS), rhythm=training_figures(RHYTHM))


def compare_whole(score: Score, known: Known, *, declared: Sequence[Score] = (), limit: int = _LISTED_MAX) -> Whole:
    """What of `score` stands in known music; what it is openly made from says nothing."""
    return Whole(
        melody=compare(score, known.melody, declared=declared, limit=limit),
        chords=tuple(_best([progression_of(score)], known.chords, [progression_of(one) for one in declared], limit)),
        rhythm=tuple(_best(rhythms_of(score), known.rhythm, [r for one in declared for r in rhythms_of(one)], limit)),
    )


def known_of(pieces: Sequence[tuple[str, Score]], melody: KnownMusic) -> Known:
    """Named scores as what is known; `melody` is their index of passages. The training music says what is rare."""
    like = training()
    return Known(
        melody=melody,
        chords=index_of(CHORDS, [(name, [progression_of(one)]) for name, one in pieces], like=like.chords.bits),
        rhythm=index_of(RHYTHM, [(name, rhythms_of(one)) for name, one in pieces], like=like.rhythm.bits),
    )


def progression_of(score: Score) -> Ints:
    """The steps of its chords; none where no part plays chords."""
    return chord_steps(motifs.of_score(score, key=None).chords)


def rhythms_of(score: Score) -> list[Ints]:
    """The rhythm of each of its lines."""
    return [rhythm_steps(line) for line in lines_of(score)]


def _best(figures: Sequence[Ints], known: Figures, without: Sequence[Ints], limit: int) -> list[Shared]:
    best: dict[int, Shared] = {}
    for steps in figures:
        for one in shared(steps, known, without=without):
            if one.piece not in best or one.bits > best[one.piece].bits:
                best[one.piece] = one
    return sorted(best.values(), key=lambda one: (-one.bits, -one.count, one.name))[:limit]
