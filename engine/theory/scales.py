"""Scales: their notes, spelled, and which scales hold given notes."""

from collections.abc import Iterable
from typing import Final

from engine.errors import OutOfRangeError
from engine.theory.chords import spelled
from engine.theory.names import pitch_class, pitch_class_name

# Semitones above the tonic.
SCALES: Final[dict[str, tuple[int, ...]]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "natural minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic minor": (0, 2, 3, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "major pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "whole tone": (0, 2, 4, 6, 8, 10),
    "diminished": (0, 2, 3, 5, 6, 8, 9, 11),
    "hungarian minor": (0, 2, 3, 6, 7, 8, 11),
    "phrygian dominant": (0, 1, 4, 5, 7, 8, 10),
    "hirajoshi": (0, 2, 3, 7, 8),
    "chromatic": tuple(range(12)),
}
_DEGREES: Final = {
    5: {0: 1, 2: 2, 3: 3, 4: 3, 5: 4, 7: 5, 8: 6, 9: 6, 10: 7},
    6: {0: 1, 2: 2, 3: 3, 4: 3, 5: 4, 6: 5, 7: 5, 8: 6, 10: 7},
}


def scale_notes(tonic: str, scale: str) -> tuple[str, ...]:
    """Names of a scale's notes; scales of seven notes use every letter once: E major has G# and D#.

    Raises
    ------
    OutOfRangeError
        If the scale is not known.
    UnreadableFileError
        If the tonic is no note.
    """
    root = pitch_class(tonic)
    steps = SCALES.get(scale)
    if steps is None:
        raise OutOfRangeError(f"{scale[:30]!r} is no scale: {', '.join(SCALES)}")
    name = tonic.replace("♭", "b").replace("♯", "#")
    if len(steps) == 7:
        return tuple(spelled(name, degree, step) for degree, step in enumerate(steps, 1))
    if len(steps) in _DEGREES:
        return tuple(spelled(name, _DEGREES[len(steps)][step], step) for step in steps)
    return tuple(pitch_class_name(root + step, flats="b" in name or name == "F") for step in steps)


def scales_with(pitch_classes: Iterable[int]) -> tuple[tuple[int, str], ...]:
    """(tonic, scale) of every scale that holds all these pitch classes: the fewest other notes first, then by name.

    The chromatic scale, which holds all, is left out.
    """
    wanted = {each % 12 for each in pitch_classes}
    found = []
    for scale, steps in SCALES.items():
        for tonic in range(12):
            held = {(tonic + step) % 12 for step in steps}
            if len(steps) < 12 and wanted <= held:
                found.append((len(held - wanted), tonic not in wanted, list(SCALES).index(scale), tonic, scale))
    return tuple((tonic, scale) for *_, tonic, scale in sorted(found))
