"""Arranging: from one line or four voices to basses, arpeggios, chords and small bands. Pure functions on scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from engine.io.progression import Chord, Progression
from engine.score import Note, Part, Score, make_part
from engine.theory.names import parse_chord, pitch_class_name

_FIFTHS_TONIC = {fifths: fifths * 7 % 12 for fifths in range(-7, 8)}
_MAJOR = ((0, ""), (2, "m"), (4, "m"), (5, ""), (7, ""), (9, "m"))
_MINOR = ((0, "m"), (3, ""), (5, "m"), (7, ""), (8, ""), (10, ""))
_BASS_LOW, _CHORD_LOW = 36, 55
_KICK, _SNARE, _HAT, _SHAKER = 36, 38, 42, 70


def with_program(score: Score, *programs: int) -> Score:
    """The same notes on other instruments, one a part; the last goes on for the rest."""
    parts = [replace(part, program=programs[min(place, len(programs) - 1)]) for place, part in enumerate(score.parts)]
    return replace(score, parts=tuple(parts))


def humanised(score: Score, *, swing: int = 10) -> Score:
    """Louder on the beat, softer off it: velocities only, so that the loop stays exact."""
    parts = [replace(part, notes=tuple(_accented(note, swing) for note in part.notes)) for part in score.parts]
    return replace(score, parts=tuple(parts))


def _accented(note: Note, swing: int) -> Note:
    accent = swing if note.onset.denominator == 1 and note.onset % 2 == 0 else 0 if note.onset.denominator == 1 else -7
    return replace(note, velocity=max(1, min(127, note.velocity + accent)))


def harmony(score: Score) -> list[tuple[Fraction, Fraction, str]]:
    """A chord of the key for every half bar (whole bar in short meters): (onset, length, symbol).

    The chord whose notes sound longest in the melody wins; the tonic opens and closes, and ties go to the chord before.
    """
    meter = score.meters[0]
    span = meter.bar / 2 if meter.bar >= 4 else meter.bar
    mark = score.keys[0] if score.keys else None
    minor = mark is not None and mark.mode == "minor"
    tonic = (_FIFTHS_TONIC[mark.fifths] if mark else 0) + (9 if minor else 0)
    choices = [((tonic + step) % 12, quality) for step, quality in (_MINOR if minor else _MAJOR)]
    bars = int(-(-score.end // meter.bar))
    count = int(bars * meter.bar / span)
    found: list[tuple[Fraction, Fraction, str]] = []
    last = choices[0]
    for place in range(count):
        weights = _sounding(score, place * span, (place + 1) * span)
        if place in (0, count - 1):
            best = choices[0]
        else:
            before = last
            best = max(choices, key=lambda choice: _fit(choice, weights) + (Fraction(1, 8) if choice == before else 0))
        last = best
        name = pitch_class_name(best[0], flats=bool(mark and mark.fifths < 0)) + best[1]
        found.append((place * span, span, name))
    return found


def _sounding(score: Score, start: Fraction, stop: Fraction) -> Counter[int]:
    weights: Counter[int] = Counter()
    for note in score.notes():
        overlap = min(note.offset, stop) - max(note.onset, start)
        if overlap > 0:
            weights[note.pitch_midi % 12] += overlap  # type: ignore[assignment]  # exact lengths
    return weights


def _fit(choice: tuple[int, str], weights: Counter[int]) -> Fraction:
    root, quality = choice
    third = (root + (3 if quality == "m" else 4)) % 12
    return Fraction(weights[root] * Fraction(5, 4) + weights[third] + weights[(root + 7) % 12])


def _chord_pitches(symbol: str, low: int) -> list[int]:
    root, steps, _ = parse_chord(symbol)
    return sorted(low + (root + step - low) % 12 for step in steps)


def bass(score: Score, *, program: int = 32, walking: bool = False) -> Score:
    """A bass line under the melody: root and fifth, or a walk to the next root."""
    chords = harmony(score)
    notes: list[Note] = []
    for place, (onset, length, symbol) in enumerate(chords):
        root = _BASS_LOW + (parse_chord(symbol)[0] - _BASS_LOW) % 12
        following = _BASS_LOW + (parse_chord(chords[(place + 1) % len(chords)][2])[0] - _BASS_LOW) % 12
        tones = (root, root + 7, root + 12, following - 1) if walking else (root, root, root + 7, root)
        step = length / 4
        for index, pitch in enumerate(tones):
            if walking or index in (0, 2) or (place + index) % 3 == 0:
                velocity = 92 if index == 0 else 80
                notes.append(Note(onset=onset + index * step, duration=step, pitch_midi=pitch, velocity=velocity))
    return replace(score, parts=(make_part(notes, name="Bass", program=program),))


def arpeggio(score: Score, *, program: int = 46, up: bool = True) -> Score:
    """Broken chords in eighths over two octaves."""
    notes: list[Note] = []
    step = Fraction(1, 2)
    for onset, length, symbol in harmony(score):
        tones = _chord_pitches(symbol, _CHORD_LOW)
        ladder = [*tones, *(pitch + 12 for pitch in tones)]
        if not up:
            ladder = ladder[::-1]
        for index in range(int(length / step)):
            pitch = ladder[index % len(ladder)]
            velocity = 84 if index == 0 else 70 - index % 2 * 6
            notes.append(Note(onset=onset + index * step, duration=step, pitch_midi=pitch, velocity=velocity))
    return replace(score, parts=(make_part(notes, name="Arpeggio", program=program),))


def chords(score: Score, *, program: int = 4, off_beat: bool = False) -> Score:
    """Held chords, or short ones after the beat."""
    notes: list[Note] = []
    for onset, length, symbol in harmony(score):
        hits = [(onset + Fraction(1, 2) + beat, Fraction(1, 2)) for beat in range(int(length))]
        for start, duration in hits if off_beat else [(onset, length)]:
            notes += [
                Note(onset=start, duration=duration, pitch_midi=pitch, velocity=66)
                for pitch in _chord_pitches(symbol, _CHORD_LOW)
            ]
    return replace(score, parts=(make_part(notes, name="Chords", program=program),))


def beat(score: Score) -> Part:
    """A light beat in the meter of the score: kick on one, brush on the middle, shaker between."""
    meter = score.meters[0]
    bars, notes = int(-(-score.end // meter.bar)), []
    for bar in range(bars):
        start = bar * meter.bar
        notes.append(Note(onset=start, duration=Fraction(1, 4), pitch_midi=_KICK, velocity=96))
        notes.append(Note(onset=start + meter.bar / 2, duration=Fraction(1, 4), pitch_midi=_SNARE, velocity=66))
        for index in range(int(meter.bar * 2)):
            pitch = _HAT if index % 2 == 0 else _SHAKER
            notes.append(Note(onset=start + Fraction(index, 2), duration=Fraction(1, 4), pitch_midi=pitch, velocity=58))
    return make_part(notes, name="Beat", is_drums=True)


def band(score: Score, *, lead: int, comp: int, low: int, with_beat: bool = True) -> Score:
    """The melody with chords after the beat, a walking bass and, on wish, a beat."""
    parts = [
        *with_program(humanised(score), lead).parts[:1],
        *chords(score, program=comp, off_beat=score.meters[0].denominator == 4).parts,
        *bass(score, program=low, walking=score.meters[0].bar >= 4).parts,
    ]
    if with_beat:
        parts.append(beat(score))
    return replace(score, parts=tuple(parts))


def progression(score: Score, *, title: str, tempo_bpm: float) -> Progression:
    """The harmony as chord symbols, equal neighbours joined."""
    found: list[Chord] = []
    for _, length, symbol in harmony(score):
        if found and found[-1].symbol == symbol:
            found[-1] = Chord(symbol=symbol, quarters=found[-1].quarters + length)
        else:
            found.append(Chord(symbol=symbol, quarters=length))
    meter = score.meters[0]
    return Progression(
        chords=tuple(found), tempo_bpm=tempo_bpm, meter=(meter.numerator, meter.denominator), title=title
    )


def voices(score: Score) -> Iterator[tuple[str, Score]]:
    """Each part alone, by name."""
    for part in score.parts:
        yield part.name, replace(score, parts=(part,))
