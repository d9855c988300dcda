"""Notes of one part into voices, bars and note values: what the MusicXML writer prints."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from typing import Final, TypeAlias

from engine.io import limits
from engine.io.musicxml_notation import Measure, pieces_of
from engine.score import Note, Part

_VOICES_MAX: Final = 256
_GRACES_MAX: Final = 1 << 20


@dataclass(slots=True)
class Segment:
    """A chord, or the piece of one that lies inside one measure and has one note value."""

    start: Fraction
    duration: Fraction
    notes: list[Note]
    is_cue: bool = False
    tied_from: bool = False
    tied_to: bool = False


@dataclass(slots=True)
class CutPart:
    """One part cut up: voice number -> segments, for each measure."""

    part: Part
    number: int
    voices: list[dict[int, list[Segment]]] = field(default_factory=list)


def cut(part: Part, number: int, measures: list[Measure]) -> CutPart:
    """Chords into voices, then at bar lines, then into note values."""
    written = CutPart(part, number, [defaultdict(list) for _ in measures])
    place = 0
    for voice, chord in _voiced(part):
        while place + 1 < len(measures) and measures[place + 1].start <= chord.start:
            place += 1
        for index, segment in _at_bar_lines(chord, place, measures):
            written.voices[index][voice] += _valued(segment)
    return written


def _voiced(part: Part) -> Iterator[tuple[int, Segment]]:
    """Notes of one voice that begin and end together are a chord.

    A chord stays in its own voice where that is free, else it goes to the first further one that is.
    """
    chords = _chords(part)
    lanes: dict[int, list[tuple[int, Fraction]]] = defaultdict(list)  # voice -> (number as written, free from)
    numbers = count(max((key[3] for key in chords), default=0) + 1)
    for key in sorted(chords):
        onset, _, duration, voice, is_cue, _ = key
        mine = lanes[voice]
        place = next((index for index, (_, end) in enumerate(mine) if end <= onset), len(mine))
        if place == len(mine):
            mine.append((next(numbers) if mine else voice, onset))
            limits.check_count(sum(map(len, lanes.values())), _VOICES_MAX, "notes sounding at once in one part")
        number = mine[place][0]
        mine[place] = (number, onset + duration)
        yield number, Segment(onset, duration, chords[key], is_cue=is_cue)


# onset, place in a run of grace notes (the others come last), duration, voice, cue or not, copies of the pitch before
_ChordKey: TypeAlias = tuple[Fraction, int, Fraction, int, bool, int]


def _chords(part: Part) -> dict[_ChordKey, list[Note]]:
    chords: dict[_ChordKey, list[Note]] = defaultdict(list)
    copies: dict[tuple[_ChordKey, int, Fraction], int] = defaultdict(int)
    for is_cue, notes in ((False, part.notes + part.beyond), (True, part.cues)):
        for note in notes:
            place = note.grace_index if not note.duration else _GRACES_MAX
            key = (note.onset, place, note.duration, note.voice, is_cue, 0)
            same = (key, note.pitch_midi, note.detune_cents)
            chords[(*key[:5], copies[same])].append(note)  # a second note of the pitch: another chord
            copies[same] += 1
    return chords


def _at_bar_lines(chord: Segment, place: int, measures: list[Measure]) -> Iterator[tuple[int, Segment]]:
    start, end = chord.start, chord.start + chord.duration
    if not chord.duration:
        yield place, chord
        return
    while start < end:
        stop = min(end, measures[place].end)
        yield place, Segment(start, stop - start, chord.notes, chord.is_cue, start > chord.start, stop < end)
        start, place = stop, place + 1


def _valued(segment: Segment) -> list[Segment]:
    """The segment as tied note values where one value is not enough."""
    if not segment.duration:
        return [segment]
    pieces, start = [], segment.start
    for length in pieces_of(segment.duration):
        pieces.append(Segment(start, length, segment.notes, segment.is_cue, tied_from=True, tied_to=True))
        start += length
    pieces[0].tied_from, pieces[-1].tied_to = segment.tied_from, segment.tied_to
    return pieces
