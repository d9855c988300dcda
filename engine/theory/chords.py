"""Chords both ways: a symbol to its notes, notes to every symbol they can be read as."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.theory.names import CHORDS, STEPS, parse_chord, pitch_class_name

_LETTERS: Final = "CDEFGAB"
# Degree of the scale that each distance from the root is written as.
_DEGREE: Final = {
    0: 1, 2: 2, 3: 3, 4: 3, 5: 4, 6: 5, 7: 5, 8: 5, 9: 6, 10: 7, 11: 7, 13: 9, 14: 9, 15: 9, 17: 11, 18: 11, 21: 13,
}  # fmt: skip
_INVERSIONS: Final = {0: 0, 2: 1, 3: 1, 4: 1, 5: 1, 6: 2, 7: 2, 8: 2, 9: 3, 10: 3, 11: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChordReading:
    """One way to name notes that sound together.

    symbol : such as "Am7", "C/E" or "C/D"; root : a pitch class
    inversion : 0 with the root in the bass, 1 the third, 2 the fifth, 3 the seventh or sixth; None for another bass
    lacks_fifth : the perfect fifth is thought, not played
    """

    symbol: str
    root: int
    inversion: int | None
    lacks_fifth: bool = False


def chord_notes(symbol: str) -> tuple[str, ...]:
    """Names of a chord's notes, the bass first: "C7/E" is E, C, G, Bb; each is spelled as its degree asks.

    Raises
    ------
    UnreadableFileError
        If the symbol is not known.
    """
    root, intervals, bass = parse_chord(symbol)
    head, _, slash = symbol.strip().partition("/")
    root_name = head[: 1 + len(head[1:]) - len(head[1:].lstrip("#b♯♭"))].replace("♭", "b").replace("♯", "#")
    is_diminished_seventh = intervals == CHORDS["dim7"]
    names = [spelled(root_name, 7 if is_diminished_seventh and n == 9 else _DEGREE[n], n) for n in intervals]
    if bass == root or not slash:
        return tuple(names)
    classes = [(root + interval) % 12 for interval in intervals]
    if bass in classes:
        lowest = names[classes.index(bass)]
        return (lowest, *(name for name in names if name != lowest))
    return (slash.replace("♭", "b").replace("♯", "#"), *names)


def spelled(root_name: str, degree: int, semitones: int) -> str:
    """Name of the note `semitones` above a root, written on the letter of its degree: ("Eb", 5, 7) is "Bb"."""
    letter = _LETTERS[(_LETTERS.index(root_name[0]) + degree - 1) % 7]
    root = STEPS[root_name[0]] + root_name.count("#") - root_name[1:].count("b")
    shift = (root + semitones - STEPS[letter] + 6) % 12 - 6
    return letter + ("#" * shift or "b" * -shift)


def chord_readings(pitches_midi: Sequence[int]) -> tuple[ChordReading, ...]:
    """Every symbol these notes can be read as, the likeliest first; empty where none is known.

    First come chords whose root lies in the bass, then inversions, then chords without their fifth, then chords over a
    bass that is not one of their notes. (57, 60, 64, 67) is Am7 first and C6/A second.
    """
    if not pitches_midi:
        return ()
    bass = min(pitches_midi) % 12
    classes = frozenset(pitch % 12 for pitch in pitches_midi)
    found: dict[tuple[int, int, int], ChordReading] = {}
    for turn in range(12):
        root = (bass + turn) % 12
        for rank, group, lacks_fifth in (
            (0, classes, False),
            (1, classes | {(root + 7) % 12}, True),
            (2, classes - {bass}, False),
        ):
            if root not in group or (rank and group == classes):
                continue
            quality = _QUALITY_OF.get(frozenset((each - root) % 12 for each in group))
            if quality is not None and (rank == 0 or len(group) > 2):
                place = rank + 1 if rank or root != bass else 0
                reading = _reading(root, quality, bass, lacks_fifth, is_own_bass=rank < 2)
                found[place, turn, rank] = reading
    return tuple({reading.symbol: reading for _, reading in sorted(found.items(), key=lambda pair: pair[0])}.values())


def _reading(root: int, quality: str, bass: int, lacks_fifth: bool, *, is_own_bass: bool) -> ChordReading:
    flats = root in (3, 5, 8, 10) or (quality.startswith("m") and root in (0, 2, 7))
    symbol = pitch_class_name(root, flats=root in (1, 3, 5, 8, 10) and flats) + quality
    if root != bass:
        symbol += "/" + pitch_class_name(bass, flats=flats)
    inversion = _INVERSIONS.get((bass - root) % 12) if is_own_bass else None
    return ChordReading(symbol=symbol, root=root, inversion=inversion, lacks_fifth=lacks_fifth)


def _qualities() -> dict[frozenset[int], str]:
    found: dict[frozenset[int], str] = {}
    for quality, intervals in CHORDS.items():
        found.setdefault(frozenset(interval % 12 for interval in intervals), quality)
    return found


_QUALITY_OF: Final = _qualities()
