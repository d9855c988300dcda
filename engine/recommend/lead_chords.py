"""The chords, key and bars of a score as a lead melody is written over them."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from engine.analysis import key
from engine.errors import OutOfRangeError, UnreadableFileError
from engine.io import progression
from engine.recommend.lead_events import NO_ROOT, PLACES, STEPS_PER_QUARTER, Harmony, Setting, shift_of_key
from engine.score import MeterMark, Score
from engine.theory.names import parse_chord, pitch_class

BEFORE_ALL: Final = -1 << 20
Symbols = tuple[tuple[Fraction, str], ...]


def chords_of(score: Score) -> Symbols:
    """(onset in quarter notes, symbol) of the chords in a score: of the part that plays them, else of what sounds.

    Raises
    ------
    OutOfRangeError
        If no chord can be named.
    """
    part = progression.chord_part(score)
    try:
        return tuple(progression.named(replace(score, parts=(part,)) if part else score))
    except UnreadableFileError as error:
        raise OutOfRangeError(f"{error.message}: give a progression, or notes that sound in chords") from None


def key_of(score: Score) -> tuple[int, bool]:
    """Tonic 0..11 and whether the key is minor: as written, else as the notes suggest, else C major."""
    if score.keys:
        mark = score.keys[0]
        return (mark.fifths * 7 + (9 if mark.mode == "minor" else 0)) % 12, mark.mode == "minor"
    name, _, mode = (key.of_score(score) or "C major").partition(" ")
    return pitch_class(name), mode == "minor"


def bar_steps_of(score: Score) -> int:
    """Sixteenths in a bar, by the first meter; meters of one or two quarters are felt in bars of four.

    Raises
    ------
    OutOfRangeError
        If a bar is no whole number of quarter notes or eighths, or longer than 24 sixteenths.
    """
    mark = score.meters[0] if score.meters else MeterMark(at=Fraction(0), numerator=4, denominator=4)
    steps = mark.bar * STEPS_PER_QUARTER
    while steps <= 2 * STEPS_PER_QUARTER:
        steps *= 2
    if steps.denominator != 1 or steps > PLACES:
        raise OutOfRangeError(
            f"a bar of {mark.numerator}/{mark.denominator} cannot be written in; it can hold 6 quarters"
        )
    return int(steps)


def setting_of(score: Score, chords: Sequence[tuple[Fraction, str]]) -> tuple[Setting, int]:
    """What a melody is written over, and the semitones that were added to bring the key to C.

    Raises
    ------
    OutOfRangeError
        If the meter cannot be written in.
    UnreadableFileError
        If a chord is not known.
    """
    tonic, is_minor = key_of(score)
    shift = shift_of_key(tonic, is_minor=is_minor)
    harmonies = [Harmony(BEFORE_ALL, NO_ROOT, frozenset())]
    for onset, symbol in chords:
        harmony = harmony_of(symbol, round(onset * STEPS_PER_QUARTER), shift)
        if (harmony.root, harmony.tones) != (harmonies[-1].root, harmonies[-1].tones):
            harmonies.append(harmony)
    return Setting(harmonies=tuple(harmonies), bar_steps=bar_steps_of(score), is_minor=is_minor), shift


def harmony_of(symbol: str, step: int, shift: int) -> Harmony:
    """A chord from `step` on; "N.C." is none.

    Raises
    ------
    UnreadableFileError
        If the symbol is not known.
    """
    if symbol in ("N.C.", "NC", "N", "-"):
        return Harmony(step, NO_ROOT, frozenset())
    root, intervals, _ = parse_chord(symbol)
    return Harmony(step, (root + shift) % 12, frozenset((root + shift + each) % 12 for each in intervals))
