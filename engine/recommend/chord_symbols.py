"""Names for what sounds together: the chords a harmonisation goes through, beat by beat."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Quality -> semitones above the root. Earlier wins a tie, so plain chords come first.
QUALITIES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "dim": (0, 3, 6),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7b5": (0, 3, 6, 10),
    "dim7": (0, 3, 6, 9),
    "aug": (0, 4, 8),
    "sus4": (0, 5, 7),
}
SHARP_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLAT_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
NO_CHORD = "N.C."

_MISSING, _FOREIGN = 3, 2  # a tone of the chord that is absent costs more than a passing tone


def label(pitches: NDArray[np.int64], *, fifths: int) -> str:
    """Name the chord of one beat.

    Parameters
    ----------
    pitches : (4, steps) int64, soprano alto tenor bass, MIDI numbers, 0 for silence
    fifths : sharps (positive) or flats (negative) of the key, which decide how black keys are spelt

    Returns
    -------
    Root, quality and, when it is not the root, the bass: "G", "F#m7b5", "C/E"; "N.C." where nothing sounds.
    """
    weights = np.bincount(pitches[pitches > 0] % 12, minlength=12)
    if not weights.any():
        return NO_CHORD
    sung_bass = pitches[3][pitches[3] > 0]
    bass = int(sung_bass[0]) % 12 if len(sung_bass) else None
    root, quality = max(
        ((root, quality) for quality in QUALITIES for root in range(12)),
        key=lambda chord: (_fit(weights, *chord), chord[0] == bass),
    )
    names = SHARP_NAMES if fifths >= 0 else FLAT_NAMES
    slash = "" if bass is None or bass == root else f"/{names[bass]}"
    return f"{names[root]}{quality}{slash}"


def _fit(weights: NDArray[np.int64], root: int, quality: str) -> int:
    tones = [(root + interval) % 12 for interval in QUALITIES[quality]]
    inside = sum(int(weights[tone]) for tone in tones)
    unit = int(weights.sum())  # so that a tone counts the same in a long beat as in a short one
    missing = sum(unit for tone in tones if weights[tone] == 0)
    return 8 * inside - 8 * _FOREIGN * (unit - inside) - _MISSING * missing


def progression(pitches: NDArray[np.int64], beats: Sequence[int], *, fifths: int) -> list[tuple[int, str]]:
    """(step, symbol) wherever the chord changes; `beats` are the steps at which a beat starts, from 0 and ascending."""
    changes: list[tuple[int, str]] = []
    for start, stop in zip(beats, [*beats[1:], pitches.shape[1]], strict=True):
        symbol = label(pitches[:, start:stop], fifths=fifths)
        if not changes or changes[-1][1] != symbol:
            changes.append((start, symbol))
    return changes
