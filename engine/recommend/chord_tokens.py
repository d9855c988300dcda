"""Chords as the networks of this package know them: twelve roots, thirteen qualities, or no chord.

A token is root * 13 + quality, 156 stands for "no chord". Inversions and added tones are left aside: every symbol has
the token of the plainest chord it contains.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.theory.names import CHORDS, parse_chord, pitch_class_name

QUALITIES: Final = ("", "m", "dim", "aug", "sus2", "sus4", "7", "maj7", "m7", "m7b5", "dim7", "7sus4", "6")
NO_CHORD: Final = 12 * len(QUALITIES)
TOKENS: Final = NO_CHORD + 1
NO_ROOT: Final = 12  # the "root" of no chord, and the interval where there is none

TONES: Final = tuple(CHORDS[quality] for quality in QUALITIES)
_REST: Final = frozenset({"N.C.", "NC", "N", "-"})
# What a quality outside the thirteen is heard as.
_PLAIN: Final = {
    "5": "", "m6": "m", "mmaj7": "m", "aug7": "aug", "7b5": "7", "add9": "", "madd9": "m", "9": "7", "maj9": "maj7",
    "m9": "m7", "7b9": "7", "7#9": "7", "11": "7sus4", "m11": "m7", "13": "7", "6/9": "6", "m6/9": "m",
    "maj7#5": "aug", "maj7#11": "maj7", "7#11": "7", "9sus4": "7sus4", "maj13": "maj7", "m13": "m7",
}  # fmt: skip
_NAME_OF: Final = {intervals: name for name, intervals in reversed(CHORDS.items())}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A chord and for how many beats it stands; `beats` is None where nobody says."""

    token: int
    beats: int | None = None


def token_of(symbol: str) -> int:
    """The token of a chord symbol: "Am7/G" is that of Am7, "C9" that of C7.

    Raises
    ------
    UnreadableFileError
        If the symbol is not known.
    """
    if symbol in _REST:
        return NO_CHORD
    root, intervals, _ = parse_chord(symbol)
    name = _NAME_OF[intervals]
    return root * len(QUALITIES) + QUALITIES.index(_PLAIN.get(name, name))


def symbol_of(token: int, *, flats: bool = False) -> str:
    """The symbol of a token: 0 is "C", 156 is "N.C."."""
    if token == NO_CHORD:
        return "N.C."
    return pitch_class_name(root_of(token), flats=flats) + QUALITIES[token % len(QUALITIES)]


def root_of(token: int) -> int:
    """Pitch class 0..11, or `NO_ROOT`."""
    return token // len(QUALITIES)


def moved(token: int, semitones: int) -> int:
    """The same chord `semitones` higher; no chord stays what it is."""
    return token if token == NO_CHORD else (token + semitones * len(QUALITIES)) % NO_CHORD


def tones_of(token: int) -> tuple[int, ...]:
    """Pitch classes of the chord, the root first; none for no chord."""
    if token == NO_CHORD:
        return ()
    return tuple((root_of(token) + interval) % 12 for interval in TONES[token % len(QUALITIES)])


def merged(changes: Sequence[Change]) -> list[Change]:
    """Equal neighbours joined; the length of what is joined is unknown if one of them is."""
    found: list[Change] = []
    for change in changes:
        if found and found[-1].token == change.token:
            before = found.pop()
            known = before.beats is not None and change.beats is not None
            beats = (before.beats or 0) + (change.beats or 0) if known else None
            found.append(Change(token=change.token, beats=beats))
        else:
            found.append(change)
    return found
