"""How well the shipped model of progressions knows the next chord of songs it never saw; counting stands beside it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.arrays import Doubles
from engine.recommend import progression_model
from engine.recommend.chord_tokens import NO_CHORD
from engine.recommend.progression_network import Piece
from engine.training import pop909
from engine.training.progression_baseline import Counts, steps_of
from engine.training.progression_data import pieces_of, untimed
from engine.training.progression_places import places_of
from engine.training.score import Measure

_CONVENTION = (
    "next chord out of 12 roots x 13 qualities and no chord, inversions dropped, repeats merged, in the song's key, "
    "over every chord but a song's first, silences not counted, split by song; known are all chords of the song before"
)
_TIMED = (
    _CONVENTION + ", their lengths and the bar lines, so also the beat on which the next one begins, not its length"
)

Predict = Callable[[Piece], Doubles]


def measure(data: Path, *, split: str) -> Iterator[Measure]:
    """Top-1, top-5 and perplexity of the model, with and without being told lengths, and of a 5-gram."""
    songs = pop909.read_all(data)
    pieces = [replace(piece, tonic=None) for piece in pieces_of(pop909.of_split(songs, split))]
    model = progression_model.load()
    yield from _measures("", _TIMED, pieces, model.probabilities)
    yield from _measures("untimed_", _CONVENTION, [untimed(piece) for piece in pieces], model.probabilities)
    train = [song for song in songs if song.split == "train"]
    if train:
        counts = Counts(pieces_of(train))
        about = f"{_CONVENTION}; interpolated 5-gram counted on the {len(train)} training songs of the folder, all keys"
        yield from _measures("five_gram_", about, pieces, lambda piece: _counted(counts, piece))


def _counted(counts: Counts, piece: Piece) -> Doubles:
    """The rows of counting at the places of the piece; rows that nobody asks for are left empty."""
    rows = np.zeros((len(piece.changes) + 1, NO_CHORD + 1))
    found = np.exp(counts.log_probabilities(piece))
    rows[len(piece.changes) - len(found) : len(piece.changes)] = found
    assert sum(1 for _ in steps_of(piece, 1)) == len(found)
    return rows


def _measures(name: str, about: str, pieces: Sequence[Piece], predict: Predict) -> Iterable[Measure]:
    ranks, nats = [], []
    for piece in pieces:
        rows = predict(piece)
        for step, token in places_of(piece):
            ranks.append(int((rows[step] > rows[step, token]).sum()))
            nats.append(-np.log(max(float(rows[step, token]), 1e-12)))
    count = len(ranks)
    yield _of(f"{name}top_1_percent", 100 * float(np.mean(np.array(ranks) < 1)), about, count)
    yield _of(f"{name}top_5_percent", 100 * float(np.mean(np.array(ranks) < 5)), about, count)
    yield _of(f"{name}perplexity", float(np.exp(np.mean(nats))), about, count)


def _of(metric: str, value: float, convention: str, count: int) -> Measure:
    return Measure(metric=metric, value=round(value, 4), convention=convention, count=count)
