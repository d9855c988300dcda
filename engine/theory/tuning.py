"""Pitch as a number: notes, frequencies, MIDI numbers, cents and exact ratios.

Source: the seed paper, section 2.2.2; f = 2^(n/12) x 440 Hz and rho = 69 + 12 log2(f / 440).
"""

from fractions import Fraction
from math import isfinite, log2
from typing import Final

from engine.errors import OutOfRangeError
from engine.theory.names import STEPS, note_name

A4_HZ: Final = 440.0
A4_MIDI: Final = 69
SEMITONE_RATIO: Final = 2 ** (1 / 12)  # the paper's scale coefficient, 1.059463

# The small ratios that just intonation gives the thirteen intervals of an octave (Table 2 names seven of them).
JUST_RATIOS: Final = (
    Fraction(1), Fraction(16, 15), Fraction(9, 8), Fraction(6, 5), Fraction(5, 4), Fraction(4, 3), Fraction(45, 32),
    Fraction(3, 2), Fraction(8, 5), Fraction(5, 3), Fraction(16, 9), Fraction(15, 8), Fraction(2),
)  # fmt: skip
INTERVAL_NAMES: Final = (
    "Perfect unison", "Minor second", "Major second", "Minor third", "Major third", "Perfect fourth", "Tritone",
    "Perfect fifth", "Minor sixth", "Major sixth", "Minor seventh", "Major seventh", "Perfect octave",
)  # fmt: skip


def frequency_hz(pitch_midi: float, *, a4_hz: float = A4_HZ) -> float:
    """Frequency of a MIDI pitch in twelve-tone equal temperament; fractions are parts of a semitone.

    Example: ``frequency_hz(72)`` is 523.25 Hz, the paper's C5.
    """
    return float(a4_hz * 2 ** ((pitch_midi - A4_MIDI) / 12))


def midi_number(frequency: float, *, a4_hz: float = A4_HZ) -> float:
    """MIDI pitch of a frequency in Hz: rho = 69 + 12 log2(f / 440), with its fraction.

    Raises
    ------
    OutOfRangeError
        If the frequency is not above 0 and finite.
    """
    if not (isfinite(frequency) and frequency > 0):
        raise OutOfRangeError(f"{frequency} Hz is no frequency of a note")
    return A4_MIDI + 12 * log2(frequency / a4_hz)


def midi_of_name(name: str) -> int:
    """MIDI pitch of a name such as "C4" (60), "F#5", "Bb3" or "C-1" (0).

    Raises
    ------
    OutOfRangeError
        If it is no note name or lies outside 0..127.
    """
    step, rest = name[:1].upper(), name[1:]
    signs = rest[: len(rest) - len(rest.lstrip("#b"))]
    octave = rest[len(signs) :]
    if step not in STEPS or not octave.lstrip("-").isdigit() or len(octave) > 3 or len(signs) > 3:
        raise OutOfRangeError(f"{name[:20]!r} is no note name such as C4 or F#5")
    number = 12 * (int(octave) + 1) + STEPS[step] + signs.count("#") - signs.count("b")
    if not 0 <= number <= 127:
        raise OutOfRangeError(f"{name[:20]} lies outside the range of MIDI")
    return number


def nearest_note(frequency: float, *, a4_hz: float = A4_HZ) -> tuple[str, float]:
    """Name of the nearest note and how far the frequency lies above it, cents -50..50: what a tuner shows."""
    exact = midi_number(frequency, a4_hz=a4_hz)
    number = round(exact)
    return note_name(number), 100 * (exact - number)


def cents(ratio: float | Fraction) -> float:
    """Size of a frequency ratio in cents; an octave has 1,200."""
    if ratio <= 0:
        raise OutOfRangeError(f"{ratio} is no frequency ratio")
    return 1200 * log2(float(ratio))
