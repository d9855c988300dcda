"""What the shipped weights are worth, measured on chorales they never saw; the real Bach stands beside every count."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from engine.recommend import harmony
from engine.recommend.chorale_grid import (
    HOLD,
    LOWER_VOICES,
    SOPRANO,
    STEPS_PER_QUARTER,
    tokens_of,
)
from engine.recommend.chorale_network import ExactNetwork
from engine.recommend.chorale_writer import Draft
from engine.recommend.draws import LOGIT_UNITS_PER_NAT
from engine.recommend.melody_grid import lay_out
from engine.recommend.originality import KnownRuns, line, sonorities
from engine.recommend.voice_leading import Violations, violations
from engine.score import Note, Score, make_part
from engine.training.chorales import Chorale
from engine.training.harmony_baseline import Baseline
from engine.weights import files

Tell = Callable[[str], None]
Ints = NDArray[np.int64]


def print_scores(chorales: dict[str, list[Chorale]], tell: Tell) -> None:
    """Likelihood, accuracy and broken rules of the shipped weights on the test chorales."""
    tell(f"{harmony.MODEL} {harmony.WEIGHTS_HASH}")
    network = ExactNetwork(files.read(harmony.MODEL))
    test = chorales["test"]
    _tell_likelihood("model", [log_probabilities(network, chorale) for chorale in test], test, tell)
    baseline = Baseline(chorales["train"])
    _tell_likelihood("baseline", [baseline.log_probabilities(chorale) for chorale in test], test, tell)
    _tell_violations("Bach", [violations(chorale.pitches) for chorale in test], tell)
    written = [rewrite(chorale) for chorale in test]
    _tell_violations("model", [violations(draft.pitches) for draft in written], tell)
    _tell_copies(chorales["train"], test, written, tell)


def log_probabilities(network: ExactNetwork, chorale: Chorale) -> list[NDArray[np.float64]]:
    """ln P of every token of bass, tenor and alto given the true past: three arrays (steps, tokens) float64."""
    reading = network.read_melody(chorale.pitches[SOPRANO], chorale.onsets[SOPRANO], chorale.levels)
    state = network.first_state(1)
    sung = chorale.pitches[list(LOWER_VOICES)]
    previous = [np.zeros(1, np.int64) for _ in LOWER_VOICES]
    rows: list[list[Ints]] = [[] for _ in LOWER_VOICES]
    for step in range(chorale.steps):
        known = network.know(reading, step, previous)
        state = network.advance(reading, step, known, state)
        now = [row[step : step + 1] for row in sung]
        for rank in range(len(LOWER_VOICES)):
            rows[rank].append(network.logits(reading, step, known, state, now[:rank])[0])
        previous = now
    return [_log_softmax(np.array(logits) / LOGIT_UNITS_PER_NAT) for logits in rows]


def _log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    below = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(below - np.log(np.exp(below).sum(axis=1, keepdims=True)))


def _tell_likelihood(
    name: str, predicted: Sequence[Sequence[NDArray[np.float64]]], chorales: Sequence[Chorale], tell: Tell
) -> None:
    nats = np.zeros(len(LOWER_VOICES))
    hits, onset_hits, notes = np.zeros_like(nats), np.zeros_like(nats), np.zeros_like(nats)
    steps = sum(chorale.steps for chorale in chorales)
    for chorale, tables in zip(chorales, predicted, strict=True):
        for rank, voice in enumerate(LOWER_VOICES):
            tokens = tokens_of(chorale.pitches[voice], chorale.onsets[voice], voice)
            starts = tokens != HOLD
            nats[rank] -= tables[rank][np.arange(chorale.steps), tokens].sum()
            right = tables[rank].argmax(axis=1) == tokens
            hits[rank] += right.sum()
            onset_hits[rank] += (right & starts).sum()
            notes[rank] += starts.sum()
    tell(
        f"{name}: {nats.sum() / notes.sum():.4f} nats a note, {nats.sum() / steps:.4f} nats a sixteenth (three voices)"
    )
    for rank, voice in enumerate(LOWER_VOICES):
        tell(
            f"{name} {harmony.VOICE_NAMES[voice].lower()}: {nats[rank] / notes[rank]:.4f} nats a note, "
            f"right at {100 * hits[rank] / steps:.1f} % of sixteenths, "
            f"{100 * onset_hits[rank] / notes[rank]:.1f} % of notes"
        )


def _tell_violations(name: str, counts: Iterable[Violations], tell: Tell) -> None:
    totals: dict[str, int] = {}
    for count in counts:
        for field in fields(count):
            totals[field.name] = totals.get(field.name, 0) + getattr(count, field.name)
    chords = totals.pop("chords")
    rates = ", ".join(f"{key.replace('_', ' ')} {100 * value / chords:.2f}" for key, value in totals.items())
    tell(f"{name}: {rates} per 100 chords ({chords} chords)")


def rewrite(chorale: Chorale) -> Draft:
    """Our harmony for Bach's melody in Bach's bars, from the first quarter that is sung, with the default settings."""
    grid = lay_out(melody_of(chorale))
    first = int(grid.origin * STEPS_PER_QUARTER)
    grid = replace(grid, levels=chorale.levels[first : first + len(grid.pitches)])
    return harmony.harmonise_grid(grid, seed=0, variants=1, temperature_milli=harmony.TEMPERATURE_MILLI)[0]


def _tell_copies(train: list[Chorale], test: list[Chorale], written: list[Draft], tell: Tell) -> None:
    """The longest run of each test piece that a training chorale has too, in any key: Bach himself, then the model."""
    voices = {voice: KnownRuns([line(c.pitches[voice], c.onsets[voice]) for c in train]) for voice in LOWER_VOICES}
    chords = KnownRuns([sonorities(c.pitches) for c in train])
    for name, pieces in (("Bach", test), ("model", written)):
        copied = [chords.longest_copied_run(sonorities(piece.pitches)) for piece in pieces]
        tell(f"{name}: longest run of sonorities shared with a training chorale: {_spread(copied)}")
        for voice, known in voices.items():
            copied = [known.longest_copied_run(line(piece.pitches[voice], piece.onsets[voice])) for piece in pieces]
            tell(f"{name} {harmony.VOICE_NAMES[voice].lower()}: longest shared run of notes: {_spread(copied)}")


def _spread(lengths: list[int]) -> str:
    return f"median {int(np.median(lengths))}, at most {max(lengths)}"


def melody_of(chorale: Chorale) -> Score:
    """The soprano as a score of its own, without bar lines."""
    row, starts = chorale.pitches[SOPRANO], np.flatnonzero(chorale.onsets[SOPRANO]).tolist()
    notes = [
        Note(
            onset=Fraction(start, STEPS_PER_QUARTER),
            duration=Fraction(stop - start, STEPS_PER_QUARTER),
            pitch_midi=int(row[start]),
        )
        for start, stop in zip(starts, [*starts[1:], chorale.steps], strict=True)
        if row[start] > 0
    ]
    return Score(parts=(make_part(notes, name="Melody"),))
