"""Notes of one MusicXML part: what is known while it is read, and how a note element becomes a note."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor
from typing import Final
from xml.etree.ElementTree import Element  # plain container; safe_xml does the parsing

from engine.errors import UnreadableFileError
from engine.io import limits
from engine.io.musicxml_values import decimal, integer, text_of
from engine.score import Control, Note
from engine.theory.names import STEPS

_ALTER_MAX: Final = 12  # semitones
_OCTAVE_MAX: Final = 12
DEFAULT_VELOCITY: Final = 90  # MusicXML counts dynamics in per cent of MIDI velocity 90


@dataclass(slots=True)
class Instrument:
    """What the part list says of a part."""

    name: str = ""
    program: int = 0
    bank: int = 0
    is_drums: bool = False
    unpitched: dict[str, int] = field(default_factory=dict)  # instrument id -> MIDI pitch


@dataclass(slots=True)
class Written:
    """A note inside its measure, its onset counted from there, before the measures have their places."""

    measure: int
    note: Note
    is_cue: bool
    tie_start: bool
    tie_stop: bool


@dataclass(slots=True)
class PartState:
    """Where the reader stands in one part."""

    instrument: Instrument = field(default_factory=Instrument)
    divisions: Fraction = Fraction(1)
    transpose: dict[int, Fraction] = field(default_factory=dict)  # staff -> semitones; staff 0 is every other one
    velocity: int = DEFAULT_VELOCITY
    meter: Fraction = Fraction(4)
    measures: int = 0
    written: list[Written] = field(default_factory=list)
    controls: list[tuple[int, Control]] = field(default_factory=list)  # (measure, movement inside it)

    def transpose_of(self, staff: int) -> Fraction:
        """Semitones from the written to the sounding pitch on a staff."""
        return self.transpose.get(staff, self.transpose.get(0, Fraction(0)))


@dataclass(slots=True)
class Cursor:
    """Time inside one measure, quarter notes."""

    now: Fraction = Fraction(0)
    furthest: Fraction = Fraction(0)
    last_onset: Fraction = Fraction(0)
    graces: dict[int, int] = field(default_factory=dict)  # voice -> grace notes since its last note with a duration

    def move(self, by: Fraction) -> None:
        """Go on, or back if `by` is negative, but not before the start of the measure."""
        self.now = max(self.now + by, Fraction(0))
        self.furthest = max(self.furthest, self.now)


def instrument_of(element: Element) -> Instrument:
    """What a `score-part` of the part list says."""
    found = Instrument(name=text_of(element, "part-name")[:200])
    for midi in element.iterfind("midi-instrument"):
        program, channel, bank = (midi.findtext(f"midi-{what}") for what in ("program", "channel", "bank"))
        if program is not None:
            found.program = min(max(integer(program, "MIDI program") - 1, 0), 127)
        if bank is not None:
            found.bank = min(max(int(decimal(bank, "MIDI bank")) - 1, 0), 16_383)
        found.is_drums = found.is_drums or (channel is not None and channel.strip() == "10")
        unpitched = midi.findtext("midi-unpitched")
        if unpitched is not None:
            found.unpitched[midi.get("id", "")] = min(max(integer(unpitched, "MIDI pitch") - 1, 0), 127)
    return found


def duration_of(element: Element, state: PartState) -> Fraction:
    """The duration a note, backup or forward is written with, quarter notes; 0 if it has none."""
    written = element.findtext("duration")
    if written is None:
        return Fraction(0)
    quarters = decimal(written, "duration") / state.divisions
    if not 0 <= quarters <= limits.SCORE_QUARTERS_MAX:
        raise UnreadableFileError(f"measure {state.measures}: a duration of {float(quarters):g} quarter notes")
    return quarters


@dataclass(frozen=True, slots=True)
class Pitch:
    """The nearest key that sounds (also below 0 and above 127), the microtone above it, and the spelling."""

    midi: int
    detune_cents: Fraction = Fraction(0)
    spelling: str = ""


def pitch_of(element: Element, state: PartState) -> Pitch | None:
    """What sounds; None for rests."""
    pitch, unpitched = element.find("pitch"), element.find("unpitched")
    if pitch is not None:
        return _pitched(pitch, state, state.transpose_of(number_of(element, "staff")))
    return _unpitched(element, unpitched, state) if unpitched is not None else None


def _pitched(pitch: Element, state: PartState, transpose: Fraction) -> Pitch:
    step, octave = text_of(pitch, "step"), integer(pitch.findtext("octave") or "4", "octave")
    if step not in STEPS:
        raise UnreadableFileError(f"measure {state.measures}: {step[:20]!r} is no step of the scale")
    alter = decimal(pitch.findtext("alter") or "0", "alteration")
    if abs(alter) > _ALTER_MAX or abs(octave) > _OCTAVE_MAX or abs(transpose) > 12 * _OCTAVE_MAX:
        raise UnreadableFileError(f"measure {state.measures}: the pitch {step}{octave} altered by {float(alter):g}")
    exact = 12 * (octave + 1) + STEPS[step] + alter + transpose
    nearest = floor(exact + Fraction(1, 2))
    keeps_spelling = transpose == 0 and alter.denominator == 1 and abs(alter) <= 3
    sign = ("#" * int(alter) or "b" * int(-alter)) if keeps_spelling else ""
    return Pitch(nearest, 100 * (exact - nearest), f"{step}{sign}{octave}" if keeps_spelling else "")


def _unpitched(element: Element, unpitched: Element, state: PartState) -> Pitch:
    instrument = element.find("instrument")
    known = state.instrument.unpitched
    number = known.get(instrument.get("id", "") if instrument is not None else "", -1)
    if number < 0 and known:
        number = next(iter(known.values()))
    step = text_of(unpitched, "display-step") or "E"
    octave = integer(unpitched.findtext("display-octave") or "4", "octave")
    if number < 0:
        number = min(max(12 * (octave + 1) + STEPS.get(step, 4), 0), 127)
    return Pitch(number, spelling=f"x{step}{octave}" if step in STEPS and 0 <= octave <= 9 else "xE4")


def velocity_of(element: Element, state: PartState) -> int:
    """MIDI velocity: the note's own dynamics, else those in force."""
    dynamics = element.get("dynamics")
    if dynamics is None:
        return state.velocity
    return max(1, min(127, round(decimal(dynamics, "dynamics") * DEFAULT_VELOCITY / 100)))


def number_of(element: Element, what: str) -> int:
    """The number of a note's voice or staff; 1 where it is missing, 0 or no number."""
    text = (element.findtext(what) or "1").strip()
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 4 else 1


def joined(written: Iterable[Written], starts: list[Fraction]) -> list[Note]:
    """Notes at their places in the piece, ties joined: first to the same voice, then to any voice of the part."""
    notes: list[Note] = []
    open_ties: dict[tuple[Fraction, Fraction], list[tuple[int, int]]] = defaultdict(list)
    placed = [(starts[each.measure] + each.note.onset, each) for each in written]
    for onset, each in sorted(placed, key=lambda pair: (pair[0], not pair[1].tie_stop)):
        note = each.note
        waiting = open_ties.get((note.sounding_midi, onset)) if each.tie_stop else None
        if waiting:
            place = next((i for i, (voice, _) in enumerate(waiting) if voice == note.voice), 0)
            _, index = waiting.pop(place)
            notes[index] = replace(notes[index], duration=notes[index].duration + note.duration)
        else:
            index = len(notes)
            notes.append(replace(note, onset=onset))
        if each.tie_start:
            # (sounding pitch, end) -> (voice, index) of the notes that wait there
            open_ties[note.sounding_midi, onset + note.duration].append((note.voice, index))
    return notes
