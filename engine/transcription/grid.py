"""Notes in seconds put on the project's grid: a tempo map, quantised places beside the played ones, a score."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from typing import Final

from engine.score import PITCH_BEND, Control, KeyMark, MeterMark, Mode, Note, Part, Score, TempoMark, make_part
from engine.theory.names import key_name_of_fifths
from engine.transcription.values import DetectedNote, TempoPoint, Transcription

TICKS: Final = 960
BEND_RANGE_CENTS: Final = 200.0  # what a synthesiser bends by unless told otherwise
_SIXTEENTH, _TRIPLET = Fraction(1, 4), Fraction(1, 6)
_STRAIGHT_BONUS: Final = 1.15  # triplets must fit clearly better before they are believed
_BENT_CENTS: Final = 20.0
_BENT_LANES: Final = 8  # MIDI has sixteen channels, and other parts want some
_DRUM_LENGTH: Final = Fraction(1, 8)


Placed = tuple[Fraction, Fraction, DetectedNote]  # onset and duration in quarter notes


@dataclass(frozen=True, slots=True, kw_only=True)
class GridNote:
    """A note as it was played, and where it stands on the grid (quarter notes)."""

    played: DetectedNote
    onset: Fraction
    duration: Fraction


class Ruler:
    """Seconds to quarter notes and back along a tempo map; quarter 0 is second 0."""

    def __init__(self, tempo_map: tuple[TempoPoint, ...]) -> None:
        marks = [TempoMark(at=Fraction(0), us_per_quarter=round(60e6 / tempo_map[0].bpm))]
        self._starts = [0.0]
        for point in tempo_map[1:]:
            # Marks stand on ticks, so the seconds they stand for are worked out again from where they landed.
            at = marks[-1].at + Fraction(
                round((point.at_s - self._starts[-1]) * 1e6 / marks[-1].us_per_quarter * TICKS), TICKS
            )
            if at <= marks[-1].at:
                continue
            self._starts.append(self._starts[-1] + float(at - marks[-1].at) * marks[-1].us_per_quarter / 1e6)
            marks.append(TempoMark(at=at, us_per_quarter=round(60e6 / point.bpm)))
        self.marks = tuple(marks)

    def quarters(self, seconds: float) -> Fraction:
        """Position to the nearest 960th of a quarter note."""
        index = max(bisect_right(self._starts, seconds) - 1, 0)
        mark = self.marks[index]
        return mark.at + Fraction(round((seconds - self._starts[index]) * 1e6 / mark.us_per_quarter * TICKS), TICKS)


def grid_notes(heard: Transcription, step: Fraction | None = None) -> tuple[GridNote, ...]:
    """Every note on the nearest step, as long as its key was held; no note is shorter than one step."""
    ruler = Ruler(heard.tempo_map)
    places = [(ruler.quarters(note.onset_s), ruler.quarters(note.written_end_s)) for note in heard.notes]
    width = step or best_step([onset for onset, _ in places])
    found = []
    for note, (onset, offset) in zip(heard.notes, places, strict=True):
        at = round(onset / width) * width
        end = max(round(offset / width) * width, at + width)
        found.append(GridNote(played=note, onset=at, duration=_DRUM_LENGTH if heard.texture == "drums" else end - at))
    return tuple(found)


def best_step(onsets: list[Fraction]) -> Fraction:
    """A sixteenth, or a third of an eighth where the onsets lie clearly nearer to it than chance explains."""
    if not onsets:
        return _SIXTEENTH

    def miss(step: Fraction) -> float:
        return sum(abs(float(onset / step) - round(float(onset / step))) for onset in onsets) / len(onsets)

    return _TRIPLET if miss(_TRIPLET) * _STRAIGHT_BONUS < miss(_SIXTEENTH) else _SIXTEENTH


def as_score(heard: Transcription, *, is_quantised: bool, step: Fraction | None) -> Score:
    """See `Transcription.as_score`."""
    ruler = Ruler(heard.tempo_map)
    if is_quantised:
        placed = [(entry.onset, entry.duration, entry.played) for entry in grid_notes(heard, step)]
    else:
        placed = []
        for note in heard.notes:
            onset = ruler.quarters(note.onset_s)
            end = max(ruler.quarters(note.offset_s), onset + Fraction(1, TICKS))
            placed.append((onset, end - onset, note))
    name = {"mono": "Melody", "poly": "Notes", "drums": "Drums"}[heard.texture]
    lines = lanes(placed) if heard.texture == "poly" else [placed]
    parts = [_part(line, f"{name}, bent {index}" if index else name, heard) for index, line in enumerate(lines)]
    return Score(parts=tuple(parts), tempos=ruler.marks, meters=_meters(heard, ruler), keys=_keys(heard))


def _part(placed: list[Placed], name: str, heard: Transcription) -> Part:
    return make_part(
        [
            Note(onset=onset, duration=duration, pitch_midi=note.pitch_midi, velocity=note.velocity)
            for onset, duration, note in placed
        ],
        name=name,
        is_drums=heard.texture == "drums",
        controls=_bends(placed),
    )


def lanes(placed: list[Placed]) -> list[list[Placed]]:
    """Notes that sound together laid out so that the wheel of each lane, which bends a whole channel, bends one note.

    The first lane holds all notes that do not bend, and those that bend while nothing else sounds in it; the others
    hold bent notes one at a time. A note for which no lane is free stays in the first, without its bend.
    """
    straight = sorted(((o, d, replace(n, bend=())) for o, d, n in placed if not is_bent(n)), key=_by_onset)
    starts = [onset for onset, _, _ in straight]
    ends = list(accumulate((onset + duration for onset, duration, _ in straight), max))
    found: list[list[Placed]] = [straight]
    bent_until = [Fraction(0)]
    for onset, duration, note in sorted((entry for entry in placed if is_bent(entry[2])), key=_by_onset):
        sounding = bisect_left(starts, onset + duration)
        is_alone = not sounding or ends[sounding - 1] <= onset
        free = [lane for lane, until in enumerate(bent_until) if until <= onset and (lane or is_alone)]
        if not free and len(found) <= _BENT_LANES:
            free = [len(found)]
            found.append([])
            bent_until.append(Fraction(0))
        lane = free[0] if free else 0
        found[lane].append((onset, duration, note if free else replace(note, bend=())))
        if free:
            bent_until[lane] = onset + duration
    return [sorted(lane, key=_by_onset) for lane in found]


def _by_onset(entry: Placed) -> tuple[Fraction, int]:
    return entry[0], entry[2].pitch_midi


def is_bent(note: DetectedNote) -> bool:
    """Whether a listener would miss the note's bend: less is the tuning of most instruments."""
    return any(abs(cents) > _BENT_CENTS for cents in note.bend)


def _bends(placed: list[Placed]) -> list[Control]:
    """The pitch wheel along each note, only where it moves."""
    moves: list[Control] = []
    last = 8192
    for onset, duration, note in placed:
        count = len(note.bend)
        for index, cents in enumerate(note.bend or (0.0,)):
            value = min(max(8192 + round(cents / BEND_RANGE_CENTS * 8192), 0), 16383)
            at = onset + duration * Fraction(index, max(count - 1, 1))
            if value != last:
                moves.append(Control(at=Fraction(round(at * TICKS), TICKS), controller=PITCH_BEND, value=value))
                last = value
    return moves


def _meters(heard: Transcription, ruler: Ruler) -> tuple[MeterMark, ...]:
    if heard.meter is None:
        return ()
    return (MeterMark(at=Fraction(0), numerator=heard.meter.numerator, denominator=heard.meter.denominator),)


def _keys(heard: Transcription) -> tuple[KeyMark, ...]:
    if heard.key is None:
        return ()
    mode: Mode = "minor" if heard.key.name.endswith("minor") else "major"
    fitting = [fifths for fifths in range(-7, 8) if key_name_of_fifths(fifths, mode) == heard.key.name]
    return (KeyMark(at=Fraction(0), fifths=fitting[0], mode=mode),) if fitting else ()
