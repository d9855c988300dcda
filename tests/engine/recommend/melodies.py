"""Melodies for the harmoniser's tests, written as (pitch, quarter notes) with 0 for a rest."""

import hashlib
from fractions import Fraction

from engine.recommend.harmony import Harmonisation
from engine.score import KeyMark, MeterMark, Note, Score, TempoMark, make_part

TWINKLE = list(zip([67, 67, 74, 74, 76, 76, 74, 72, 72, 71, 71, 69, 69, 67], [1, 1, 1, 1, 1, 1, 2] * 2, strict=True))


def melody(line, *, meter=(4, 4), first_bar=0, move=0) -> Score:
    notes, at = [], Fraction(0)
    for pitch, quarters in line:
        if pitch:
            notes.append(Note(onset=at, duration=Fraction(quarters), pitch_midi=pitch + move, velocity=90))
        at += Fraction(quarters)
    return Score(
        title="A tune",
        parts=(make_part(notes, name="Flute", program=73),),
        tempos=(TempoMark(at=Fraction(0), us_per_quarter=600_000),),
        meters=(MeterMark(at=Fraction(first_bar), numerator=meter[0], denominator=meter[1]),),
        keys=(KeyMark(at=Fraction(0), fifths=1),),
    )


def digest(harmonisations: list[Harmonisation]) -> str:
    """A hash of every note, chord and likelihood."""
    lines = []
    for harmonisation in harmonisations:
        for part in harmonisation.score.parts:
            lines += [f"{part.name} {n.onset} {n.duration} {n.pitch_midi} {n.velocity}" for n in part.notes]
        lines += [f"{onset} {symbol}" for onset, symbol in harmonisation.chords]
        lines.append(str(harmonisation.log_likelihood_milli))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def sounding(part, at: Fraction) -> int | None:
    return next((note.pitch_midi for note in part.notes if note.onset <= at < note.offset), None)
