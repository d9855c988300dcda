"""Tunings that are not on a keyboard: equal divisions of the octave, and scales in Scala's form, for pages to play."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from production.errors import OutOfTuneError

if TYPE_CHECKING:
    from engine.theory import Tuning

C4_HZ = 261.6255653
DIVISIONS_MAX = 1200
SCALA_BYTES_MAX = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Degree:
    """One note of a tuning: cents above the first, the exact ratio where there is one ("3/2"), its frequency."""

    number: int
    cents: float
    ratio: str
    frequency_hz: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A tuning from its first note up to the period, which is the last of `degrees`."""

    name: str
    period_cents: float
    degrees: tuple[Degree, ...]

    def as_json(self) -> dict[str, Any]:
        """What a page plays it by."""
        return {
            "name": self.name,
            "period_cents": self.period_cents,
            "degrees_cents": [one.cents for one in self.degrees[:-1]],
            "base_hz": C4_HZ,
        }


def equal_scale(divisions: str) -> Scale:
    """The octave in this many equal steps, from C4 on.

    Raises
    ------
    OutOfTuneError
        If that is no whole number from 1 to `DIVISIONS_MAX`.
    """
    from engine import theory

    words = divisions.strip()
    if not (words.isascii() and words.isdigit() and len(words) <= 4 and 1 <= int(words) <= DIVISIONS_MAX):
        raise OutOfTuneError(f"Give a whole number of steps from 1 to {DIVISIONS_MAX:,}.")
    return _scale(theory.equal(int(words)))


def scala_scale(data: bytes) -> Scale:
    """The scale in a file of the Scala archive (.scl), from C4 on.

    Raises
    ------
    OutOfTuneError
        If it is none; the message names the line.
    """
    from engine.errors import EngineError
    from engine.theory import scala

    try:
        return _scale(scala.read(data))
    except EngineError as error:
        raise OutOfTuneError(f"This scale could not be read: {(error.message or error.code).rstrip('.')}.") from error


def _scale(tuning: Tuning) -> Scale:
    """Degrees in the file's own order, closed by the period."""
    ratios = [*(str(one) if one else "" for one in tuning.ratios), "2/1" if tuning.period_cents == 1200 else ""]
    cents = [*tuning.degrees_cents, tuning.period_cents]
    return Scale(
        name=tuning.name or "A scale without a name",
        period_cents=tuning.period_cents,
        degrees=tuple(
            Degree(number=number, cents=value, ratio=ratio, frequency_hz=C4_HZ * 2 ** (value / 1200))
            for number, (value, ratio) in enumerate(zip(cents, ratios, strict=True))
        ),
    )
