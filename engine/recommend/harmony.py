"""Harmonies for a melody: four voices in the manner of Bach's chorales, several versions, each replayable to the bit.

The same weights, melody, seed and parameters give the same notes on any machine; `chorale_network` and `draws` say
why. What the notes came from is therefore enough to prove them: record `MODEL`, `WEIGHTS_HASH`, the seed, the
arguments and `RUNTIME`, and anyone can play the recommendation again.
"""

import sys
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from statistics import median_low
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import OutOfRangeError
from engine.recommend import chord_symbols
from engine.recommend.chorale_grid import SOPRANO, STEPS_PER_QUARTER
from engine.recommend.chorale_network import ExactNetwork
from engine.recommend.chorale_writer import Draft, write
from engine.recommend.melody_grid import MelodyGrid, lay_out
from engine.recommend.voice_leading import violations
from engine.score import Note, Score, make_part
from engine.weights import files

MODEL: Final = "chorale-harmoniser-1"
# Grows whenever the same weights would give other notes: grid, masks, order of draws, choice among attempts.
SCHEMA: Final = 1
WEIGHTS_HASH: Final = files.hash_of(MODEL)
RUNTIME: Final[dict[str, str | int]] = {
    "schema": SCHEMA,
    "python": ".".join(map(str, sys.version_info[:3])),
    "numpy": np.__version__,
}
ATTEMPTS: Final = 4  # drafts for each variant, of which the one with the fewest broken rules is kept
VARIANTS_MAX: Final = 8
TEMPERATURE_MILLI: Final = 1000
TEMPERATURE_MILLI_MIN, TEMPERATURE_MILLI_MAX = 100, 2000
SEED_MAX: Final = (1 << 63) - 1
VOICE_NAMES: Final = ("Soprano", "Alto", "Tenor", "Bass")

_BEAT_LEVEL_MAX = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Harmonisation:
    """One recommended harmonisation.

    score : four parts, soprano alto tenor bass; the soprano holds the melody's own notes
    chords : (onset in quarter notes, symbol) wherever the chord changes
    log_likelihood_milli : 1000 ln P of the three lower voices given the melody, under the model; nearer 0 is likelier
    """

    score: Score
    chords: tuple[tuple[Fraction, str], ...]
    log_likelihood_milli: int


def harmonise(
    melody: Score, *, seed: int, variants: int = 3, temperature_milli: int = TEMPERATURE_MILLI
) -> list[Harmonisation]:
    """Set a melody for four voices, in `variants` ways.

    Parameters
    ----------
    melody : one part with one note at a time; see `melody_grid` for what the grid of sixteenths does to rhythm
    seed : 0..2**63 - 1; variant k of a call is the same whatever number of variants is asked for
    variants : 1..8
    temperature_milli : 100..2000; 1000 draws as the model believes, less is safer, more is bolder

    Raises
    ------
    NotAMelodyError
        If there is no note, or two sound at once.
    LimitExceededError
        If the melody is longer than 1,024 sixteenths (64 bars of 4/4).
    OutOfRangeError
        If an argument is out of its range, the melody spans over two octaves, or a voice under it would leave MIDI.

    Source: the task is HARMONET's (Hild, Feulner and Menzel, NIPS 1991); the model is our own, see its card.
    """
    _check(seed=seed, variants=variants, temperature_milli=temperature_milli)
    grid = lay_out(melody)
    drafts = harmonise_grid(grid, seed=seed, variants=variants, temperature_milli=temperature_milli)
    return [_harmonisation(melody, grid, draft) for draft in drafts]


def harmonise_grid(grid: MelodyGrid, *, seed: int, variants: int, temperature_milli: int) -> list[Draft]:
    """What `harmonise` does between the score it is given and the scores it returns: the best draft of each variant."""
    places = [(variant, attempt) for variant in range(variants) for attempt in range(ATTEMPTS)]
    drafts = write(_network(), grid, seed=seed, places=places, temperature_milli=temperature_milli)
    return [_best(drafts[first : first + ATTEMPTS]) for first in range(0, len(drafts), ATTEMPTS)]


@cache
def _network() -> ExactNetwork:
    return ExactNetwork(files.read(MODEL))


def _check(*, seed: int, variants: int, temperature_milli: int) -> None:
    ranges = {
        "seed": (seed, 0, SEED_MAX),
        "variants": (variants, 1, VARIANTS_MAX),
        "temperature_milli": (temperature_milli, TEMPERATURE_MILLI_MIN, TEMPERATURE_MILLI_MAX),
    }
    for name, (value, low, high) in ranges.items():
        if not low <= value <= high:
            raise OutOfRangeError(f"{name} is {value}; it must lie in {low}..{high}")


def _best(drafts: list[Draft]) -> Draft:
    """Fewest broken rules, then likeliest, then first."""
    return min(drafts, key=lambda draft: (violations(draft.pitches).total, -draft.log_likelihood_milli))


def _harmonisation(melody: Score, grid: MelodyGrid, draft: Draft) -> Harmonisation:
    sung = next(part for part in melody.parts if part.notes)
    velocity = median_low(note.velocity for note in sung.notes)
    parts = [replace(sung, name=VOICE_NAMES[SOPRANO])]
    for voice in range(SOPRANO + 1, len(VOICE_NAMES)):
        notes = _notes(grid, draft.pitches[voice], draft.onsets[voice], velocity)
        parts.append(make_part(notes, name=VOICE_NAMES[voice], program=sung.program, bank=sung.bank))
    return Harmonisation(
        score=replace(melody, parts=tuple(parts)),
        chords=_chords(melody, grid, draft.pitches),
        log_likelihood_milli=draft.log_likelihood_milli,
    )


def _notes(grid: MelodyGrid, pitches: NDArray[np.int64], onsets: NDArray[np.bool_], velocity: int) -> list[Note]:
    starts = [int(step) for step in np.flatnonzero(onsets)]
    notes = []
    for start, stop in zip(starts, [*starts[1:], len(pitches)], strict=True):
        if pitches[start] > 0:
            onset, offset = _when(grid, start), min(_when(grid, stop), grid.end)
            pitch = int(pitches[start]) - grid.shift
            notes.append(Note(onset=onset, duration=offset - onset, pitch_midi=pitch, velocity=velocity))
    return notes


def _when(grid: MelodyGrid, step: int) -> Fraction:
    return grid.origin + Fraction(step, STEPS_PER_QUARTER)


def _chords(melody: Score, grid: MelodyGrid, pitches: NDArray[np.int64]) -> tuple[tuple[Fraction, str], ...]:
    beats = sorted({0, *np.flatnonzero(grid.levels <= _BEAT_LEVEL_MAX).tolist()})
    fifths = melody.keys[0].fifths if melody.keys else 0
    # Octaves do not matter to a symbol, and a move upwards cannot turn a low note into the 0 of silence.
    named = np.where(pitches > 0, pitches + -grid.shift % 12, 0)
    changes = chord_symbols.progression(named, beats, fifths=fifths)
    return tuple((_when(grid, step), symbol) for step, symbol in changes)
