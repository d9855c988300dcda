"""The writing half of `engine.io.musicxml`: measures, voices, ties and note values out of plain notes."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from html import escape
from itertools import islice
from math import lcm

from engine.errors import LimitExceededError
from engine.io import limits
from engine.io.musicxml_notation import Measure, Spelling, measures_of, pieces_of, spell, value_of
from engine.score import Note, Part, Score

_VOICES_MAX = 256
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
    '<score-partwise version="4.0">\n'
)


@dataclass(slots=True)
class _Segment:
    """A chord, or the piece of one that lies inside one measure and has one note value."""

    start: Fraction
    duration: Fraction
    notes: list[Note]
    tied_from: bool = False
    tied_to: bool = False


@dataclass(slots=True)
class _Written:
    """One part cut up: voice number -> segments, for each measure."""

    part: Part
    number: int
    voices: list[dict[int, list[_Segment]]] = field(default_factory=list)


def write_xml(score: Score) -> bytes:
    """Write partwise MusicXML 4.0; errors as `engine.io.musicxml.write`."""
    measures = measures_of(score)
    divisions = _divisions(score, measures)
    limits.check_count(len(measures) * len(score.parts), limits.SCORE_CELLS_MAX, "bars in all parts")
    lines = [_HEAD]
    if score.title:
        lines.append(f"<work><work-title>{_text(score.title)}</work-title></work>\n")
    parts = score.parts or (Part(name="Music"),)
    lines.append("<part-list>\n")
    lines += [_score_part(part, number) for number, part in enumerate(parts, start=1)]
    lines.append("</part-list>\n")
    for number, part in enumerate(parts, start=1):
        lines += _part(_cut(part, number, measures), score, measures, divisions)
    lines.append("</score-partwise>\n")
    return "".join(lines).encode()


def _divisions(score: Score, measures: list[Measure]) -> int:
    """The least number of divisions of a quarter note that makes every time whole."""
    times = {measure.start.denominator for measure in measures} | {m.length.denominator for m in measures}
    for note in score.notes():
        times |= {note.onset.denominator, note.duration.denominator}
    times |= {mark.at.denominator for mark in score.tempos}
    divisions = lcm(*times) if times else 1
    if divisions > limits.DIVISIONS_MAX:
        raise LimitExceededError(f"the notes need {divisions:,} divisions of a quarter; quantise them first")
    return divisions


def _score_part(part: Part, number: int) -> str:
    name = _text(part.name or f"Part {number}")
    head = f'<score-part id="P{number}"><part-name>{name}</part-name>'
    instruments, midi = [], []
    sounds = sorted({note.pitch_midi for note in part.notes}) if part.is_drums else [-1]
    channel = 10 if part.is_drums else (number - 1) % 15 + 1 + ((number - 1) % 15 >= 9)
    for pitch in sounds:
        key = f"P{number}-I{pitch + 1}"
        instruments.append(f'<score-instrument id="{key}"><instrument-name>{name}</instrument-name></score-instrument>')
        unpitched = f"<midi-unpitched>{pitch + 1}</midi-unpitched>" if part.is_drums else ""
        midi.append(
            f'<midi-instrument id="{key}"><midi-channel>{channel}</midi-channel>'
            f"<midi-program>{part.program + 1}</midi-program>{unpitched}</midi-instrument>"
        )
    return head + "".join(instruments) + "".join(midi) + "</score-part>\n"


def _cut(part: Part, number: int, measures: list[Measure]) -> _Written:
    """Chords into voices, then at bar lines, then into note values."""
    written = _Written(part, number, [defaultdict(list) for _ in measures])
    place = 0
    for voice, chord in _voiced(part):
        while place + 1 < len(measures) and measures[place + 1].start <= chord.start:
            place += 1
        for index, segment in _at_bar_lines(chord, place, measures):
            written.voices[index][voice] += _valued(segment)
    return written


def _voiced(part: Part) -> Iterator[tuple[int, _Segment]]:
    """Notes that begin and end together are a chord; each chord goes to the first voice that is free."""
    chords: dict[tuple[Fraction, Fraction, int], list[Note]] = defaultdict(list)
    copies: dict[tuple[Fraction, Fraction, int], int] = defaultdict(int)
    for note in part.notes:
        same = (note.onset, note.duration, note.pitch_midi)
        chords[note.onset, note.duration, copies[same]].append(note)  # a second note of the pitch: another chord
        copies[same] += 1
    free: list[Fraction] = []
    for key in sorted(chords):
        onset, duration, _ = key
        voice = next((index for index, end in enumerate(free) if end <= onset), len(free))
        if voice == len(free):
            limits.check_count(voice + 1, _VOICES_MAX, "notes sounding at once in one part")
            free.append(onset)
        free[voice] = onset + duration
        yield voice + 1, _Segment(onset, duration, chords[key])


def _at_bar_lines(chord: _Segment, place: int, measures: list[Measure]) -> Iterator[tuple[int, _Segment]]:
    start, end = chord.start, chord.start + chord.duration
    if not chord.duration:
        yield place, chord
        return
    while start < end:
        stop = min(end, measures[place].end)
        yield place, _Segment(start, stop - start, chord.notes, start > chord.start, stop < end)
        start, place = stop, place + 1


def _valued(segment: _Segment) -> list[_Segment]:
    """The segment as tied note values where one value is not enough."""
    if not segment.duration:
        return [segment]
    pieces, start = [], segment.start
    for length in pieces_of(segment.duration):
        pieces.append(_Segment(start, length, segment.notes, tied_from=True, tied_to=True))
        start += length
    pieces[0].tied_from, pieces[-1].tied_to = segment.tied_from, segment.tied_to
    return pieces


def _part(written: _Written, score: Score, measures: list[Measure], divisions: int) -> Iterator[str]:
    yield f'<part id="P{written.number}">\n'
    fifths = 0
    for index, measure in enumerate(measures):
        fifths = measure.fifths if measure.fifths is not None else fifths
        yield f'<measure number="{index + 1}">\n'
        yield _attributes(measure, written.part, divisions, is_first=index == 0)
        if written.number == 1:
            yield from _tempos(score, measure, divisions)
        yield from _voices(written, index, measure, divisions, spell(fifths))
        yield "</measure>\n"
    yield "</part>\n"


def _attributes(measure: Measure, part: Part, divisions: int, *, is_first: bool) -> str:
    lines = [f"<divisions>{divisions}</divisions>"] if is_first else []
    if measure.fifths is not None and not part.is_drums:
        lines.append(f"<key><fifths>{measure.fifths}</fifths><mode>{measure.mode}</mode></key>")
    if measure.new_meter:
        top, bottom = measure.new_meter
        lines.append(f"<time><beats>{top}</beats><beat-type>{bottom}</beat-type></time>")
    if is_first:
        lines.append(_clef(part))
    return f"<attributes>{''.join(lines)}</attributes>\n" if lines else ""


def _clef(part: Part) -> str:
    if part.is_drums:
        return "<clef><sign>percussion</sign></clef>"
    mean = sum(note.pitch_midi for note in part.notes) / len(part.notes) if part.notes else 60
    sign, line = ("F", 4) if mean < 55 else ("G", 2)
    return f"<clef><sign>{sign}</sign><line>{line}</line></clef>"


def _tempos(score: Score, measure: Measure, divisions: int) -> Iterator[str]:
    first = bisect_left(score.tempos, measure.start, key=lambda mark: mark.at)
    for mark in islice(score.tempos, first, None):
        if mark.at >= measure.end:
            break
        offset = (mark.at - measure.start) * divisions
        yield (
            "<direction><direction-type><metronome><beat-unit>quarter</beat-unit>"
            f"<per-minute>{mark.bpm:.2f}</per-minute></metronome></direction-type>"
            f'<offset sound="yes">{offset}</offset><sound tempo="{mark.bpm:.9f}"/></direction>\n'
        )


def _voices(written: _Written, index: int, measure: Measure, divisions: int, spelling: Spelling) -> Iterator[str]:
    """Voice after voice, the cursor moved back in between; the first one is filled up with rests."""
    if not written.voices[index] and written.number > 1:
        return  # an empty bar is as long as the same bar of the first part
    for turn, voice in enumerate(sorted({1, *written.voices[index]})):
        if turn:
            yield f"<backup><duration>{measure.length * divisions}</duration></backup>\n"
        now = measure.start
        for segment in written.voices[index].get(voice, ()):
            yield from _gap(now, segment.start, voice, divisions)
            yield _chord(segment, voice, divisions, written, spelling)
            now = segment.start + segment.duration
        if now == measure.start and voice == 1:
            length = measure.length * divisions
            yield f'<note><rest measure="yes"/><duration>{length}</duration><voice>1</voice></note>\n'
        else:
            yield from _gap(now, measure.end, voice, divisions)


def _gap(start: Fraction, stop: Fraction, voice: int, divisions: int) -> Iterator[str]:
    if stop <= start:
        return
    if voice > 1:
        yield f"<forward><duration>{(stop - start) * divisions}</duration></forward>\n"
        return
    for length in pieces_of(stop - start):
        yield (
            f"<note><rest/><duration>{length * divisions}</duration><voice>{voice}</voice>{value_of(length)}</note>\n"
        )


def _chord(segment: _Segment, voice: int, divisions: int, written: _Written, spelling: Spelling) -> str:
    lines = []
    for turn, note in enumerate(segment.notes):
        ties = [kind for kind, on in (("stop", segment.tied_from), ("start", segment.tied_to)) if on]
        tied = "".join(f'<tied type="{kind}"/>' for kind in ties)
        lines += [
            f'<note dynamics="{note.velocity / 0.9:.2f}">',
            "" if segment.duration else "<grace/>",
            "<chord/>" if turn else "",
            _pitch(note, written, spelling),
            f"<duration>{segment.duration * divisions}</duration>" if segment.duration else "",
            *(f'<tie type="{kind}"/>' for kind in ties),
            f'<instrument id="P{written.number}-I{note.pitch_midi + 1}"/>' if written.part.is_drums else "",
            f"<voice>{voice}</voice>",
            value_of(segment.duration) if segment.duration else "<type>eighth</type>",
            f"<notations>{tied}</notations>" if ties else "",
            "</note>\n",
        ]
    return "".join(lines)


def _pitch(note: Note, written: _Written, spelling: Spelling) -> str:
    step, alter = spelling[note.pitch_midi % 12]
    octave = (note.pitch_midi - alter) // 12 - 1
    if written.part.is_drums:
        step, _ = spell(0)[note.pitch_midi % 12]
        display = f"<display-step>{step}</display-step><display-octave>{max(octave, 0)}</display-octave>"
        return f"<unpitched>{display}</unpitched>"
    if octave < 0:
        # MusicXML's octaves begin at 0, MIDI's at -1: such notes are spelled in octave 0 with negative alteration.
        step, alter, octave = "C", note.pitch_midi - 12, 0
    altered = f"<alter>{alter}</alter>" if alter else ""
    return f"<pitch><step>{step}</step>{altered}<octave>{octave}</octave></pitch>"


def _text(text: str) -> str:
    return escape("".join(char for char in text if char.isprintable())[:200])
