"""What a cover draws: small grids of numbers taken from the music itself, never from chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Literal

import numpy as np

from engine.arrays import Doubles, Mono
from engine.dsp import stft
from engine.mixing.curves import response_db
from engine.score import Score
from engine.theory.names import pitch_class

COLUMNS: Final = 48
ROWS: Final = 24
_CURVE_POINTS: Final = 64
_WINDOW: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A drawing as data.

    kind : "roll" (cells of notes), "spectrum" (cells of energy) or "curve" (one row: gain over frequency)
    cells : rows from low to high pitch, each with columns in order of time (frequency for a curve), 0..1
    hue : place of the tonic on the circle of fifths, 0..11 from C, or None; is_minor : darker shades
    """

    kind: Literal["roll", "spectrum", "curve"]
    cells: tuple[tuple[float, ...], ...]
    hue: int | None = None
    is_minor: bool = False


def of_notes(score: Score, *, key: str | None) -> Picture:
    """The piano roll as a grid: rows span the pitches used, columns the whole length."""
    notes = [note for part in score.parts for note in part.notes]
    cells = np.zeros((ROWS, COLUMNS))
    end = float(score.end) or 1.0
    low = min((note.pitch_midi for note in notes), default=60)
    span = max(max((note.pitch_midi for note in notes), default=60) - low + 1, ROWS)
    for note in notes:
        row = (note.pitch_midi - low) * ROWS // span
        first = min(int(float(note.onset) / end * COLUMNS), COLUMNS - 1)
        last = min(max(int(np.ceil(float(note.offset) / end * COLUMNS)), first + 1), COLUMNS)
        cells[row, first:last] = np.maximum(cells[row, first:last], note.velocity / 127)
    return _picture("roll", cells, key)


def of_signal(mono: Mono, *, sample_rate_hz: int, key: str | None) -> Picture:
    """Energy in bands of equal musical width from 50 Hz to 12 kHz, over the whole length."""
    step = max(len(mono) // (COLUMNS * 4), 1)
    spectrum = stft.magnitude(mono, window=_WINDOW, hop=max(step, 256))
    edges = np.geomspace(50, min(12_000, 0.49 * sample_rate_hz), ROWS + 1) * _WINDOW / sample_rate_hz
    bounds = np.maximum.accumulate(np.round(edges).astype(int))
    bands = np.stack([spectrum[a : max(b, a + 1)].max(axis=0) for a, b in pairwise(bounds)])
    places = np.arange(COLUMNS) * bands.shape[1] // COLUMNS
    columns = np.maximum.reduceat(bands, np.minimum(places, bands.shape[1] - 1), axis=1)
    level = 20 * np.log10(columns + 1e-6)
    return _picture("spectrum", np.clip((level - level.max() + 60) / 60, 0, 1).astype(np.float64), key)


def of_setting(setting: dict[str, Any]) -> Picture:
    """The chain's gain from 20 Hz to 20 kHz, -24..24 dB as 0..1."""
    curve = response_db(setting, np.geomspace(20, 20_000, _CURVE_POINTS))
    return _picture("curve", np.clip((curve + 24) / 48, 0, 1)[np.newaxis], None)


def of_levels(gains_db: Sequence[float]) -> Picture:
    """The faders of a mix from the first track to the last, -24..24 dB as 0..1."""
    levels = np.asarray(gains_db if len(gains_db) else [0.0], dtype=np.float64)
    places = np.linspace(0, len(levels) - 1, _CURVE_POINTS)
    curve = np.interp(places, np.arange(len(levels)), levels)
    return _picture("curve", np.clip((curve + 24) / 48, 0, 1)[np.newaxis], None)


def _picture(kind: Literal["roll", "spectrum", "curve"], cells: Doubles, key: str | None) -> Picture:
    tonic, _, mode = (key or "").partition(" ")
    return Picture(
        kind=kind,
        cells=tuple(tuple(row) for row in np.round(cells, 2).tolist()),
        hue=pitch_class(tonic) * 7 % 12 if tonic else None,
        is_minor=mode == "minor",
    )
