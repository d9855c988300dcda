"""Scala scale files (.scl) to a `Tuning` and back.

Source: M. Op de Coul, "Scala scale file format", huygens-fokker.org/scala/scl_format.html.
"""

import re
from fractions import Fraction
from typing import Final

from engine.errors import LimitExceededError, UnreadableFileError
from engine.theory.temperaments import Tuning
from engine.theory.tuning import cents

BYTES_MAX: Final = 64 * 1024
NOTES_MAX: Final = 1_024
_CENTS_MAX: Final = 120_000.0  # a hundred octaves
_CENTS: Final = re.compile(r"[+-]?\d{0,12}\.\d{0,20}")
_RATIO: Final = re.compile(r"(\d{1,18})(?:/(\d{1,18}))?")
_COUNT: Final = re.compile(r"\d{1,9}")


def read(data: bytes) -> Tuning:
    """Read a scale: a description, the number of notes, and one pitch a line; the last one is the period.

    Raises
    ------
    UnreadableFileError
        If a line is missing or no pitch; the message names the line.
    LimitExceededError
        If the file or the scale is too large.
    """
    if len(data) > BYTES_MAX:
        raise LimitExceededError(f"the scale has {len(data):,} bytes; a scale may have {BYTES_MAX:,}")
    lines = [(number, line) for number, line in enumerate(_text(data).splitlines(), 1) if not line.startswith("!")]
    if len(lines) < 2:
        raise UnreadableFileError("the scale ends before its number of notes")
    (_, description), (number, counted) = lines[0], lines[1]
    words = counted.split()
    if not words or not _COUNT.fullmatch(words[0]):
        raise UnreadableFileError(f"line {number}: {counted.strip()[:20]!r} is no number of notes")
    count = int(words[0])
    if count > NOTES_MAX:
        raise LimitExceededError(f"line {number}: a scale may have {NOTES_MAX:,} notes, not {count:,}")
    if count < 1:
        raise UnreadableFileError(f"line {number}: a scale without notes has no period")
    if len(lines) < 2 + count:
        raise UnreadableFileError(f"the scale is cut off: {count} notes announced, {len(lines) - 2} are there")
    pitches = [_pitch(line, place) for place, line in lines[2 : 2 + count]]
    period = pitches[-1][0]
    if period <= 0:
        raise UnreadableFileError("the last pitch of a scale is its period and lies above the first note")
    return Tuning(
        name="".join(char for char in description if char.isprintable()).strip()[:200],
        degrees_cents=(0.0, *(pitch for pitch, _ in pitches[:-1])),
        ratios=(Fraction(1), *(ratio for _, ratio in pitches[:-1])),
        period_cents=period,
    )


def write(tuning: Tuning) -> bytes:
    """The tuning as a scale file: exact ratios where it has them, cents to nine decimals elsewhere."""
    degrees = [*zip(tuning.degrees_cents[1:], tuning.ratios[1:], strict=True), (tuning.period_cents, None)]
    pitches = [f" {ratio.numerator}/{ratio.denominator}" if ratio else f" {above:.9f}" for above, ratio in degrees]
    name = "".join(char for char in tuning.name if char.isprintable()).lstrip("!")
    return "\n".join([f"! {name}.scl", "!", name, f" {len(pitches)}", "!", *pitches, ""]).encode()


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _pitch(line: str, number: int) -> tuple[float, Fraction | None]:
    """Cents, and the ratio where it is one; what follows the first word is a remark."""
    words = line.split()
    word = words[0] if words else ""
    if "." in word and word.isascii() and _CENTS.fullmatch(word) and any(char.isdigit() for char in word):
        value = float(word)
        if abs(value) > _CENTS_MAX:
            raise LimitExceededError(f"line {number}: {value:g} cents lie beyond a hundred octaves")
        return value, None
    found = _RATIO.fullmatch(word) if word.isascii() else None
    if not found or int(found[1]) == 0 or int(found[2] or 1) == 0:
        raise UnreadableFileError(f"line {number}: {word[:20]!r} is neither cents nor a ratio above 0")
    ratio = Fraction(int(found[1]), int(found[2] or 1))
    return cents(ratio), ratio
