"""The writing half of `engine.io.musicxml`: measures, voices, ties and note values out of plain notes."""

from bisect import bisect_left
from collections.abc import Iterator
from fractions import Fraction
from html import escape
from itertools import islice
from math import lcm

from engine.errors import LimitExceededError
from engine.io import limits
from engine.io.musicxml_notation import (
    CONTROL_TYPE,
    Measure,
    drum_display,
    measures_of,
    pieces_of,
    spelled_by_key,
    value_of,
)
from engine.io.musicxml_voices import CutPart, Segment, cut
from engine.score import Note, Part, Score

_STAVES_MAX = 16
_CONTROLS_MAX = 20_000
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
    '<score-partwise version="4.0">\n'
)


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
        lines += _part(cut(part, number, measures), score, measures, divisions)
    lines.append("</score-partwise>\n")
    return "".join(lines).encode()


def _divisions(score: Score, measures: list[Measure]) -> int:
    """The least number of divisions of a quarter note that makes every time whole."""
    times = {measure.start.denominator for measure in measures} | {m.length.denominator for m in measures}
    for note in score.written_notes():
        times |= {note.onset.denominator, note.duration.denominator}
    times |= {mark.at.denominator for mark in score.tempos}
    if writes_controls(score):
        times |= {control.at.denominator for part in score.parts for control in part.controls}
    divisions = lcm(*times) if times else 1
    if divisions > limits.DIVISIONS_MAX:
        raise LimitExceededError(f"the notes need {divisions:,} divisions of a quarter; quantise them first")
    return divisions


def _score_part(part: Part, number: int) -> str:
    name = _text(part.name or f"Part {number}")
    head = f'<score-part id="P{number}"><part-name>{name}</part-name>'
    instruments, midi = [], []
    sounds = sorted({note.pitch_midi for note in part.notes + part.cues}) if part.is_drums else []
    sounds = sounds or [-1]
    channel = 10 if part.is_drums else (number - 1) % 15 + 1 + ((number - 1) % 15 >= 9)
    for pitch in sounds:
        key = f"P{number}-I{pitch + 1}"
        instruments.append(f'<score-instrument id="{key}"><instrument-name>{name}</instrument-name></score-instrument>')
        unpitched = f"<midi-unpitched>{pitch + 1}</midi-unpitched>" if part.is_drums else ""
        midi.append(
            f'<midi-instrument id="{key}"><midi-channel>{channel}</midi-channel>'
            f"{f'<midi-bank>{part.bank + 1}</midi-bank>' if part.bank else ''}"
            f"<midi-program>{part.program + 1}</midi-program>{unpitched}</midi-instrument>"
        )
    return head + "".join(instruments) + "".join(midi) + "</score-part>\n"


def _part(written: CutPart, score: Score, measures: list[Measure], divisions: int) -> Iterator[str]:
    yield f'<part id="P{written.number}">\n'
    fifths, with_controls = 0, writes_controls(score)
    for index, measure in enumerate(measures):
        fifths = measure.fifths if measure.fifths is not None else fifths
        implicit = ' implicit="yes"' if measure.length < measure.nominal else ""
        yield f'<measure number="{index + 1}"{implicit}>\n'
        yield _attributes(measure, written.part, divisions, is_first=index == 0)
        if written.number == 1:
            yield from _tempos(score, measure, divisions)
        if with_controls:
            yield from _controls(written.part, measure, divisions)
        yield from _voices(written, index, measure, divisions, fifths)
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
        staves = sorted({1, *(note.staff for note in part.notes if note.staff <= _STAVES_MAX)})
        lines += [f"<staves>{staves[-1]}</staves>"] if staves[-1] > 1 else []
        lines += [_clef(part, staff, staves[-1]) for staff in range(1, staves[-1] + 1)]
    return f"<attributes>{''.join(lines)}</attributes>\n" if lines else ""


def _clef(part: Part, staff: int, staves: int) -> str:
    number = f' number="{staff}"' if staves > 1 else ""
    if part.is_drums:
        return f"<clef{number}><sign>percussion</sign></clef>"
    pitches = [note.pitch_midi for note in part.notes if note.staff == staff]
    mean = sum(pitches) / len(pitches) if pitches else 60
    sign, line = ("F", 4) if mean < 55 else ("G", 2)
    return f"<clef{number}><sign>{sign}</sign><line>{line}</line></clef>"


def writes_controls(score: Score) -> bool:
    """Whether controller movements go into the XML: a few thousand do, a recording of knobs does not."""
    return sum(len(part.controls) for part in score.parts) <= _CONTROLS_MAX


def _controls(part: Part, measure: Measure, divisions: int) -> Iterator[str]:
    first = bisect_left(part.controls, measure.start, key=lambda control: control.at)
    for control in islice(part.controls, first, None):
        if control.at >= measure.end:
            break
        offset = (control.at - measure.start) * divisions
        yield (
            f'<sound><play><other-play type="{CONTROL_TYPE}">{control.controller} {control.value}</other-play></play>'
            f"<offset>{offset}</offset></sound>\n"
        )


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


def _voices(written: CutPart, index: int, measure: Measure, divisions: int, fifths: int) -> Iterator[str]:
    """Voice after voice, the cursor moved back in between; the first one is filled up with rests."""
    if not written.voices[index] and written.number > 1:
        return  # an empty bar is as long as the same bar of the first part
    for turn, voice in enumerate(sorted({1, *written.voices[index]})):
        if turn:
            yield f"<backup><duration>{measure.length * divisions}</duration></backup>\n"
        now = measure.start
        for segment in written.voices[index].get(voice, ()):
            yield from _gap(now, segment.start, voice, divisions)
            yield _chord(segment, voice, divisions, written, fifths)
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
            f"<note><rest/><duration>{length * divisions}</duration><voice>{voice}</voice>"
            f"{''.join(value_of(length))}</note>\n"
        )


def _chord(segment: Segment, voice: int, divisions: int, written: CutPart, fifths: int) -> str:
    lines = []
    for turn, note in enumerate(segment.notes):
        ties = [kind for kind, on in (("stop", segment.tied_from), ("start", segment.tied_to)) if on]
        tied = "".join(f'<tied type="{kind}"/>' for kind in ties)
        value, tuplet = value_of(segment.duration) if segment.duration else ("<type>eighth</type>", "")
        lines += [
            f'<note dynamics="{note.velocity / 0.9:.2f}">',
            "" if segment.duration else "<grace/>",
            "<cue/>" if segment.is_cue else "",
            "<chord/>" if turn else "",
            _pitch(note, written, fifths),
            f"<duration>{segment.duration * divisions}</duration>" if segment.duration else "",
            "" if segment.is_cue else "".join(f'<tie type="{kind}"/>' for kind in ties),
            f'<instrument id="P{written.number}-I{note.pitch_midi + 1}"/>' if _is_drum(note, written) else "",
            f"<voice>{voice}</voice>{value}{tuplet}",
            f"<staff>{note.staff}</staff>" if 1 < note.staff <= _STAVES_MAX else "",
            f"<notations>{tied}</notations>" if ties and not segment.is_cue else "",
            "</note>\n",
        ]
    return "".join(lines)


def _is_drum(note: Note, written: CutPart) -> bool:
    return written.part.is_drums and 0 <= note.pitch_midi <= 127


def _pitch(note: Note, written: CutPart, fifths: int) -> str:
    if note.spelling.startswith("x") or (_is_drum(note, written) and not note.spelling):
        shown = note.spelling or drum_display(note.pitch_midi)
        display = f"<display-step>{shown[1]}</display-step><display-octave>{shown[-1]}</display-octave>"
        return f"<unpitched>{display}</unpitched>"
    step, alter, octave = _spelled(note, fifths)
    exact = alter + note.detune_cents / 100
    altered = f"<alter>{decimal_text(exact)}</alter>" if exact else ""
    return f"<pitch><step>{step}</step>{altered}<octave>{octave}</octave></pitch>"


def _spelled(note: Note, fifths: int) -> tuple[str, int, int]:
    """Step, alteration and octave: as the source says, or as the key suggests."""
    if note.spelling:
        signs = note.spelling[1:].rstrip("0123456789")
        alter, octave = signs.count("#") - signs.count("b"), int(note.spelling[1 + len(signs) :])
        return note.spelling[0], alter, octave
    return spelled_by_key(note.pitch_midi, fifths)


def decimal_text(value: Fraction) -> str:
    """A number as MusicXML's decimals, exact to a millionth."""
    return f"{float(value):.6f}".rstrip("0").rstrip(".")


def _text(text: str) -> str:
    return escape("".join(char for char in text if char.isprintable())[:200])
