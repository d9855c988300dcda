"""What of a piece is searched by its notes: the melody with its bars, its chords, its form bar by bar."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from engine.analysis import statistics
from engine.errors import EngineError, UnreadableFileError
from engine.io import progression
from engine.score import Score
from engine.theory.names import parse_chord, pitch_class

BARS_MAX: Final = 512  # bars whose form is told
CHORDS_MAX: Final = 512
SIXTEENTHS: Final = 4  # of a quarter note: the grid on which rhythm is compared
BARS_LOOKED_AT_MAX: Final = 100_000  # so many bar lines are drawn at most; what comes later counts to the last


@dataclass(frozen=True, slots=True, kw_only=True)
class Motifs:
    """The notes of a piece as a search reads them.

    pitches, pitch_bars : the melody, MIDI pitches, and the bar (from 1) in which each note begins
    onsets : where each note begins, in sixteenths
    chords, chord_bars : roots 0..11, minor chords 12..23, repeats once, and the bar in which each begins
    tonic : pitch class of the key's tonic; None where no key could be told
    form : for each bar the first one (from 0) with the same notes: (0, 1, 0, 2) reads A B A C
    """

    pitches: tuple[int, ...] = ()
    pitch_bars: tuple[int, ...] = ()
    onsets: tuple[int, ...] = ()
    chords: tuple[int, ...] = ()
    chord_bars: tuple[int, ...] = ()
    tonic: int | None = None
    form: tuple[int, ...] = ()


def of_score(score: Score, *, key: str | None, chords: progression.Progression | None = None) -> Motifs:
    """Gather what is searched; `key` such as "Bb major", `chords` where the piece was written as chord symbols."""
    lines = bar_lines(score)
    notes = statistics.melody_notes(score)
    words = _words(_chords(score, chords))
    return Motifs(
        pitches=tuple(pitch for _, pitch in notes),
        pitch_bars=tuple(bisect_right(lines, onset) for onset, _ in notes),
        onsets=tuple(round(onset * SIXTEENTHS) for onset, _ in notes),
        chords=tuple(word for _, word in words),
        chord_bars=tuple(bisect_right(lines, onset) for onset, _ in words),
        tonic=pitch_class(key.split()[0]) if key else None,
        form=_form(score, lines),
    )


def bar_lines(score: Score) -> list[Fraction]:
    """Where the bars begin, quarter notes, the first at 0: as the source draws them, else as the meter asks."""
    if score.bars:
        return [Fraction(0), *score.bars]
    meters = {mark.at: mark.bar for mark in score.meters if mark.bar > 0}
    changes = [at for at in sorted(meters, reverse=True) if at > 0]
    lines, bar = [Fraction(0)], meters.get(Fraction(0), Fraction(4))
    while len(lines) < BARS_LOOKED_AT_MAX:
        line = lines[-1] + bar
        if changes and changes[-1] <= line:  # a change of meter begins a bar, wherever the one before would have ended
            line = changes.pop()
            bar = meters[line]
        if line >= score.end:
            break
        lines.append(line)
    return lines


def chord_word(symbol: str) -> int:
    """Root 0..11, and 12 more for a chord with a minor third.

    Raises
    ------
    UnreadableFileError
        If the symbol is no chord.
    """
    root, intervals, _ = parse_chord(symbol)
    return root + (12 if 3 in intervals and 4 not in intervals else 0)


def _chords(score: Score, written: progression.Progression | None) -> list[tuple[Fraction, str]]:
    if written is not None:
        onset, found = Fraction(0), []
        for chord in written.chords:
            found.append((onset, chord.symbol))
            onset += chord.quarters
        return found
    part = progression.chord_part(score)
    if part is None:
        return []
    try:
        return progression.named(Score(parts=(part,)))
    except EngineError:
        return []


def _words(chords: Sequence[tuple[Fraction, str]]) -> list[tuple[Fraction, int]]:
    words: list[tuple[Fraction, int]] = []
    for onset, symbol in chords:
        try:
            word = chord_word(symbol)
        except UnreadableFileError:  # a rest
            continue
        if not words or words[-1][1] != word:
            words.append((onset, word))
    return words[:CHORDS_MAX]


def _form(score: Score, lines: list[Fraction]) -> tuple[int, ...]:
    bars: list[set[tuple[int, Fraction, int, Fraction]]] = [set() for _ in lines[: BARS_MAX + 1]]
    for place, part in enumerate(score.parts):
        for note in part.notes:
            number = bisect_right(lines, note.onset) - 1
            if number < len(bars):
                bars[number].add((place, note.onset - lines[number], note.pitch_midi, note.duration))
    first: dict[frozenset[tuple[int, Fraction, int, Fraction]], int] = {}
    return tuple(first.setdefault(frozenset(bar), number) for number, bar in enumerate(bars[:BARS_MAX]))
