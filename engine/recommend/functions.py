"""What a chord is in its key: roman numerals, with dominants of other degrees named as such."""

from typing import Final

from engine.recommend.chord_reading import Key
from engine.recommend.chord_tokens import NO_CHORD, QUALITIES, root_of, symbol_of

_MAJOR: Final = ("I", "bII", "II", "bIII", "III", "IV", "#IV", "V", "bVI", "VI", "bVII", "VII")
_MINOR: Final = ("I", "bII", "II", "III", "#III", "IV", "#IV", "V", "VI", "#VI", "VII", "#VII")
_SMALL: Final = frozenset({"m", "dim", "m7", "m7b5", "dim7"})
_SIGN: Final = {"": "", "m": "", "dim": "°", "aug": "+", "m7": "7", "m7b5": "ø7", "dim7": "°7", "maj7": "maj7"}
# Degrees that a dominant may lead to, semitones above the tonic, and whether the chord there is a minor one.
_LEADS_MAJOR: Final = {2: True, 4: True, 5: False, 7: False, 9: True}
_LEADS_MINOR: Final = {3: False, 5: True, 7: False, 8: False}
_TRIADS_THAT_LEAD: Final = {False: frozenset({2, 4, 9, 11}), True: frozenset({2})}  # degrees of major triads
_FLAT_DEGREES: Final = frozenset({1, 3, 8, 10})


def spelled_symbol(token: int, key: Key) -> str:
    """The symbol of a chord, its root spelled as its degree is: bVII of C is Bb, the third degree of A is C#."""
    degree = (root_of(token) - key.tonic) % 12
    return symbol_of(token, flats=key.flats or (degree in _FLAT_DEGREES and not key.is_minor))


def roman(token: int, key: Key, *, blues: bool = False) -> str:
    """The numeral of a chord: "ii7", "V7/vi", "bVII"; "-" for no chord. Small letters are minor and diminished.

    blues : seventh chords on the first and fourth degree are at rest, not dominants of others
    """
    if token == NO_CHORD:
        return "-"
    degree, quality = (root_of(token) - key.tonic) % 12, QUALITIES[token % len(QUALITIES)]
    dominant = _dominant_of(degree, quality, key)
    if dominant and not (blues and degree in (0, 5)):
        return dominant
    numeral = (_MINOR if key.is_minor else _MAJOR)[degree]
    return (numeral.lower() if quality in _SMALL else numeral) + _SIGN.get(quality, quality)


def _dominant_of(degree: int, quality: str, key: Key) -> str | None:
    """Such as "V7/vi": a major or seventh chord, foreign to the key, a fifth above a degree that is not the tonic."""
    leads = _LEADS_MINOR if key.is_minor else _LEADS_MAJOR
    target = (degree - 7) % 12
    is_dominant = quality == "7" or (quality == "" and degree in _TRIADS_THAT_LEAD[key.is_minor])
    if not is_dominant or target not in leads:
        return None
    numeral = (_MINOR if key.is_minor else _MAJOR)[target]
    return f"V{quality}/{numeral.lower() if leads[target] else numeral}"
