"""What people type to find notes: a contour, note names, scale degrees; chord symbols or Roman numerals."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from engine.analysis.motifs import chord_word
from engine.errors import LimitExceededError, UnreadableFileError
from engine.theory.names import pitch_class

WORDS_MAX: Final = 64
CONTOUR_STEPS_MIN: Final = 5  # fewer steps up or down are in nearly every tune
NOTES_MIN: Final = 4
CHORDS_MIN: Final = 3
_LEAP: Final = 5  # semitones from which a note without octave may as well be meant in the other direction
_CONTOUR: Final = re.compile(r"\*?[udr\s,.*-]+", re.IGNORECASE)
_NOTE: Final = re.compile(r"([A-Ga-g])([#b♯♭]*)(-?\d)?")
_DEGREE: Final = re.compile(r"([#b♯♭]?)([1-7])(['.]*)")
_NUMERAL: Final = re.compile(r"([#b♯♭]?)(VII|VI|IV|V|III|II|I)(.*)", re.IGNORECASE)
_MAJOR: Final = (0, 2, 4, 5, 7, 9, 11)
_ROMANS: Final = ("I", "II", "III", "IV", "V", "VI", "VII")
_NUMERAL_ENDS: Final = re.compile(r"(m|°|o|ø|\+|dim|aug|maj|sus[24]?|add)?\d*(b5|#5)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Melody:
    """A tune to look for.

    contour : in u, d, r; empty where a leap was written without saying whether it goes up or down
    steps : semitones from note to note where notes were told, true up to octaves; `first` : the first pitch class
    """

    contour: str
    steps: tuple[int, ...] = ()
    first: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chords:
    """A progression to look for: roots 0..11, minor chords 12..23, from the tonic or (`absolute`) from C."""

    words: tuple[int, ...]
    absolute: bool


def melody(text: str) -> Melody:
    """Read "U D D R U", "E E F G G F E D", "C4 G4 E5" or scale degrees "1 1 5 5 6 6 5".

    Degrees lie within one octave; ' lifts one by an octave and a dot lowers it. A note without an octave is the one
    nearest to the note before.

    Raises
    ------
    UnreadableFileError
        If a word is none of these, with its place; or if the tune is too short to be told from others.
    LimitExceededError
        If there are more than 64 notes.
    """
    if any(letter in "udrUDR" for letter in text) and _CONTOUR.fullmatch(text.strip()) and set(text) - set(" dD,.-"):
        return _contour(text)
    words = _split(_parted(text.strip()))
    degrees = bool(_DEGREE.fullmatch(words[0]))
    pitches: list[int] = []
    for place, word in enumerate(words, 1):
        pitches.append(_degree(word, place) if degrees else _note(word, place, pitches))
    if len(pitches) < NOTES_MIN:
        raise UnreadableFileError(f"a tune of {len(pitches)} notes fits nearly everything: give at least {NOTES_MIN}")
    steps = tuple(later - earlier for earlier, later in pairwise(pitches))
    told = degrees or all(word[-1].isdigit() or abs(step) < _LEAP for word, step in zip(words[1:], steps, strict=True))
    return Melody(contour=contour_of(steps) if told else "", steps=steps, first=None if degrees else pitches[0] % 12)


def chords(text: str) -> Chords:
    """Read Roman numerals, "I-V-vi-IV", or chord symbols, "Am F C G"; a numeral in small letters is minor.

    Raises
    ------
    UnreadableFileError
        If a word is no chord, with its place; or if there are too few different ones in a row.
    LimitExceededError
        If there are more than 64.
    """
    words = _split(re.sub(r"\s*[-–—>→|]+\s*(?=[A-Za-z#♯♭])", " ", text))
    roman = bool(_NUMERAL.fullmatch(words[0]))
    found: list[int] = []
    for place, word in enumerate(words, 1):
        chord = _numeral(word, place) if roman else _symbol(word, place)
        if found[-1:] != [chord]:
            found.append(chord)
    if len(found) < CHORDS_MIN:
        raise UnreadableFileError(f"{len(found)} chords fit nearly everything: give at least {CHORDS_MIN} in a row")
    return Chords(words=tuple(found), absolute=not roman)


def contour_of(steps: Sequence[int]) -> str:
    """u, d or r for each step up, down or none."""
    return "".join("u" if step > 0 else "d" if step < 0 else "r" for step in steps)


def _contour(text: str) -> Melody:
    found = "".join(letter for letter in text.lower() if letter in "udr")
    if len(found) < CONTOUR_STEPS_MIN:
        raise UnreadableFileError(
            f"{len(found)} steps fit nearly every tune: give at least {CONTOUR_STEPS_MIN}, up, down or repeated"
        )
    _check_count(len(found))
    return Melody(contour=found)


def _split(text: str) -> list[str]:
    words = [word for word in re.split(r"[\s|;]+|,(?=\s)", text.strip()) if word]
    if not words:
        raise UnreadableFileError("nothing was written")
    _check_count(len(words))
    return words


def _check_count(count: int) -> None:
    if count > WORDS_MAX:
        raise LimitExceededError(f"{count} are more than the {WORDS_MAX} that one search may hold")


def _parted(text: str) -> str:
    """Blanks between notes that were written without, or with dashes: "1155665", "CCGG", "C-E-G"."""
    if re.fullmatch(r"([#b♯♭]?[1-7]['.]*)+", text):
        return " ".join(match.group() for match in _DEGREE.finditer(text))
    if re.fullmatch(r"([A-G][#b♯♭]*)+", text):
        return " ".join(re.findall(r"[A-G][#b♯♭]*", text))
    return re.sub(r"\s*[-–—]+\s*(?=[#b♯♭]?[A-Ga-g]|[#b♯♭]?[1-7]['.]*(?:\s*[-–—]|$))", " ", text)


def _note(word: str, place: int, before: Sequence[int]) -> int:
    match = _NOTE.fullmatch(word)
    if match is None:
        raise UnreadableFileError(f"{word[:20]!r}, number {place}, is no note: write C, F#, Bb or, with an octave, E5")
    letter, signs, octave = match.groups()
    wanted = pitch_class(letter.upper() + signs)
    if octave is not None:
        return wanted + 12 * (int(octave) + 1)
    return _near(wanted, before)


def _degree(word: str, place: int) -> int:
    match = _DEGREE.fullmatch(word)
    if match is None:
        raise UnreadableFileError(f"{word[:20]!r}, number {place}, is no step of a scale: write 1 to 7, b3 or #4")
    sign, number, octaves = match.groups()
    return 60 + _MAJOR[int(number) - 1] + _shift(sign) + 12 * (octaves.count("'") - octaves.count("."))


def _near(pitch: int, before: Sequence[int]) -> int:
    """The same pitch class, at most six semitones from the note before."""
    return 60 + pitch if not before else before[-1] - 5 + (pitch - before[-1] + 5) % 12


def _numeral(word: str, place: int) -> int:
    match = _NUMERAL.fullmatch(word)
    if match is None or not _NUMERAL_ENDS.fullmatch(match[3]) or match[2] not in (match[2].upper(), match[2].lower()):
        raise UnreadableFileError(f"{word[:20]!r}, number {place}, is no Roman numeral: write I, vi, bVII or V7")
    sign, numeral, ending = match.groups()
    root = (_MAJOR[_ROMANS.index(numeral.upper())] + _shift(sign)) % 12
    is_minor = numeral.islower() or ending.startswith(("dim", "°", "o", "ø")) or ending.rstrip("0123456789") == "m"
    return root + 12 * is_minor


def _symbol(word: str, place: int) -> int:
    try:
        return chord_word(word)
    except UnreadableFileError:
        raise UnreadableFileError(f"{word[:20]!r}, number {place}, is no chord: write Am, F#m7, Bb or G7/B") from None


def _shift(sign: str) -> int:
    return {"": 0, "#": 1, "♯": 1}.get(sign, -1)
