"""Comparing a piece with known music: the longest passage it shares with each, and whether that is too much."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.originality.figures import RHYTHM, bits_of, rhythm_steps, training_figures
from engine.originality.known import KnownMusic
from engine.originality.lines import GRAM_NOTES, Hashes, Ints, Line, lines_of, rhythm_grams, step_grams
from engine.originality.runs import longest_runs
from engine.score import Score

TUNE_NOTES_MIN: Final = 12
"""The published threshold: so many notes in a row with the steps and the rhythm of a known piece must be declared,"""
STEPS_NOTES_MIN: Final = 16
"""and so many whose steps alone agree,"""
BITS_MIN: Final = 28.0
"""where their steps tell this much: notes that repeat and scales are nobody's."""
TUNE_BITS_MIN: Final = 40.0
"""And from eight notes on, where steps and rhythm together tell this much."""
_NEIGHBOURS_MAX: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Notes in a row that stand in a known piece.

    piece : its number in the index; name, is_free : as the index says
    notes : how many; start, stop : where they stand in the piece that was looked at, quarter notes
    with_rhythm : whether the rhythm agrees too; bits : what the steps tell; rhythm_bits : what the rhythm tells then
    """

    piece: int
    name: str
    is_free: bool
    notes: int
    start: float
    stop: float
    with_rhythm: bool
    bits: float
    rhythm_bits: float = 0.0

    @property
    def measure(self) -> float:
        """How much of it there is, 1 where the threshold lies: by its length, or by what it tells."""
        long = self.notes / (TUNE_NOTES_MIN if self.with_rhythm else STEPS_NOTES_MIN)
        told = (self.bits + self.rhythm_bits) / TUNE_BITS_MIN if self.with_rhythm else 0.0
        return max(min(long, self.bits / BITS_MIN), told)

    @property
    def is_copy(self) -> bool:
        """Whether it passes the published threshold."""
        return self.measure >= 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found. `neighbours`: the longest passage of each piece that shares one, those over the threshold first,
    then the longest; `copies`: those over it that are not free for anybody to use."""

    neighbours: tuple[Passage, ...]

    @property
    def longest(self) -> Passage | None:
        """The longest passage that was heard before."""
        return max(self.neighbours, key=lambda one: (one.notes, one.bits), default=None)

    @property
    def copies(self) -> tuple[Passage, ...]:
        """What must be declared before it is sold."""
        return tuple(one for one in self.neighbours if one.is_copy and not one.is_free)


def compare(score: Score, known: KnownMusic, *, declared: Sequence[Score] = (), limit: int = _NEIGHBOURS_MAX) -> Report:
    """What of `score` stands in known music, in any key and at any tempo.

    declared : what it is openly made from: what stands there as well says nothing
    limit : so many neighbours are told
    """
    excused = [line for given in declared for line in lines_of(given)]
    return compare_lines(lines_of(score), known, declared=excused, limit=limit)


def compare_lines(
    lines: Sequence[Line], known: KnownMusic, *, declared: Sequence[Line] = (), limit: int = _NEIGHBOURS_MAX
) -> Report:
    """The same for lines; shorter ones than eight notes share nothing.

    Source: n-grams of intervals with the ratios of durations, as in A. Uitdenbogerd and J. Zobel, "Melodic matching
    techniques for large music databases", ACM Multimedia 1999.
    """
    said = [step_grams(line) for line in declared]
    excused = np.unique(np.concatenate(said)) if said else np.zeros(0, np.uint32)
    found: dict[int, Passage] = {}
    for line in lines:
        for passage in _passages(line, known, excused):
            before = found.get(passage.piece)
            if before is None or _rank(passage) > _rank(before):
                found[passage.piece] = passage
    ranked = sorted(found.values(), key=lambda one: (*(-value for value in _rank(one)), one.name))
    return Report(neighbours=tuple(ranked[:limit]))


def _rank(passage: Passage) -> tuple[float, ...]:
    return (float(passage.is_copy), passage.measure, passage.bits)


def _passages(line: Line, known: KnownMusic, excused: Hashes) -> list[Passage]:
    grams = step_grams(line)
    places, entries = known.hits(grams)
    wanted = ~np.isin(grams, excused)[places]
    places, entries = places[wanted], entries[wanted]
    in_rhythm = known.rhythms[entries] == rhythm_grams(line)[places]
    ratios, told = rhythm_steps(line), training_figures(RHYTHM).bits
    pieces = known.pieces[entries].astype(np.int64)
    found = []
    for with_rhythm, mask in ((True, in_rhythm), (False, np.ones(len(places), np.bool_))):
        for piece, first, count in longest_runs(pieces[mask], places[mask]):
            notes = count + GRAM_NOTES - 1
            found.append(
                Passage(
                    piece=piece,
                    name=known.names[piece],
                    is_free=known.is_free[piece],
                    notes=notes,
                    start=float(line.onsets[first]),
                    stop=float(line.onsets[first + notes - 1]),
                    with_rhythm=with_rhythm,
                    bits=_told(line.steps[first : first + notes - 1], known),
                    rhythm_bits=bits_of(ratios[first : first + notes - 2], told) if with_rhythm else 0.0,
                )
            )
    return found


def _told(steps: Ints, known: KnownMusic) -> float:
    """What these steps tell, in bits: each pair of steps counts once, for a figure that repeats tells nothing new."""
    bits = known.step_bits[steps + len(known.step_bits) // 2]
    pairs = dict(zip(zip(steps[:-1].tolist(), steps[1:].tolist(), strict=True), bits[1:].tolist(), strict=True))
    return float(sum(pairs.values()))
