"""The reading half of `engine.io.musicxml`: one measure at a time, so memory holds notes, not markup."""

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Final, TypeVar
from xml.etree.ElementTree import Element  # plain container; safe_xml does the parsing

from engine.errors import UnreadableFileError, UnsupportedFormatError
from engine.io import limits, safe_xml
from engine.io.musicxml_notation import CONTROL_TYPE, with_drawn_bars, without_usual_spellings
from engine.io.musicxml_notes import (
    DEFAULT_VELOCITY,
    Cursor,
    Instrument,
    PartState,
    Written,
    duration_of,
    instrument_of,
    joined,
    number_of,
    pitch_of,
    velocity_of,
)
from engine.io.musicxml_values import (
    beats_of,
    decimal,
    dynamics_velocity,
    fifths_of_transposed,
    integer,
    text_of,
    unit_of,
)
from engine.score import (
    CHANNEL_PRESSURE,
    Control,
    KeyMark,
    MeterMark,
    Mode,
    Note,
    Part,
    Score,
    TempoMark,
    make_part,
)

_CONTROL: Final = re.compile(r"([0-9]{1,3}) ([0-9]{1,5})")
_ROOTS: Final = ("score-partwise", "score-timewise")

_Value = TypeVar("_Value")
_Mark = TypeVar("_Mark")


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
        self.instruments: dict[str, Instrument] = {}
        self.states: dict[str, PartState] = {}
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
            self.instruments[element.get("id", "")] = instrument_of(element)
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
            notes = joined((each for each in state.written if not each.is_cue), starts)
            parts.append(
                make_part(
                    [note for note in notes if 0 <= note.pitch_midi <= 127],
                    name=instrument.name,
                    program=instrument.program,
                    bank=instrument.bank,
                    is_drums=instrument.is_drums or _all_unpitched(notes),
                    controls=[replace(move, at=max(starts[m] + move.at, Fraction(0))) for m, move in state.controls],
                    cues=joined((each for each in state.written if each.is_cue), starts),
                    beyond=[note for note in notes if not 0 <= note.pitch_midi <= 127],
                )
            )
        return with_drawn_bars(without_usual_spellings(self._marked(root, tuple(parts), starts)), starts)

    def _marked(self, root: Element, parts: tuple[Part, ...], starts: list[Fraction]) -> Score:
        return Score(
            title=(text_of(root, "work/work-title") or text_of(root, "movement-title"))[:200],
            parts=parts,
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
            state = self.states[part_id] = PartState(self.instruments.get(part_id, Instrument()))
            self.key_part = self.key_part or part_id
        index, cursor = state.measures, Cursor()
        state.measures += 1
        limits.check_count(state.measures, limits.MEASURES_MAX, "measures")
        for element in measure:
            self._element(element, state, cursor, index, part_id)
        self.lengths[index] = max(self.lengths.get(index, Fraction(0)), cursor.furthest)
        self.nominal[index] = max(self.nominal.get(index, Fraction(0)), state.meter)

    def _element(self, element: Element, state: PartState, cursor: Cursor, index: int, part_id: str) -> None:
        if element.tag == "note":
            self._note(element, state, cursor, index)
        elif element.tag == "backup":
            cursor.move(-duration_of(element, state))
        elif element.tag == "forward":
            cursor.move(duration_of(element, state))
        elif element.tag == "attributes":
            self._attributes(element, state, cursor, index, part_id)
        elif element.tag == "direction":
            self._direction(element, state, cursor, index)
        elif element.tag == "sound":
            offset = element.find("offset")
            at = cursor.now + (decimal(offset.text, "offset") / state.divisions if offset is not None else 0)
            self._sound(element, state, max(at, Fraction(0)), index)

    def _attributes(self, element: Element, state: PartState, cursor: Cursor, index: int, part_id: str) -> None:
        divisions = element.find("divisions")
        if divisions is not None:
            state.divisions = decimal(divisions.text, "divisions")
            if not 0 < state.divisions <= limits.DIVISIONS_MAX:
                raise UnreadableFileError(f"measure {index + 1}: {state.divisions} divisions a quarter note")
        for transpose in element.iterfind("transpose"):
            semitones = decimal(transpose.findtext("chromatic") or "0", "transposition")
            semitones += 12 * integer(transpose.findtext("octave-change") or "0", "octave change")
            staff = transpose.get("number", "")
            if staff.isdigit() and len(staff) < 4:
                state.transpose[int(staff)] = semitones
            else:
                state.transpose = {0: semitones}
        time = element.find("time")
        pair = beats_of(time) if time is not None else None
        if pair:
            state.meter = Fraction(4 * pair[0], pair[1])
            self.meters[index, cursor.now] = pair
        key = element.find("key")
        if key is not None and key.find("fifths") is not None and part_id == self.key_part:
            fifths = fifths_of_transposed(
                integer(key.findtext("fifths"), "key signature"), round(state.transpose_of(1))
            )
            if -7 <= fifths <= 7:
                mode: Mode = "minor" if (key.findtext("mode") or "").strip() == "minor" else "major"
                self.keys[index, cursor.now] = KeyMark(at=Fraction(0), fifths=fifths, mode=mode)

    def _direction(self, element: Element, state: PartState, cursor: Cursor, index: int) -> None:
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

    def _sound(self, element: Element, state: PartState, at: Fraction, index: int) -> None:
        if element.get("tempo"):
            self._tempo(decimal(element.get("tempo"), "tempo"), at, index)
        if element.get("dynamics"):
            percent = decimal(element.get("dynamics"), "dynamics")
            state.velocity = max(1, min(127, round(percent * DEFAULT_VELOCITY / 100)))
        for move in element.iterfind("play/other-play"):
            found = _CONTROL.fullmatch((move.text or "").strip()) if move.get("type") == CONTROL_TYPE else None
            if found and int(found[1]) <= CHANNEL_PRESSURE and int(found[2]) < 1 << 14:
                self.count += 1
                limits.check_count(self.count, limits.MIDI_MESSAGES_MAX, "notes and controller movements")
                state.controls.append((index, Control(at=at, controller=int(found[1]), value=int(found[2]))))

    def _tempo(self, bpm: Fraction | None, at: Fraction, index: int) -> None:
        if bpm and 4 <= bpm <= 6000:
            limits.check_count(len(self.tempos) + 1, limits.TEMPO_MARKS_MAX, "tempo marks")
            self.tempos.setdefault((index, at), round(60_000_000 / bpm))

    def _note(self, element: Element, state: PartState, cursor: Cursor, index: int) -> None:
        is_grace, is_chord = element.find("grace") is not None, element.find("chord") is not None
        duration = Fraction(0) if is_grace else duration_of(element, state)
        onset = cursor.last_onset if is_chord else cursor.now
        pitch, voice = pitch_of(element, state), number_of(element, "voice")
        if is_grace:
            cursor.graces[voice] = cursor.graces.get(voice, 0) + (0 if is_chord else 1)
        elif not is_chord:
            cursor.graces.pop(voice, None)
        if pitch is not None:
            self.count += 1
            limits.check_count(self.count, limits.NOTES_MAX, "notes")
            ties = set() if is_grace else {tie.get("type") for tie in element.iterfind("tie")}
            note = Note(
                onset=onset,
                duration=duration,
                pitch_midi=pitch.midi,
                velocity=velocity_of(element, state),
                voice=voice,
                staff=number_of(element, "staff"),
                detune_cents=pitch.detune_cents,
                spelling=pitch.spelling,
                grace_index=cursor.graces.get(voice, 0) if is_grace else 0,
            )
            is_cue = element.find("cue") is not None
            state.written.append(Written(index, note, is_cue, "start" in ties, "stop" in ties))
        if is_chord:
            cursor.furthest = max(cursor.furthest, onset + duration)
        else:
            cursor.last_onset = cursor.now
            cursor.move(duration)


def _all_unpitched(notes: list[Note]) -> bool:
    return bool(notes) and all(note.spelling.startswith("x") for note in notes)


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
