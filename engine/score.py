"""Notes as values: what every symbolic format is read into and written from.

Time is exact: onsets and durations are `Fraction`s of a quarter note, so a file read, written and read again keeps
every note to the tick. Seconds are worked out only where sound is made.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, Literal, TypeVar

from engine.errors import OutOfRangeError
from engine.io import limits

Mode = Literal["major", "minor"]

DEFAULT_TEMPO_US: Final = 500_000  # microseconds a quarter note: 120 bpm
PITCH_BEND: Final = 128  # pseudo controller number of the pitch wheel, 0..16383, centre 8192
CHANNEL_PRESSURE: Final = 129  # pseudo controller number of aftertouch, 0..127


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One sounding note; ties are already joined.

    onset, duration : quarter notes; a duration of 0 is a grace note, an ornament without time of its own
    pitch_midi : 0..127, C4 is 60
    velocity : 1..127
    voice, staff : 1.., the line it belongs to and the staff it stands on inside its part, where the source says so
    detune_cents : how far it sounds above `pitch_midi`, -50..50
    spelling : how the source writes it, such as "Eb4", or "xC5" for a note without pitch that stands where C5 would;
        empty where the key decides
    grace_index : place in a run of grace notes at one onset, 1 is the first; 0 for other notes
    """

    onset: Fraction
    duration: Fraction
    pitch_midi: int
    velocity: int = 80
    voice: int = 1
    staff: int = 1
    detune_cents: Fraction = Fraction(0)
    spelling: str = ""
    grace_index: int = 0

    @property
    def offset(self) -> Fraction:
        """Where the note ends, quarter notes."""
        return self.onset + self.duration

    @property
    def sounding_midi(self) -> Fraction:
        """Pitch with its microtone: 60 is C4, 60 1/2 a quarter tone above."""
        return self.pitch_midi + self.detune_cents / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A controller movement: 0..127 as in MIDI, or `PITCH_BEND`, `CHANNEL_PRESSURE`."""

    at: Fraction
    controller: int
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Notes of one instrument, sorted by onset, then pitch.

    program : General MIDI program 0..127 (0 is the grand piano); bank : 0..16383
    cues : notes of others, printed small so that a player finds the entry; nothing plays or counts them
    beyond : notes too low or too high for a MIDI key (`pitch_midi` outside 0..127), kept so that none is lost
    """

    name: str = ""
    program: int = 0
    bank: int = 0
    is_drums: bool = False
    notes: tuple[Note, ...] = ()
    controls: tuple[Control, ...] = ()
    cues: tuple[Note, ...] = ()
    beyond: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoMark:
    """From `at` on, a quarter note lasts `us_per_quarter` microseconds."""

    at: Fraction
    us_per_quarter: int

    @property
    def bpm(self) -> float:
        """Quarter notes a minute."""
        return 60_000_000 / self.us_per_quarter


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterMark:
    """From `at` on, a bar holds `numerator` notes of 1/`denominator`."""

    at: Fraction
    numerator: int
    denominator: int

    @property
    def bar(self) -> Fraction:
        """Length of one bar, quarter notes."""
        return Fraction(4 * self.numerator, self.denominator)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyMark:
    """From `at` on, `fifths` sharps (positive) or flats (negative), -7..7."""

    at: Fraction
    fifths: int
    mode: Mode = "major"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A piece: parts and the maps of tempo, meter and key, each sorted by position.

    bars : where every bar after the first begins, where the source draws other bars than the meter asks for (an
        upbeat, a bar split by a repeat); empty where the meter decides
    """

    title: str = ""
    parts: tuple[Part, ...] = ()
    tempos: tuple[TempoMark, ...] = ()
    meters: tuple[MeterMark, ...] = ()
    keys: tuple[KeyMark, ...] = ()
    bars: tuple[Fraction, ...] = ()

    def notes(self) -> Iterator[Note]:
        """Every note, part after part."""
        for part in self.parts:
            yield from part.notes

    @property
    def note_count(self) -> int:
        """Number of notes in all parts."""
        return sum(len(part.notes) for part in self.parts)

    @property
    def end(self) -> Fraction:
        """Where the last note ends, quarter notes."""
        return max((note.offset for note in self.notes()), default=Fraction(0))

    @property
    def duration_s(self) -> float:
        """Seconds from 0 to the end of the last note."""
        return self.clock().seconds(self.end)

    def clock(self) -> "TempoClock":
        """Turns quarter notes into seconds by the tempo map."""
        return TempoClock(self.tempos)

    def note_multiset(self) -> Counter[tuple[Fraction, Fraction, Fraction]]:
        """How often each (onset, sounding pitch, duration) occurs: what every conversion must keep."""
        return Counter((note.onset, note.sounding_midi, note.duration) for note in self.written_notes())

    def written_notes(self) -> Iterator[Note]:
        """Every note on the page: those that sound, and the cues and the notes beyond MIDI's keys."""
        for part in self.parts:
            yield from part.notes
            yield from part.cues
            yield from part.beyond

    def transposed(self, semitones: int) -> "Score":
        """Every pitched note moved by `semitones`; drums stay.

        Raises
        ------
        OutOfRangeError
            If a note would leave 0..127.
        """
        return replace(self, parts=tuple(_transposed_part(part, semitones) for part in self.parts))

    def between(self, start: Fraction, stop: Fraction) -> "Score":
        """The notes that begin in [start, stop), cut at `stop`, moved so that `start` is 0."""
        parts = []
        for part in self.parts:
            notes = tuple(
                replace(note, onset=note.onset - start, duration=min(note.duration, stop - note.onset))
                for note in part.notes
                if start <= note.onset < stop
            )
            controls = tuple(replace(c, at=max(c.at - start, Fraction(0))) for c in part.controls if c.at < stop)
            parts.append(replace(part, notes=notes, controls=controls, cues=(), beyond=()))
        return replace(
            self,
            bars=(),
            parts=tuple(parts),
            tempos=tuple(replace(m, at=at) for m, at in _window(self.tempos, start, stop)),
            meters=tuple(replace(m, at=at) for m, at in _window(self.meters, start, stop)),
            keys=tuple(replace(m, at=at) for m, at in _window(self.keys, start, stop)),
        )


_Mark = TypeVar("_Mark", TempoMark, MeterMark, KeyMark)


class TempoClock:
    """Quarter notes to seconds over a tempo map; exact sums, one division at the end."""

    def __init__(self, tempos: Iterable[TempoMark]) -> None:
        marks = sorted(tempos, key=lambda mark: mark.at)
        if not marks or marks[0].at > 0:
            marks.insert(0, TempoMark(at=Fraction(0), us_per_quarter=DEFAULT_TEMPO_US))
        self._at = [mark.at for mark in marks]
        self._us = [mark.us_per_quarter for mark in marks]
        self._start_us = [Fraction(0)]
        for index in range(1, len(marks)):
            span = self._at[index] - self._at[index - 1]
            self._start_us.append(self._start_us[-1] + span * self._us[index - 1])

    def seconds(self, position: Fraction) -> float:
        """Seconds from the start of the score to `position` (quarter notes, >= 0)."""
        index = max(bisect_right(self._at, position) - 1, 0)
        return float(self._start_us[index] + (position - self._at[index]) * self._us[index]) / 1e6

    def position(self, seconds: float) -> Fraction:
        """Quarter notes at `seconds`, rounded down to 1/960."""
        target = Fraction(seconds) * 1_000_000
        index = max(bisect_right(self._start_us, target) - 1, 0)
        exact = self._at[index] + (target - self._start_us[index]) / self._us[index]
        return Fraction(int(exact * 960), 960)


def make_part(
    notes: Iterable[Note],
    *,
    name: str = "",
    program: int = 0,
    bank: int = 0,
    is_drums: bool = False,
    controls: Iterable[Control] = (),
    cues: Iterable[Note] = (),
    beyond: Iterable[Note] = (),
) -> Part:
    """Build a part, checked and sorted.

    Raises
    ------
    OutOfRangeError
        If a pitch, velocity, duration or program is outside its range.
    """
    ordered = _ordered(notes)
    for note in ordered:
        if not (0 <= note.pitch_midi <= 127 and 1 <= note.velocity <= 127 and note.duration >= 0 and note.onset >= 0):
            raise OutOfRangeError(f"a note lies outside its range: {note}")
    if not 0 <= program <= 127:
        raise OutOfRangeError(f"program {program} is not in 0..127")
    return Part(
        name=name,
        program=program,
        bank=bank,
        is_drums=is_drums,
        notes=ordered,
        controls=tuple(sorted(controls, key=lambda control: control.at)),
        cues=_ordered(cues),
        beyond=_ordered(beyond),
    )


def _ordered(notes: Iterable[Note]) -> tuple[Note, ...]:
    return tuple(sorted(notes, key=lambda note: (note.onset, note.pitch_midi, note.duration, note.velocity)))


def check_limits(score: Score) -> Score:
    """Return `score`, or refuse it as too large to work with."""
    limits.check_count(len(score.parts), limits.PARTS_MAX, "parts")
    limits.check_count(score.note_count, limits.NOTES_MAX, "notes")
    limits.check_count(len(score.tempos), limits.TEMPO_MARKS_MAX, "tempo marks")
    limits.check_count(int(score.end), limits.SCORE_QUARTERS_MAX, "quarter notes of length")
    limits.check_count(int(score.duration_s), limits.SCORE_SECONDS_MAX, "seconds of length")
    return score


def _transposed_part(part: Part, semitones: int) -> Part:
    if part.is_drums:
        return part
    notes = tuple(replace(note, pitch_midi=note.pitch_midi + semitones, spelling="") for note in part.notes)
    if any(not 0 <= note.pitch_midi <= 127 for note in notes):
        raise OutOfRangeError(f"transposing by {semitones} semitones leaves the range of MIDI pitches")
    return replace(part, notes=notes)


def _window(marks: tuple[_Mark, ...], start: Fraction, stop: Fraction) -> list[tuple[_Mark, Fraction]]:
    """The marks in force inside [start, stop), each with its place in the excerpt."""
    before = [mark for mark in marks if mark.at <= start]
    inside = [mark for mark in marks if start < mark.at < stop]
    return [(mark, max(mark.at - start, Fraction(0))) for mark in before[-1:] + inside]
