"""Small values of MusicXML: numbers, beats, tempo units, dynamics."""

import re
from fractions import Fraction
from typing import Final
from xml.etree.ElementTree import Element  # plain container; safe_xml does the parsing

from engine.errors import UnreadableFileError

_DECIMAL: Final = re.compile(r"[+-]?(\d{1,12}(\.\d{0,12})?|\.\d{1,12})\d*")
_UNITS: Final = {
    "breve": Fraction(8), "whole": Fraction(4), "half": Fraction(2), "quarter": Fraction(1), "eighth": Fraction(1, 2),
    "16th": Fraction(1, 4), "32nd": Fraction(1, 8), "64th": Fraction(1, 16),
}  # fmt: skip
# Velocities of the marks as most notation programs play them.
_VELOCITIES: Final = {
    "pppppp": 5, "ppppp": 10, "pppp": 15, "ppp": 20, "pp": 33, "p": 49, "mp": 64, "mf": 80, "f": 96, "ff": 112,
    "fff": 120, "ffff": 124, "fffff": 126, "ffffff": 127, "n": 1,
}  # fmt: skip


def decimal(text: str | None, what: str) -> Fraction:
    """An exact number from MusicXML's decimals."""
    stripped = (text or "").strip()
    if len(stripped) > 32 or not _DECIMAL.fullmatch(stripped):
        raise UnreadableFileError(f"the {what} {stripped[:20]!r} is no number")
    return Fraction(stripped)


def integer(text: str | None, what: str) -> int:
    """A whole number between -9,999 and 9,999."""
    value = decimal(text, what)
    if value.denominator != 1 or abs(value) > 9_999:
        raise UnreadableFileError(f"the {what} {float(value):g} is no whole number in range")
    return int(value)


def text_of(element: Element, path: str) -> str:
    """Text of the first element at `path`, without control characters."""
    return "".join(char for char in element.findtext(path) or "" if char.isprintable()).strip()


def beats_of(time: Element) -> tuple[int, int] | None:
    """Beats and beat type of a time signature, composite ones added up; None if it has none (senza misura)."""
    total = Fraction(0)
    lowest = 1
    for beats, unit in zip(time.iterfind("beats"), time.iterfind("beat-type"), strict=False):
        bottom = integer(unit.text, "beat type")
        if bottom < 1 or bottom > 256 or bottom & (bottom - 1):
            raise UnreadableFileError(f"a time signature of /{bottom} is not possible")
        top = sum(integer(count, "beats") for count in (beats.text or "").split("+"))
        total += Fraction(top, bottom)
        lowest = max(lowest, bottom)
    numerator = total * lowest
    return (int(numerator), lowest) if 0 < numerator <= 255 else None


def unit_of(metronome: Element) -> Fraction | None:
    """Quarter notes a minute of a metronome mark such as "dotted quarter = 60"; None where it gives no number."""
    unit, number = text_of(metronome, "beat-unit"), re.search(r"\d+(\.\d+)?", metronome.findtext("per-minute") or "")
    if unit not in _UNITS or number is None:
        return None
    dots = len(metronome.findall("beat-unit-dot"))
    length = _UNITS[unit] * (2 - Fraction(1, 2 ** min(dots, 4)))
    return decimal(number[0], "tempo") * length


def dynamics_velocity(mark: str, before: int) -> int:
    """MIDI velocity of a dynamics mark; accents such as sf leave the level as it was."""
    return _VELOCITIES.get(mark, before)


def fifths_of_transposed(fifths: int, semitones: int) -> int:
    """The sounding key of a transposing instrument's written one, kept within seven accidentals where possible."""
    moved = fifths + semitones * 7
    if moved > 6:
        moved = 6 - (6 - moved) % 12
    elif moved < -6:
        moved = (moved + 6) % 12 - 6
    return moved if semitones % 12 else fifths
