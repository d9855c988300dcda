"""Phrases of styles that no network here has learnt: written down from common practice, not counted from any data.

A phrase is text: bars between "|", chords share a bar, a chord is a degree of the major scale with its quality, so that
"IIm7 V7 | Imaj7" is the same in every key. The model of progressions only chooses among phrases, it did not make them.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Final

from engine.recommend.chord_tokens import QUALITIES

STYLES: Final = ("pop", "blues", "jazz", "classical", "folk")
_DEGREES: Final = {"I": 0, "II": 2, "III": 4, "IV": 5, "V": 7, "VI": 9, "VII": 11}

Bar = tuple[tuple[int, Fraction], ...]  # (token as in C, share of the bar) of every chord of a bar


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """opening : what may begin a period; middle : what may follow; closing : what may end it, at home or turned."""

    opening: tuple[str, ...]
    middle: tuple[str, ...]
    closing: tuple[str, ...]


# Whole choruses: blues keeps its form, so a continuation goes on in the bar of the chorus where the chords stopped.
BLUES: Final[dict[bool, tuple[str, ...]]] = {
    False: (
        "I7|I7|I7|I7|IV7|IV7|I7|I7|V7|IV7|I7|V7",
        "I7|IV7|I7|I7|IV7|IV7|I7|I7|V7|IV7|I7|V7",
        "I7|IV7|I7|Vm7 I7|IV7|#IVdim7|I7|VI7|IIm7|V7|I7 VI7|IIm7 V7",
        "I7|IV7|I7|I7|IV7|IV7|I7|IIIm7 VI7|IIm7|V7|I7 IV7|I7 V7",
        "I7|IV7 #IVdim7|I7|I7|IV7|#IVdim7|I7|VI7|bVI7|V7|I7 bIII7|bVI7 V7",
    ),
    True: (
        "Im|Im|Im|Im|IVm|IVm|Im|Im|Vm|IVm|Im|V7",
        "Im7|IVm7|Im7|Im7|IVm7|IVm7|Im7|Im7|bVI7|V7|Im7|V7",
        "Im|IVm|Im|I7|IVm|IVm|Im|Im|IIm7b5|V7|Im bVI7|IIm7b5 V7",
    ),
}
PHRASES: Final[dict[tuple[str, bool], Phrases]] = {
    ("jazz", False): Phrases(
        opening=("Imaj7 VI7|IIm7 V7", "Imaj7|VIm7", "IIm7 V7|Imaj7", "Imaj7 #Idim7|IIm7 V7", "Imaj7|IVmaj7 bVII7",
                 "IIm7|V7"),
        middle=(
            "IIIm7 VI7|IIm7 V7", "IVmaj7 IVm|IIIm7 VI7", "Vm7 I7|IVmaj7", "VIm7 II7|IIm7 V7", "IIIm7 bIIIdim7|IIm7 V7",
            "#IVm7b5 VII7|IIIm7 VI7", "IVm bVII7|Imaj7", "II7|IIm7 V7", "VII7 III7|VI7 II7",
        ),
        closing=("IIm7 V7|Imaj7", "IIm7 bII7|Imaj7", "Imaj7 VI7|IIm7 V7", "IIm7 V7|I6", "IVm bVII7|Imaj7"),
    ),
    ("jazz", True): Phrases(
        opening=("Im|IIm7b5 V7", "Im bVI7|IIm7b5 V7", "IVm7 bVII7|bIIImaj7", "IIm7b5 V7|Im"),
        middle=("IVm7 bVII7|bIIImaj7", "bVImaj7|IIm7b5 V7", "Im7 I7|IVm7", "bIIImaj7 bVImaj7|IIm7b5 V7", "bVI7|V7"),
        closing=("IIm7b5 V7|Im", "bVI7 V7|Im", "IIm7b5 bII7|Im", "Im bVI7|IIm7b5 V7"),
    ),
    ("classical", False): Phrases(
        opening=("I|V", "I|IV", "I V|I", "I|VIm", "I IV|I", "I V|VIm IIIm"),
        middle=("VIm|IIm", "IV|V", "VI7|IIm", "IIm|V", "III7|VIm", "II7|V", "IV IIm|V", "IV I|IIm V"),
        closing=("IV V|I", "IIm V7|I", "IIm V|I", "IV V|VIm", "II7|V", "I V7|I", "IV|I"),
    ),
    ("classical", True): Phrases(
        opening=("Im|V", "Im|IVm", "Im V|Im", "Im VIIdim7|Im", "Im bVII|bIII"),
        middle=("IVm|V", "bVI|IIdim", "bIII|bVII", "I7|IVm", "IVm bVII|bIII bVI", "bVI IVm|V"),
        closing=("IVm V|Im", "IIdim V7|Im", "IVm V7|bVI", "IVm|V", "IIm7b5 V7|Im", "IVm V|I"),
    ),
    ("folk", False): Phrases(
        opening=("I|I", "I|IV", "I|V", "I IV|I", "I|VIm", "I|bVII"),
        middle=("IV|I", "V|I", "VIm|IV", "IV|V", "I|V", "bVII|IV", "IIm|V"),
        closing=("I V|I", "V|I", "IV V|I", "IV|I", "I|V", "IIm V|I"),
    ),
    ("folk", True): Phrases(
        opening=("Im|bVII", "Im|Im", "Im|bIII", "Im IVm|Im", "Im|IV"),
        middle=("bVI|bVII", "bIII|bVII", "IVm|Im", "Im|bVII", "bVII|Im", "IV|Im"),
        closing=("bVII|Im", "bVI bVII|Im", "Vm|Im", "IVm V|Im", "Im bVII|Im"),
    ),
}  # fmt: skip


@cache
def bars_of(text: str) -> tuple[Bar, ...]:
    """The bars of a phrase, as in C."""
    bars = []
    for words in text.split("|"):
        chords = words.split()
        bars.append(tuple((_token(word), Fraction(1, len(chords))) for word in chords))
    return tuple(bars)


def _token(word: str) -> int:
    sign = word[0] if word[0] in "#b" else ""
    rest = word[len(sign) :]
    degree = next(rest[:length] for length in (3, 2, 1) if rest[:length] in _DEGREES)
    root = (_DEGREES[degree] + {"#": 1, "b": -1, "": 0}[sign]) % 12
    return root * len(QUALITIES) + QUALITIES.index(rest[len(degree) :])
