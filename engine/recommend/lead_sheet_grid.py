"""A melody laid out for the lead-sheet harmoniser: one place for every half bar, seen from the melody's own key.

A half bar is two beats of a bar of four, or half of a bar of three or six. Each is described by which pitch classes
sound in it and for how long, which one sounds as it begins, how much of it is silent, and which half of its bar it is.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.analysis.key import best_key
from engine.arrays import Doubles, Floats
from engine.theory.names import pitch_class

FEATURES: Final = 12 + 12 + 1 + 2
HALVES: Final = 2
ONSET, DURATION, PITCH = range(3)


def lay_out(notes: Doubles, places: int) -> Floats:
    """Describe every half bar.

    Parameters
    ----------
    notes : (notes, 3 or more) onset and duration in half bars, MIDI pitch, sorted by onset
    places : how many half bars there are

    Returns
    -------
    (places, FEATURES) float32: 12 shares of time, 12 for what sounds at the start, silence, one of two halves
    """
    rows = np.zeros((places, FEATURES), np.float32)
    for onset, duration, pitch in notes[:, [ONSET, DURATION, PITCH]].tolist():
        stop = min(onset + duration, float(places))
        for place in range(max(int(onset), 0), min(int(np.ceil(stop)), places)):
            share = min(stop, place + 1) - max(onset, place)
            rows[place, int(pitch) % 12] += max(share, 0.0)
            if onset <= place + _LATE and share > _LATE:
                rows[place, 12 + int(pitch) % 12] = 1.0
    rows[:, 24] = np.clip(1 - rows[:, :12].sum(1), 0, 1)
    rows[np.arange(places), 25 + np.arange(places) % HALVES] = 1.0
    return rows


_LATE: Final = 0.07  # of a half bar: played notes do not begin on the dot


def home_of(notes: Doubles) -> int:
    """Tonic 0..11 of the major key whose notes the melody uses; of a minor key, its relative major's."""
    weights = np.bincount(notes[:, PITCH].astype(int) % 12, weights=notes[:, DURATION] + 0.05, minlength=12)
    name = best_key(weights.astype(np.float64))
    if name is None:
        return 0
    tonic, mode = name.split()
    return (pitch_class(tonic) + 3 * (mode == "minor")) % 12


def seen_from(rows: Floats, home: int) -> Floats:
    """The same rows with pitch classes counted from `home`."""
    turned = rows.copy()
    for first in (0, 12):
        turned[:, first : first + 12] = np.roll(rows[:, first : first + 12], -home, axis=1)
    return turned


def sounding(notes: Doubles, places: int, frames: int) -> NDArray[np.int64]:
    """(places * frames,) MIDI pitch that sounds in the middle of each frame of a half bar, -1 in silence."""
    pitches = np.full(places * frames, -1, np.int64)
    for onset, duration, pitch in notes[:, [ONSET, DURATION, PITCH]].tolist():
        first = int(np.ceil(onset * frames - 0.5))
        stop = max(int(np.ceil((onset + duration) * frames - 0.5)), first + 1)
        pitches[max(first, 0) : max(stop, 0)] = int(pitch)
    return pitches
