"""Notes of one MusicXML part: what is known while it is read, and how a note element becomes a note."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final
from xml.etree.ElementTree import Element  # plain container; safe_xml does the parsing

from engine.errors import UnreadableFileError
from engine.io import limits
from engine.io.musicxml_values import decimal, integer, text_of
from engine.score import Note
from engine.theory.names import STEPS

DEFAULT_VELOCITY: Final = 90  # MusicXML counts dynamics in per cent of MIDI velocity 90


@dataclass(slots=True)
class Instrument:
    """What the part list says of a part."""

    name: str = ""
    program: int = 0
    is_drums: bool = False
    unpitched: dict[str, int] = field(default_factory=dict)  # instrument id -> MIDI pitch


@dataclass(slots=True)
class Written:
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
class PartState:
    """Where the reader stands in one part."""

    instrument: Instrument = field(default_factory=Instrument)
    divisions: Fraction = Fraction(1)
    transpose: int = 0
    velocity: int = DEFAULT_VELOCITY
    meter: Fraction = Fraction(4)
    measures: int = 0
    written: list[Written] = field(default_factory=list)


@dataclass(slots=True)
class Cursor:
    """Time inside one measure, quarter notes."""

    now: Fraction = Fraction(0)
    furthest: Fraction = Fraction(0)
    last_onset: Fraction = Fraction(0)

    def move(self, by: Fraction) -> None:
        """Go on, or back if `by` is negative, but not before the start of the measure."""
        self.now = max(self.now + by, Fraction(0))
        self.furthest = max(self.furthest, self.now)


def instrument_of(element: Element) -> Instrument:
    """What a `score-part` of the part list says."""
    found = Instrument(name=text_of(element, "part-name")[:200])
    for midi in element.iterfind("midi-instrument"):
        program, channel = midi.findtext("midi-program"), midi.findtext("midi-channel")
        if program is not None:
            found.program = min(max(integer(program, "MIDI program") - 1, 0), 127)
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


def pitch_of(element: Element, state: PartState) -> int | None:
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


def velocity_of(element: Element, state: PartState) -> int:
    """MIDI velocity: the note's own dynamics, else those in force."""
    dynamics = element.get("dynamics")
    if dynamics is None:
        return state.velocity
    return max(1, min(127, round(decimal(dynamics, "dynamics") * DEFAULT_VELOCITY / 100)))


def voice_of(element: Element) -> int:
    """The voice's number; 1 where it is missing or no number."""
    voice = (element.findtext("voice") or "1").strip()
    return int(voice) if voice.isascii() and voice.isdigit() and len(voice) < 4 else 1


def joined(written: list[Written], starts: list[Fraction]) -> list[Note]:
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
