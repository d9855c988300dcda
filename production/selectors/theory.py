"""A tuner, and the curve of a chord, for pages."""

from __future__ import annotations

from collections.abc import Sequence
from math import pi

from production.errors import OutOfTuneError

# The engine is loaded when first asked: pages that need none of this start without numeric libraries.


def tuner(frequency_hz: float) -> tuple[str, float]:
    """The nearest note's name, and how many cents the frequency lies above it, -50..50.

    Raises
    ------
    OutOfTuneError
        If it is no frequency of a note.
    """
    from engine import theory
    from engine.errors import EngineError

    try:
        name, cents = theory.nearest_note(frequency_hz)
    except (EngineError, ValueError, OverflowError) as error:
        raise OutOfTuneError from error
    return name, round(cents, 2)


def chord_curve(semitones: Sequence[int] = (0, 4, 7), *, periods: int = 8, points: int = 400) -> tuple[float, ...]:
    """The paper's sum of sines over `periods` of the lowest note, scaled to -1..1, for a drawing.

    Raises
    ------
    OutOfTuneError
        If there is no note, or more than twelve, or one lies over two octaves above the first.
    """
    if not 1 <= len(semitones) <= 12 or any(not 0 <= n <= 24 for n in semitones):
        raise OutOfTuneError
    import numpy as np

    from engine import theory

    phase = np.linspace(0, 2 * pi * periods, points)
    curve = theory.chord_waveform(phase, list(semitones)) / len(semitones)
    return tuple(round(value, 4) for value in curve.tolist())
