"""The reading half of `engine.io.musicxml`: one measure at a time, so memory holds notes, not markup."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final, TypeVar
from xml.etree.ElementTree import Element  # plain container; safe_xml does the parsing

from engine.errors import UnreadableFileError, UnsupportedFormatError
from engine.io import limits, safe_xml
from engine.io.musicxml_values import (
    beats_of,
    decimal,
    dynamics_velocity,
    fifths_of_transposed,
    integer,
    text_of,
    unit_of,
)
from engine.score import KeyMark, MeterMark, Mode, Note, Score, TempoMark, make_part
from engine.theory.names import STEPS

_ROOTS: Final = ("score-partwise", "score-timewise")
_DEFAULT_VELOCITY: Final = 90  # MusicXML counts dynamics in per cent of MIDI velocity 90

_Value = TypeVar("_Value")
_Mark = TypeVar("_Mark")


@dataclass(slots=True)
class _Instrument:
    """What the part list says of a part."""

    name: str = ""
    program: int = 0
    is_drums: bool = False
    unpitched: dict[str, int] = field(default_factory=dict)  # instrument id -> MIDI pitch


@dataclass(slots=True)
class _Written:
    """A note inside its measure, before the measures have their places."""

    measure: int
    onset: Fraction
    duration: Fraction
    pitch_midi: int
    velocity: int
    voice: int
    tie_start: bool
    tie_stop: bool


@dataclass(slots=True)
class _PartState:
    """Where the reader stands in one part."""

    instrument: _Instrument = field(default_factory=_Instrument)
    divisions: Fraction = Fraction(1)
    transpose: int = 0
    velocity: int = _DEFAULT_VELOCITY
    meter: Fraction = Fraction(4)
    measures: int = 0
    written: list[_Written] = field(default_factory=list)


@dataclass(slots=True)
class _Cursor:
    """Time inside one measure, quarter notes."""

    now: Fraction = Fraction(0)
    furthest: Fraction = Fraction(0)
    last_onset: Fraction = Fraction(0)

    def move(self, by: Fraction) -> None:
        self.now = max(self.now + by, Fraction(0))
        self.furthest = max(self.furthest, self.now)


def read_xml(data: bytes) -> Score:
    """Read uncompressed MusicXML; errors as `engine.io.musicxml.read`."""
    reader = _Reader()
    root = safe_xml.parse(data, reader.on_end, doctypes=_ROOTS)
    if root.tag not in _ROOTS:
        raise UnsupportedFormatError(f"this is XML, but no MusicXML score: its root is {root.tag[:40]!r}")
    if not reader.states:
        raise UnreadableFileError("the MusicXML score has no part with a measure")
    return reader.score(root)


class _Reader:
    """Takes measures as they end and keeps their notes."""

    def __init__(self) -> None:
        self.instruments: dict[str, _Instrument] = {}
        self.states: dict[str, _PartState] = {}
        self.lengths: dict[int, Fraction] = {}  # measure -> quarters, the longest of all parts
        self.nominal: dict[int, Fraction] = {}
        self.tempos: dict[tuple[int, Fraction], int] = {}
        self.meters: dict[tuple[int, Fraction], tuple[int, int]] = {}
        self.keys: dict[tuple[int, Fraction], KeyMark] = {}
        self.key_part = ""
        self.count = 0

    def on_end(self, element: Element, ancestors: list[Element]) -> bool:
        """Called by the parser; measures are read and dropped, everything else stays in the tree."""
        tags = [ancestor.tag for ancestor in ancestors]
        if element.tag == "score-part":
            self.instruments[element.get("id", "")] = _instrument(element)
        elif element.tag == "measure" and tags == ["score-partwise", "part"]:
            self._measure(ancestors[1].get("id", ""), element)
            return False
        elif element.tag == "part" and tags == ["score-timewise", "measure"]:
            self._measure(element.get("id", ""), element)
            return False
        return True

    def score(self, root: Element) -> Score:
        starts = self._starts()
        parts = []
        for state in self.states.values():
            instrument = state.instrument
            parts.append(
                make_part(
                    _joined(state.written, starts),
                    name=instrument.name,
                    program=instrument.program,
                    is_drums=instrument.is_drums,
                )
            )
        return Score(
            title=(text_of(root, "work/work-title") or text_of(root, "movement-title"))[:200],
            parts=tuple(parts),
            tempos=_placed({starts[m] + at: us for (m, at), us in self.tempos.items()}, _tempo),
            meters=_placed({starts[m] + at: pair for (m, at), pair in self.meters.items()}, _meter),
            keys=_distinct_keys({starts[m] + at: mark for (m, at), mark in self.keys.items()}),
        )

    def _starts(self) -> list[Fraction]:
        """Where each measure begins; one that no part fills lasts as its time signature says."""
        starts = [Fraction(0)]
        for index in range(max(state.measures for state in self.states.values())):
            starts.append(starts[-1] + (self.lengths.get(index) or self.nominal[index]))
        return starts

    def _measure(self, part_id: str, measure: Element) -> None:
        state = self.states.get(part_id)
        if state is None:
            limits.check_count(len(self.states) + 1, limits.PARTS_MAX, "parts")
            state = self.states[part_id] = _PartState(self.instruments.get(part_id, _Instrument()))
            self.key_part = self.key_part or part_id
        index, cursor = state.measures, _Cursor()
        state.measures += 1
        limits.check_count(state.measures, limits.MEASURES_MAX, "measures")
        for element in measure:
            self._element(element, state, cursor, index, part_id)
        self.lengths[index] = max(self.lengths.get(index, Fraction(0)), cursor.furthest)
        self.nominal[index] = max(self.nominal.get(index, Fraction(0)), state.meter)

    def _element(self, element: Element, state: _PartState, cursor: _Cursor, index: int, part_id: str) -> None:
        if element.tag == "note":
            self._note(element, state, cursor, index)
        elif element.tag == "backup":
            cursor.move(-_duration(element, state))
        elif element.tag == "forward":
            cursor.move(_duration(element, state))
        elif element.tag == "attributes":
            self._attributes(element, state, cursor, index, part_id)
        elif element.tag == "direction":
            self._direction(element, state, cursor, index)
        elif element.tag == "sound":
            self._sound(element, state, cursor.now, index)

    def _attributes(self, element: Element, state: _PartState, cursor: _Cursor, index: int, part_id: str) -> None:
        divisions = element.find("divisions")
        if divisions is not None:
            state.divisions = decimal(divisions.text, "divisions")
            if not 0 < state.divisions <= limits.DIVISIONS_MAX:
                raise UnreadableFileError(f"measure {index + 1}: {state.divisions} divisions a quarter note")
        transpose = element.find("transpose")
        if transpose is not None:
            state.transpose = round(decimal(transpose.findtext("chromatic") or "0", "transposition"))
            state.transpose += 12 * integer(transpose.findtext("octave-change") or "0", "octave change")
        time = element.find("time")
        pair = beats_of(time) if time is not None else None
        if pair:
            state.meter = Fraction(4 * pair[0], pair[1])
            self.meters[index, cursor.now] = pair
        key = element.find("key")
        if key is not None and key.find("fifths") is not None and part_id == self.key_part:
            fifths = fifths_of_transposed(integer(key.findtext("fifths"), "key signature"), state.transpose)
            if -7 <= fifths <= 7:
                mode: Mode = "minor" if (key.findtext("mode") or "").strip() == "minor" else "major"
                self.keys[index, cursor.now] = KeyMark(at=Fraction(0), fifths=fifths, mode=mode)

    def _direction(self, element: Element, state: _PartState, cursor: _Cursor, index: int) -> None:
        offset = element.find("offset")
        at = cursor.now
        if offset is not None:
            at = max(at + decimal(offset.text, "offset") / state.divisions, Fraction(0))
        for dynamics in element.iterfind("direction-type/dynamics/*"):
            state.velocity = dynamics_velocity(dynamics.tag, state.velocity)
        sound = element.find("sound")
        if sound is not None and sound.get("tempo"):
            self._sound(sound, state, at, index)
            return
        metronome = element.find("direction-type/metronome")
        if metronome is not None:
            self._tempo(unit_of(metronome), at, index)
        if sound is not None:
            self._sound(sound, state, at, index)

    def _sound(self, element: Element, state: _PartState, at: Fraction, index: int) -> None:
        if element.get("tempo"):
            self._tempo(decimal(element.get("tempo"), "tempo"), at, index)
        if element.get("dynamics"):
            percent = decimal(element.get("dynamics"), "dynamics")
            state.velocity = max(1, min(127, round(percent * _DEFAULT_VELOCITY / 100)))

    def _tempo(self, bpm: Fraction | None, at: Fraction, index: int) -> None:
        if bpm and 4 <= bpm <= 6000:
            limits.check_count(len(self.tempos) + 1, limits.TEMPO_MARKS_MAX, "tempo marks")
            self.tempos.setdefault((index, at), round(60_000_000 / bpm))

    def _note(self, element: Element, state: _PartState, cursor: _Cursor, index: int) -> None:
        is_grace, is_chord = element.find("grace") is not None, element.find("chord") is not None
        duration = Fraction(0) if is_grace else _duration(element, state)
        onset = cursor.last_onset if is_chord else cursor.now
        pitch = _pitch(element, state)
        if pitch is not None and element.find("cue") is None:
            self.count += 1
            limits.check_count(self.count, limits.NOTES_MAX, "notes")
            ties = {tie.get("type") for tie in element.iterfind("tie")}
            state.written.append(
                _Written(
                    measure=index,
                    onset=onset,
                    duration=duration,
                    pitch_midi=pitch,
                    velocity=_velocity(element, state),
                    voice=_voice(element),
                    tie_start="start" in ties and not is_grace,
                    tie_stop="stop" in ties and not is_grace,
                )
            )
        if is_chord:
            cursor.furthest = max(cursor.furthest, onset + duration)
        elif not is_grace:
            cursor.last_onset = cursor.now
            cursor.move(duration)
        else:
            cursor.last_onset = cursor.now


def _instrument(element: Element) -> _Instrument:
    found = _Instrument(name=text_of(element, "part-name")[:200])
    for midi in element.iterfind("midi-instrument"):
        program, channel = midi.findtext("midi-program"), midi.findtext("midi-channel")
        if program is not None:
            found.program = min(max(integer(program, "MIDI program") - 1, 0), 127)
        found.is_drums = found.is_drums or (channel is not None and channel.strip() == "10")
        unpitched = midi.findtext("midi-unpitched")
        if unpitched is not None:
            found.unpitched[midi.get("id", "")] = min(max(integer(unpitched, "MIDI pitch") - 1, 0), 127)
    return found


def _duration(element: Element, state: _PartState) -> Fraction:
    written = element.findtext("duration")
    if written is None:
        return Fraction(0)
    quarters = decimal(written, "duration") / state.divisions
    if not 0 <= quarters <= limits.SCORE_QUARTERS_MAX:
        raise UnreadableFileError(f"measure {state.measures}: a duration of {float(quarters):g} quarter notes")
    return quarters


def _pitch(element: Element, state: _PartState) -> int | None:
    """The key that sounds; None for rests and notes beyond the keyboard."""
    pitch, unpitched = element.find("pitch"), element.find("unpitched")
    if pitch is not None:
        step, octave = text_of(pitch, "step"), integer(pitch.findtext("octave") or "4", "octave")
        if step not in STEPS:
            raise UnreadableFileError(f"measure {state.measures}: {step[:20]!r} is no step of the scale")
        alter = decimal(pitch.findtext("alter") or "0", "alteration")
        number = 12 * (octave + 1) + STEPS[step] + round(alter) + state.transpose
    elif unpitched is not None:
        instrument = element.find("instrument")
        known = state.instrument.unpitched
        number = known.get(instrument.get("id", "") if instrument is not None else "", -1)
        if number < 0 and known:
            number = next(iter(known.values()))
        if number < 0:
            step = text_of(unpitched, "display-step") or "E"
            octave = integer(unpitched.findtext("display-octave") or "4", "octave")
            number = 12 * (octave + 1) + STEPS.get(step, 4)
    else:
        return None
    return number if 0 <= number <= 127 else None


def _velocity(element: Element, state: _PartState) -> int:
    dynamics = element.get("dynamics")
    if dynamics is None:
        return state.velocity
    return max(1, min(127, round(decimal(dynamics, "dynamics") * _DEFAULT_VELOCITY / 100)))


def _voice(element: Element) -> int:
    voice = (element.findtext("voice") or "1").strip()
    return int(voice) if voice.isascii() and voice.isdigit() and len(voice) < 4 else 1


def _joined(written: list[_Written], starts: list[Fraction]) -> list[Note]:
    """Notes at their places in the piece, ties joined: first to the same voice, then to any voice of the part."""
    notes: list[Note] = []
    open_ties: dict[tuple[int, Fraction], list[tuple[int, int]]] = defaultdict(list)  # (pitch, end) -> (voice, index)
    for note in sorted(written, key=lambda each: (starts[each.measure] + each.onset, not each.tie_stop)):
        onset = starts[note.measure] + note.onset
        waiting = open_ties.get((note.pitch_midi, onset)) if note.tie_stop else None
        if waiting:
            place = next((i for i, (voice, _) in enumerate(waiting) if voice == note.voice), 0)
            _, index = waiting.pop(place)
            notes[index] = replace(notes[index], duration=notes[index].duration + note.duration)
        else:
            index = len(notes)
            notes.append(
                Note(
                    onset=onset,
                    duration=note.duration,
                    pitch_midi=note.pitch_midi,
                    velocity=note.velocity,
                    voice=note.voice,
                )
            )
        if note.tie_start:
            open_ties[note.pitch_midi, onset + note.duration].append((note.voice, index))
    return notes


def _tempo(at: Fraction, us: int) -> TempoMark:
    return TempoMark(at=at, us_per_quarter=us)


def _meter(at: Fraction, pair: tuple[int, int]) -> MeterMark:
    return MeterMark(at=at, numerator=pair[0], denominator=pair[1])


def _placed(found: dict[Fraction, _Value], make: Callable[[Fraction, _Value], _Mark]) -> tuple[_Mark, ...]:
    """Marks in order, those that change nothing left out."""
    marks: list[_Mark] = []
    before: _Value | None = None
    for at in sorted(found):
        if found[at] != before:
            marks.append(make(at, found[at]))
        before = found[at]
    return tuple(marks)


def _distinct_keys(found: dict[Fraction, KeyMark]) -> tuple[KeyMark, ...]:
    return _placed(found, lambda at, mark: replace(mark, at=at))
