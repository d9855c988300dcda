"""One list of what is drawn and what is known: how likely each is under the model that draws, a note at a time.

Numbers of one call compare: every passage is judged by the same network after the same given notes, with no knob bent
and no draw made. That says what the model would rather have written, not what is better music.
"""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Protocol

from engine.errors import OutOfRangeError
from engine.recommend.capability import Value
from engine.score import Score

MODULES: Final[dict[str, str]] = {
    "chords": "fit_chords",
    "melody": "fit_melody",
    "polyphony": "fit_polyphony",
    "progression": "fit_progression",
}
"""Capabilities whose proposals can stand in one list with known music, and who measures. Velocities, variations of a
tune and voices that complete a given chorale have no like in a catalogue."""
EVENTS: Final = {"chords": "half bar", "melody": "note", "polyphony": "note", "progression": "chord"}
"""What is counted: thousandths of a nat are told of each."""
PASSAGES_MAX: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Music to be judged.

    chords : (onset in quarter notes, symbol) where they are known; without them they are read from the notes
    is_drawn : a proposal, which stays in its key and holds what was given; other music is moved to where it fits
    """

    id: str
    score: Score
    chords: tuple[tuple[Fraction, str], ...] = ()
    is_drawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How well a passage fits.

    per_event_milli : 1000 ln P of one event, on average; nearer 0 fits better
    events : so many were judged; semitones : it fits moved by so much
    words : sentences on why, for a person
    """

    id: str
    per_event_milli: int
    events: int
    semitones: int = 0
    words: tuple[str, ...] = ()


class Measure(Protocol):
    """Judge passages after what is given; one that cannot be judged is left out."""

    def __call__(  # noqa: D102 - the class says it
        self, given: Score, passages: Sequence[Passage], values: Mapping[str, Value]
    ) -> list[Fit]: ...


def rank(name: str, given: Score, passages: Sequence[Passage], values: Mapping[str, Value]) -> list[Fit]:
    """Passages by how well they fit, the best first; of equal ones drawn ones first, then by id.

    Parameters
    ----------
    name : a capability of `MODULES`; of another one nothing can be ranked, and the list is empty
    given, values : as the capability was asked
    passages : at most 256

    Raises
    ------
    OutOfRangeError
        If there are more, or a value does not fit.
    EngineError
        If the capability cannot go on from what is given.
    """
    if len(passages) > PASSAGES_MAX:
        raise OutOfRangeError(f"{len(passages)} passages; at most {PASSAGES_MAX} are ranked at once")
    if name not in MODULES:
        return []
    measure: Measure = importlib.import_module(f"engine.recommend.{MODULES[name]}").measure
    drawn = {one.id for one in passages if one.is_drawn}
    return sorted(measure(given, passages, values), key=lambda fit: (-fit.per_event_milli, fit.id not in drawn, fit.id))


def moved_words(semitones: int) -> str:
    """How far something was moved to fit, as a sentence."""
    if not semitones:
        return "It stands in your key already."
    count, way = abs(semitones), "up" if semitones > 0 else "down"
    return f"Move it {way} by {count} semitone{'s' if count > 1 else ''}."


def first_bar(score: Score) -> Fraction:
    """Where the bar begins in which the first note lies, quarter notes; 0 for an empty score."""
    from engine.analysis.motifs import bar_lines

    first = min((note.onset for part in score.parts if not part.is_drums for note in part.notes), default=Fraction(0))
    return max((line for line in bar_lines(score) if line <= first), default=Fraction(0))
