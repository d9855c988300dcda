"""What notes are made of, in numbers, and the keys under which their melody and harmony are found again.

A melody is known by its contour: where it goes up, down or stays, and how far. Source: D. Parsons, "The Directory of
Tunes and Musical Themes", 1975. A progression is known by its roots counted from the tonic, so that it is found in
every key.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

from engine.errors import UnreadableFileError
from engine.score import Note, Part, Score
from engine.theory.names import parse_chord

CONTOUR_NOTES_MAX: Final = 2_000
DURATIONS_MAX: Final = 24  # different note values that are listed, the most frequent first
LEAP_MAX: Final = 12  # intervals beyond an octave are counted with it
_ROMAN: Final = ("I", "bII", "II", "bIII", "III", "IV", "#IV", "V", "bVI", "VI", "bVII", "VII")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Counts over the notes of a score; drums, cues and grace notes are left out.

    pitch_class_quarters : twelve sums of durations, C first
    intervals : 25 counts of steps in the melody, from an octave down to an octave up
    durations : note values in quarter notes and how often they come, the most frequent first
    notes_a_quarter : mean number of notes that begin in a quarter note
    sounding_at_once : mean number of notes that sound while any does
    """

    pitch_class_quarters: tuple[float, ...]
    intervals: tuple[int, ...]
    durations: tuple[tuple[str, int], ...]
    notes_a_quarter: float
    sounding_at_once: float


def of_score(score: Score) -> Statistics:
    """Count the notes of a score."""
    notes = [note for part in score.parts if not part.is_drums for note in part.notes if note.duration]
    classes = [Fraction(0)] * 12
    for note in notes:
        classes[note.pitch_midi % 12] += note.duration
    intervals = [0] * (2 * LEAP_MAX + 1)
    for step in steps(melody(score)):
        intervals[max(-LEAP_MAX, min(LEAP_MAX, step)) + LEAP_MAX] += 1
    common = Counter(note.duration for note in notes).most_common()
    listed = sorted(common, key=lambda pair: (-pair[1], pair[0]))[:DURATIONS_MAX]
    length, covered = max((note.offset for note in notes), default=Fraction(0)), _covered(notes)
    return Statistics(
        pitch_class_quarters=tuple(round(float(quarters), 3) for quarters in classes),
        intervals=tuple(intervals),
        durations=tuple((str(duration), count) for duration, count in listed),
        notes_a_quarter=round(len(notes) / float(length), 3) if length else 0.0,
        sounding_at_once=round(float(sum(classes) / covered), 3) if covered else 0.0,
    )


def melody(score: Score) -> tuple[int, ...]:
    """MIDI pitches of `melody_notes`."""
    return tuple(pitch for _, pitch in melody_notes(score))


def melody_notes(score: Score) -> tuple[tuple[Fraction, int], ...]:
    """Onset and MIDI pitch of the line that a listener follows: the highest notes of the part that lies highest.

    Only parts with at least half as many onsets as the fullest one are asked, so that a few high notes of a bell are
    not taken for the tune.
    """
    lines = [line for part in score.parts if not part.is_drums and (line := _top_line(part))]
    if not lines:
        return ()
    most = max(map(len, lines))
    full = [line for line in lines if 2 * len(line) >= most]
    highest = max(full, key=lambda line: (sum(pitch for _, pitch in line) / len(line), len(line)))
    return highest[:CONTOUR_NOTES_MAX]


def steps(pitches: Sequence[int]) -> tuple[int, ...]:
    """Semitones from each note to the next."""
    return tuple(later - earlier for earlier, later in pairwise(pitches))


def parsons_code(pitches: Sequence[int]) -> str:
    """The contour: "*" for the first note, then u, d or r for up, down and repeated; empty without notes."""
    if not pitches:
        return ""
    return "*" + "".join("u" if step > 0 else "d" if step < 0 else "r" for step in steps(pitches))


def progression_key(symbols: Sequence[str], tonic: int) -> str:
    """Chords counted from the tonic, such as "I V VIm IV": the same in every key; repeats are written once.

    What is no chord (a rest) is left out. `tonic` is a pitch class.
    """
    words: list[str] = []
    for symbol in symbols:
        try:
            root, intervals, _ = parse_chord(symbol)
        except UnreadableFileError:
            continue
        word = _ROMAN[(root - tonic) % 12] + ("m" if 3 in intervals and 4 not in intervals else "")
        if words[-1:] != [word]:
            words.append(word)
    return " ".join(words)


def _top_line(part: Part) -> tuple[tuple[Fraction, int], ...]:
    top: dict[Fraction, int] = {}
    for note in part.notes:
        if note.duration:
            top[note.onset] = max(top.get(note.onset, 0), note.pitch_midi)
    return tuple(sorted(top.items()))


def _covered(notes: Sequence[Note]) -> Fraction:
    """Quarter notes in which anything sounds."""
    covered, end = Fraction(0), Fraction(0)
    for note in sorted(notes, key=lambda note: note.onset):
        covered += max(note.offset - max(note.onset, end), Fraction(0))
        end = max(end, note.offset)
    return covered
