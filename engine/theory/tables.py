"""Tables 1, 2 and 3 of the seed paper, worked out, with the cells in which the print rounds otherwise.

Six cells of Table 1 differ from ours in the second decimal: the paper cuts or chains its roundings (D4 293.67 for
293.66, for one; octaves of 493.88 give 987.76 for 987.77). Cell 3 of Table 3 is 1.18920 for 1.18921, cut off; so are
two more there.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from engine.theory.names import note_name
from engine.theory.tuning import INTERVAL_NAMES, JUST_RATIOS, SEMITONE_RATIO, cents, frequency_hz

_WHITE_KEYS: Final = (0, 2, 4, 5, 7, 9, 11)
_SOLMIZATION: Final = (
    "Do", "Do#", "Re", "Re#", "Mi", "Fa", "Fa#", "So", "So#", "La", "La#", "Ti",
)  # fmt: skip

# What the paper prints, by note or by scale difference, so that ours can be laid beside it.
PRINTED_TABLE_1: Final = {
    "C4": 261.63, "D4": 293.67, "E4": 329.63, "F4": 349.23, "G4": 391.99, "A4": 440.0, "B4": 493.88,
    "C5": 523.25, "D5": 587.33, "E5": 659.25, "F5": 698.46, "G5": 783.99, "A5": 880.0, "B5": 987.76,
    "C6": 1046.5, "D6": 1174.66, "E6": 1318.51, "F6": 1396.92, "G6": 1567.98, "A6": 1760.0, "B6": 1975.52,
}  # fmt: skip
PRINTED_TABLE_2: Final = {
    0: Fraction(1), 1: Fraction(16, 15), 2: Fraction(9, 8), 3: Fraction(6, 5), 10: Fraction(16, 9),
    11: Fraction(15, 8), 12: Fraction(2),
}  # fmt: skip
PRINTED_TABLE_3: Final = (
    1.0, 1.05946, 1.12246, 1.18920, 1.25992, 1.33484, 1.41421, 1.49831, 1.5874, 1.68179, 1.78180, 1.88775,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRow:
    """A row of Table 1; `printed_hz` is the paper's cell."""

    name: str
    solmization: str
    pitch_midi: int
    frequency_hz: float
    printed_hz: float

    @property
    def agrees(self) -> bool:
        """Whether ours, to two decimals, is what the paper prints."""
        return round(self.frequency_hz, 2) == self.printed_hz


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalRow:
    """A row of Table 2: the just ratio, its size, and how far equal temperament lies above it (cents)."""

    semitones: int
    name: str
    ratio: Fraction
    cents: float
    tempered_error_cents: float
    is_printed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SemitoneRow:
    """A row of Table 3: 2^(n/12), the ratio of small numbers near it, white key 1..7 and solmization."""

    semitones: int
    factor: float
    printed_factor: float
    ratio: Fraction
    white_key: int | None
    solmization: str

    @property
    def agrees(self) -> bool:
        """Whether ours, to five decimals, is what the paper prints."""
        return round(self.factor, 5) == self.printed_factor


def table_1() -> tuple[NoteRow, ...]:
    """MIDI standard, frequency and solmization: the white keys from C4 to B6."""
    rows = []
    for octave in range(3):
        for step in _WHITE_KEYS:
            pitch = 60 + 12 * octave + step
            name = note_name(pitch)
            rows.append(
                NoteRow(
                    name=name,
                    solmization=_SOLMIZATION[step],
                    pitch_midi=pitch,
                    frequency_hz=frequency_hz(pitch),
                    printed_hz=PRINTED_TABLE_1[name],
                )
            )
    return tuple(rows)


def table_2() -> tuple[IntervalRow, ...]:
    """Frequency ratios of the intervals from unison to octave; the paper prints seven of the thirteen."""
    return tuple(
        IntervalRow(
            semitones=semitones,
            name=INTERVAL_NAMES[semitones],
            ratio=ratio,
            cents=cents(ratio),
            tempered_error_cents=100 * semitones - cents(ratio),
            is_printed=semitones in PRINTED_TABLE_2,
        )
        for semitones, ratio in enumerate(JUST_RATIOS)
    )


def table_3() -> tuple[SemitoneRow, ...]:
    """The geometric sequence of the semitones of one octave."""
    return tuple(
        SemitoneRow(
            semitones=semitones,
            factor=SEMITONE_RATIO**semitones,
            printed_factor=PRINTED_TABLE_3[semitones],
            ratio=JUST_RATIOS[semitones],
            white_key=_WHITE_KEYS.index(semitones) + 1 if semitones in _WHITE_KEYS else None,
            solmization=_SOLMIZATION[semitones],
        )
        for semitones in range(12)
    )
