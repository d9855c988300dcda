"""Knobs that several capabilities have, each declared once: the same word turns the same thing everywhere."""

from collections.abc import Iterable
from typing import Final

from engine.recommend.capability import Knob
from engine.recommend.voicing import BASSES, SPACINGS

SPACING: Final = Knob(
    name="spacing",
    words="Voicing",
    choices=tuple(zip(SPACINGS, ("close", "open", "drop 2"), strict=True)),
    default="close",
)
BASS: Final = Knob(
    name="bass",
    words="Bass",
    choices=tuple(zip(BASSES, ("roots", "smooth, with inversions", "none"), strict=True)),
    default="root",
)


def ending(free: str) -> Knob:
    """Whether it ends on the tonic; `free` says how it ends otherwise."""
    return Knob(name="ending", words="Ends", choices=(("free", free), ("home", "on the tonic")), default="free")


def temperature(
    *,
    default: int,
    name: str = "temperature",
    words: str = "Boldness",
    hint: str = "1 draws as the model believes; less is safer, more is bolder.",
    least: int = 100,
    most: int = 2000,
    step: int = 50,
) -> Knob:
    """How far a draw departs from what the model holds for likely, in thousandths: a divisor of its logits.

    Its name in the ledger differs between capabilities, and so does the word: what was written stays readable.
    """
    return Knob(name=name, words=words, hint=hint, milli=True, least=least, most=most, step=step, default=default)


def style(choices: Iterable[tuple[str, str]], *, default: str, hint: str, words: str = "Style") -> Knob:
    """Which manner is followed, by (name, words)."""
    return Knob(name="style", words=words, hint=hint, choices=tuple(choices), default=default)


def genre(choices: Iterable[tuple[str, str]], *, default: str, hint: str) -> Knob:
    """Which genre's customs are followed, by (name, words)."""
    return Knob(name="genre", words="Genre", hint=hint, choices=tuple(choices), default=default)


def bars(*, words: str = "How many bars", most: int, default: int, hint: str = "") -> Knob:
    """A length in bars."""
    return Knob(name="bars", words=words, unit="bars", least=1, most=most, default=default, hint=hint)


def percent(name: str, words: str, hint: str) -> Knob:
    """A share of the whole way, all of it unless told otherwise."""
    return Knob(name=name, words=words, hint=hint, unit="%", least=0, most=100, step=5, default=100)
