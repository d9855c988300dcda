"""Six figures of how chords lie under a melody; a harmonisation is good where they are near those of people.

Source: Y.-C. Yeh et al., "Automatic melody harmonization with triad chords: a comparative study", Journal of New Music
Research, 2021 (arXiv 2001.02360); tonal distance after C. Harte et al., "Detecting harmonic change in musical audio",
2006. Here over 12 roots x 13 qualities instead of 48 triads, and a frame is an eighth of a half bar.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Doubles
from engine.recommend.chord_tokens import NO_CHORD, TOKENS, tones_of
from engine.recommend.lead_sheet_grid import ONSET, PITCH, sounding

METRICS: Final = ("CHE", "CC", "CTD", "CTnCTR", "PCS", "MCTD")
FRAMES: Final = 8
_CONSONANCE: Final = np.array([1, -1, -1, 1, 1, 0, -1, 1, 1, 1, -1, -1])  # by semitones above the chord's tone
_STEP_MAX: Final = 2  # a foreign note is proper if the next lies this near, semitones


def _centroids() -> Doubles:
    """(12, 6) where each pitch class lies on the circles of fifths, minor thirds and major thirds."""
    classes = np.arange(12)
    angles = [classes * 7 * np.pi / 6, classes * 3 * np.pi / 2, classes * 2 * np.pi / 3]
    return np.stack([r * f(a) for a, r in zip(angles, (1, 1, 0.5), strict=True) for f in (np.sin, np.cos)], axis=1)


_CLASS_AT: Final = _centroids()
_TONES: Final = [tones_of(token) for token in range(TOKENS)]
_CHORD_AT: Final = np.array([_CLASS_AT[list(tones)].mean(0) if tones else np.zeros(6) for tones in _TONES])


def metrics(notes: Doubles, chords: NDArray[np.int64]) -> dict[str, float]:
    """The six figures of one song.

    Parameters
    ----------
    notes : (notes, 3 or more) onset and duration in half bars, MIDI pitch, sorted by onset
    chords : (half bars,) tokens; places without a chord are left out
    """
    named = chords[chords != NO_CHORD]
    shares = np.bincount(named, minlength=TOKENS) / max(len(named), 1)
    shares = shares[shares > 0]
    moved = np.linalg.norm(np.diff(_CHORD_AT[named], axis=0), axis=1)
    return {
        "CHE": float(-(shares * np.log(shares)).sum()),
        "CC": float(len(shares)),
        "CTD": float(moved.mean()) if len(moved) else 0.0,
        "CTnCTR": _chord_tone_ratio(notes, chords),
        **_frame_figures(notes, chords),
    }


def _chord_tone_ratio(notes: Doubles, chords: NDArray[np.int64]) -> float:
    inside = proper = outside = 0
    pitches = notes[:, PITCH].astype(int)
    for index, place in enumerate(np.clip(np.floor(notes[:, ONSET] + 0.05).astype(int), 0, len(chords) - 1)):
        tones = _TONES[chords[place]]
        if not tones:
            continue
        if pitches[index] % 12 in tones:
            inside += 1
        else:
            outside += 1
            follows = index + 1 < len(pitches) and abs(int(pitches[index + 1] - pitches[index])) <= _STEP_MAX
            proper += follows
    return (inside + proper) / max(inside + outside, 1)


def _frame_figures(notes: Doubles, chords: NDArray[np.int64]) -> dict[str, float]:
    frames = sounding(notes, len(chords), FRAMES)
    consonance, distance = [], []
    for frame in np.flatnonzero(frames >= 0).tolist():
        chord = int(chords[frame // FRAMES])
        if chord != NO_CHORD:
            consonance.append(float(np.mean([_CONSONANCE[(frames[frame] - tone) % 12] for tone in _TONES[chord]])))
            distance.append(float(np.linalg.norm(_CLASS_AT[frames[frame] % 12] - _CHORD_AT[chord])))
    return {"PCS": float(np.mean(consonance or [0.0])), "MCTD": float(np.mean(distance or [0.0]))}
