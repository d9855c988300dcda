"""A piece that two people wrote on somebody else's tune, in two versions: for showing who made what."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from engine.io import midi_writer, notes
from engine.score import MeterMark, Note, Score, make_part

UP = 5
"""The borrowed tune sounds a fourth higher."""
BARS = 8
BAR = Fraction(4)
_ROOTS = (43, 48, 50, 43, 45, 48, 50, 43)


def versions(borrowed: bytes, own: bytes) -> tuple[bytes, bytes]:
    """First a borrowed tune and one's own after it; then the same over a bass that somebody else added."""
    theirs, ours = notes.read(borrowed), notes.read(own)
    end = BARS * BAR
    line = [replace(note, pitch_midi=note.pitch_midi + UP) for note in _opening(theirs, end)]
    line += [replace(note, onset=note.onset + end) for note in _opening(ours, end)]
    lead = make_part(line, name="Lead", program=73)
    bass = make_part(_bass(2 * BARS), name="Bass", program=32)
    meters = (MeterMark(at=Fraction(0), numerator=4, denominator=4),)
    first = Score(title="Two Shores", parts=(lead,), tempos=theirs.tempos[:1], meters=meters)
    return midi_writer.write(first), midi_writer.write(replace(first, parts=(lead, bass)))


def _opening(score: Score, end: Fraction) -> list[Note]:
    return [note for note in score.between(Fraction(0), end).notes() if note.duration > 0]


def _bass(bars: int) -> list[Note]:
    """Root, fifth, octave, fifth in every other bar, the second half walking in every bar."""
    made = []
    for bar in range(bars):
        if bar < bars // 2 and bar % 2:
            continue
        root = _ROOTS[bar % len(_ROOTS)]
        for beat, step in enumerate((0, 7, 12, 7)):
            made.append(Note(onset=bar * BAR + beat, duration=Fraction(1), pitch_midi=root + step, velocity=72))
    return made
