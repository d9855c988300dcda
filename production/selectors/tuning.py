"""The paper's tables, and a few chords, for the shop's note table and tuner."""

from __future__ import annotations

from dataclasses import dataclass

from engine.theory.tables import IntervalRow, NoteRow, SemitoneRow, table_1, table_2, table_3
from engine.theory.tuning import frequency_hz
from production.selectors.theory import chord_curve

_C4 = 60
_CHORDS = (
    ("C major (Do + Mi + So)", (0, 4, 7)),
    ("C minor", (0, 3, 7)),
    ("C dominant seventh", (0, 4, 7, 10)),
    ("C diminished", (0, 3, 6)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chord:
    """A chord to hear: its frequencies in Hz, lowest first."""

    name: str
    semitones: tuple[int, ...]
    frequencies_hz: tuple[float, ...]

    curve: tuple[float, ...]
    """The paper's sum of sines over a few periods of the lowest note, -1..1."""

    @property
    def points(self) -> str:
        """The curve as the points of an SVG polyline, one unit a value, 40 high."""
        return " ".join(f"{x},{20 - 18 * y:.1f}" for x, y in enumerate(self.curve))

    @property
    def frequencies(self) -> str:
        """As the tuner reads them."""
        return ",".join(f"{hz:.4f}" for hz in self.frequencies_hz)


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningTables:
    """Tables 1 to 3, and chords whose waveform is the paper's sum of sines."""

    notes: tuple[NoteRow, ...]
    intervals: tuple[IntervalRow, ...]
    semitones: tuple[SemitoneRow, ...]
    chords: tuple[Chord, ...]


def tuning_tables() -> TuningTables:
    """All of it, computed."""
    chords = tuple(
        Chord(
            name=name,
            semitones=steps,
            frequencies_hz=tuple(frequency_hz(_C4 + step) for step in steps),
            curve=chord_curve(steps, periods=6, points=240),
        )
        for name, steps in _CHORDS
    )
    return TuningTables(notes=table_1(), intervals=table_2(), semitones=table_3(), chords=chords)
