"""Temperaments and tunings: where the notes of an octave lie, in cents above its first note.

The historical temperaments are worked out from how far each fifth of the circle is narrowed, as their makers give
them, never from printed tables of cents.

Source: J. M. Barbour, "Tuning and Temperament", 1951; H. Kelletat, "Zur musikalischen Temperatur", 1981.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from engine.errors import OutOfRangeError
from engine.theory.tuning import A4_HZ, A4_MIDI, JUST_RATIOS, cents

PYTHAGOREAN_COMMA: Final = Fraction(3**12, 2**19)  # twelve fifths above seven octaves
SYNTONIC_COMMA: Final = Fraction(81, 80)  # four fifths above a major third
EQUAL_DIVISIONS_MAX: Final = 1_200

_FIFTH_CENTS: Final = cents(Fraction(3, 2))
_FLAT_SIDE: Final = 3  # the circle begins three fifths below C, at E flat, and ends at G sharp


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """The notes of one period, the first at 0 cents.

    degrees_cents : one value for each note, in the order of a keyboard; period_cents : usually an octave, 1,200
    ratios : the same as exact ratios, None for what is irrational
    """

    name: str
    degrees_cents: tuple[float, ...]
    ratios: tuple[Fraction | None, ...]
    period_cents: float = 1200.0

    def cents_of(self, degree: int) -> float:
        """Cents above degree 0, over all periods: degree -1 is the last note of the period below."""
        period, place = divmod(degree, len(self.degrees_cents))
        return period * self.period_cents + self.degrees_cents[place]

    def frequency_hz(self, pitch_midi: int, *, tonic: int = 0, a4_hz: float = A4_HZ) -> float:
        """Frequency of a MIDI key where degree 0 is the pitch class `tonic` and A4 keeps its frequency.

        Raises
        ------
        OutOfRangeError
            If the tuning has not twelve notes to an octave, so that it has no keys of its own.
        """
        if len(self.degrees_cents) != 12 or abs(self.period_cents - 1200) > 1e-9:
            raise OutOfRangeError(f"{self.name} has {len(self.degrees_cents)} notes: it does not fit twelve keys")
        above_a4 = self.cents_of(pitch_midi - tonic) - self.cents_of(A4_MIDI - tonic)
        return float(a4_hz * 2 ** (above_a4 / 1200))

    def deviation_cents(self, pitch_class: int, *, tonic: int = 0) -> float:
        """How far a pitch class lies above equal temperament, both with the same `tonic` (twelve notes only)."""
        degree = (pitch_class - tonic) % 12
        return self.degrees_cents[degree] - 100 * degree


def equal(divisions: int = 12, *, name: str = "") -> Tuning:
    """The octave in `divisions` equal steps.

    Raises
    ------
    OutOfRangeError
        If there is no step, or more than one a cent.
    """
    if not 1 <= divisions <= EQUAL_DIVISIONS_MAX:
        raise OutOfRangeError(f"an octave is divided in 1 to {EQUAL_DIVISIONS_MAX:,} steps, not {divisions}")
    steps = tuple(1200 * step / divisions for step in range(divisions))
    exact = (Fraction(1), *(None,) * (divisions - 1))
    return Tuning(name=name or f"{divisions} equal steps", degrees_cents=steps, ratios=exact)


def just() -> Tuning:
    """Ratios of small numbers, those of the paper's Table 2."""
    ratios = JUST_RATIOS[:12]
    return Tuning(name="Just intonation", degrees_cents=tuple(map(cents, ratios)), ratios=ratios)


def pythagorean() -> Tuning:
    """Pure fifths from E flat to G sharp; the last one is short by the whole comma."""
    ratios = [Fraction(1)] * 12
    for place in range(-_FLAT_SIDE, 12 - _FLAT_SIDE):
        ratio = Fraction(3, 2) ** place
        while ratio >= 2:
            ratio /= 2
        while ratio < 1:
            ratio *= 2
        ratios[place * 7 % 12] = ratio
    return Tuning(name="Pythagorean", degrees_cents=tuple(map(cents, ratios)), ratios=tuple(ratios))


def by_fifths(name: str, narrowed_cents: Sequence[float]) -> Tuning:
    """A temperament by how much each of the eleven fifths from E flat to G sharp is narrower than pure, cents.

    The twelfth fifth, G sharp to E flat, takes what is left of the circle.

    Raises
    ------
    OutOfRangeError
        If there are not eleven.
    """
    if len(narrowed_cents) != 11:
        raise OutOfRangeError(f"eleven fifths lie between E flat and G sharp, not {len(narrowed_cents)}")
    line = [0.0]
    for narrowed in narrowed_cents:
        line.append(line[-1] + _FIFTH_CENTS - narrowed)
    degrees = [0.0] * 12
    for place, above in enumerate(line):
        degrees[(place - _FLAT_SIDE) * 7 % 12] = round((above - line[_FLAT_SIDE]) % 1200, 9) % 1200
    exact = tuple(Fraction(1) if degree == 0 else None for degree in degrees)
    return Tuning(name=name, degrees_cents=tuple(degrees), ratios=exact)


def meantone(fraction: Fraction = Fraction(1, 4)) -> Tuning:
    """Every fifth narrowed by `fraction` of the syntonic comma; a quarter makes eight major thirds pure."""
    return by_fifths(f"Meantone, {fraction} comma", [float(fraction) * cents(SYNTONIC_COMMA)] * 11)


def historical() -> tuple[Tuning, ...]:
    """The tunings that keyboards were given, in the order of their invention, and equal temperament."""
    quarter, sixth = cents(PYTHAGOREAN_COMMA) / 4, cents(PYTHAGOREAN_COMMA) / 6
    syntonic = cents(SYNTONIC_COMMA)
    schisma = cents(PYTHAGOREAN_COMMA) - syntonic
    # In this order: Eb-Bb, Bb-F, F-C, C-G, G-D, D-A, A-E, E-B, B-F#, F#-C#, C#-G#.
    return (
        pythagorean(),
        just(),
        meantone(Fraction(1, 4)),
        meantone(Fraction(1, 6)),
        by_fifths("Werckmeister III (1691)", (0, 0, 0, quarter, quarter, quarter, 0, 0, quarter, 0, 0)),
        by_fifths("Kirnberger III (1779)", (0, 0, 0, *(syntonic / 4,) * 4, 0, 0, schisma, 0)),
        by_fifths("Vallotti (1779)", (0, 0, *(sixth,) * 6, 0, 0, 0)),
        by_fifths("Young II (1799)", (0, 0, 0, *(sixth,) * 6, 0, 0)),
        equal(12, name="Equal temperament"),
    )
