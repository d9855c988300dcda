"""What hearing finds: notes, beats, chords and key, in seconds of the recording."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from engine.score import Score

if TYPE_CHECKING:
    from engine.transcription.grid import GridNote

Texture = Literal["mono", "poly", "drums"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectedNote:
    """A note that was heard.

    onset_s, offset_s : seconds from the start of the recording
    pitch_midi : nearest semitone; for drums the General MIDI drum note
    velocity : 1..127
    confidence : 0..1
    released_s : when the key was let go, as far as that is heard, `offset_s` at the latest: what a score would write,
        where a pedal or a room holds the sound longer; None where it was not listened for (mono, drums)
    bend : cents above `pitch_midi`, evenly spaced from onset to offset, both ends included; empty where the pitch was
        not followed (drums; poly where others cover the note's partials), and in poly where the note is in tune
    """

    onset_s: float
    offset_s: float
    pitch_midi: int
    velocity: int
    confidence: float
    bend: tuple[float, ...] = ()
    released_s: float | None = None

    @property
    def written_end_s(self) -> float:
        """Where a score ends the note."""
        return self.offset_s if self.released_s is None else self.released_s

    @property
    def pitch_exact_midi(self) -> float:
        """The pitch with the middle of its bend."""
        return self.pitch_midi + (sorted(self.bend)[len(self.bend) // 2] / 100 if self.bend else 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoPoint:
    """From `at_s` on, `bpm` quarter notes a minute."""

    at_s: float
    bpm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChordSpan:
    """A chord, such as "C", "F#m7" or "Bb/D"; "N" is none."""

    start_s: float
    end_s: float
    symbol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyGuess:
    """A key, such as "C major" or "F# minor", and how sure it is, 0..1."""

    name: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterGuess:
    """A time signature, the index of the first downbeat among the beats, and how sure it is, 0..1.

    downbeats : indexes of all beats that begin a bar, a bar cut short included; empty where they are not known
    """

    numerator: int
    denominator: int
    first_downbeat: int
    confidence: float
    downbeats: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcription:
    """Everything heard in one recording; times in seconds, notes in order of onset, then pitch.

    tempo_map : at least one point, the first at 0 s; one alone where the tempo was given or none was found (120)
    beats_s : where the beats fall; with a given tempo the project's own beats
    is_tempo_given : whether the tempo came from the caller
    """

    texture: Texture
    duration_s: float
    notes: tuple[DetectedNote, ...]
    tempo_map: tuple[TempoPoint, ...]
    beats_s: tuple[float, ...]
    is_tempo_given: bool
    meter: MeterGuess | None = None
    key: KeyGuess | None = None
    chords: tuple[ChordSpan, ...] = ()

    @property
    def tempo_bpm(self) -> float:
        """The tempo that holds longest."""
        ends = [point.at_s for point in self.tempo_map[1:]] + [max(self.duration_s, self.tempo_map[-1].at_s)]
        held = [(end - point.at_s, point.bpm) for point, end in zip(self.tempo_map, ends, strict=True)]
        return max(held)[1]

    def grid(self) -> tuple["GridNote", ...]:
        """Every note with its quantised place beside the played one."""
        from engine.transcription import grid

        return grid.grid_notes(self)

    def as_score(self, *, is_quantised: bool = True, step: Fraction | None = None) -> Score:
        """The notes on the grid of the tempo map.

        is_quantised : onsets and offsets on the nearest step; otherwise where they were played, to the 960th of a
            quarter note (then what the score sounds is what `notes` says)
        step : quarter notes; by default a sixteenth, or a third of an eighth where triplets fit better
        """
        from engine.transcription import grid

        return grid.as_score(self, is_quantised=is_quantised, step=step)
