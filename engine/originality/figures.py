"""Figures without pitch: progressions of chords in any key, and rhythms at any tempo, looked up like passages of notes.

A progression or a rhythm that everybody plays says nothing, however long it goes on. So a figure is weighed by what it
tells: each step counts once after each other step, by how rare it is after that one in the music that is known.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import LimitExceededError
from engine.originality.lines import Hashes, Ints, Line, hashed
from engine.originality.runs import runs
from engine.weights import tensors

MODEL: Final = "known-figures-1"
CHORD_STEPS: Final = 48  # semitones to the next root, by whether this chord is minor and the next one is
RATIOS: Final = 13  # `Line.ratios`, -6..6
_PIECES_MAX: Final = 1 << 16
_SMOOTHING: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is compared. alphabet : different steps; gram : the shortest figure that is looked up, in steps"""

    name: str
    alphabet: int
    gram: int


CHORDS: Final = Kind(name="chords", alphabet=CHORD_STEPS, gram=5)
RHYTHM: Final = Kind(name="rhythm", alphabet=RATIOS, gram=14)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figures:
    """An index of figures of one kind.

    names : of the pieces
    grams, pieces : (entries,) uint32, uint16, sorted by gram: hash of `kind.gram` steps, and a piece that holds them
    bits : (alphabet, alphabet) float32, what a step tells after another: the rarer, the more
    """

    kind: Kind
    names: tuple[str, ...]
    grams: Hashes
    pieces: NDArray[np.uint16]
    bits: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A figure that stands in a known piece: steps `first` to `first + count - 1`, and what it tells, in bits."""

    piece: int
    name: str
    first: int
    count: int
    bits: float


def chord_steps(words: Sequence[int]) -> Ints:
    """(chords - 1,) steps of a progression: roots 0..11, minor ones 12..23, equal neighbours once."""
    chords = np.asarray(words, np.int64)
    roots, minor = chords % 12, chords // 12
    return (np.diff(roots) % 12) * 4 + minor[:-1] * 2 + minor[1:]


def rhythm_steps(line: Line) -> Ints:
    """(notes - 2,) steps of a rhythm: how much longer each distance is than the one before."""
    return line.ratios + RATIOS // 2


def index_of(
    kind: Kind, pieces: Sequence[tuple[str, Sequence[Ints]]], *, like: NDArray[np.float32] | None = None
) -> Figures:
    """The index of named pieces, each with its figures; `like` lends it what steps tell.

    Raises
    ------
    LimitExceededError
        If there are more than 65,536 pieces.
    """
    if len(pieces) > _PIECES_MAX:
        raise LimitExceededError(f"{len(pieces)} pieces are more than one index holds, {_PIECES_MAX}")
    rows = [_rows(kind, number, steps) for number, (_, figures) in enumerate(pieces) for steps in figures]
    table = np.unique(np.concatenate(rows), axis=0) if rows else np.zeros((0, 2), np.int64)
    return Figures(
        kind=kind,
        names=tuple(name for name, _ in pieces),
        grams=table[:, 0].astype(np.uint32),
        pieces=table[:, 1].astype(np.uint16),
        bits=like if like is not None else _bits(kind, (steps for _, figures in pieces for steps in figures)),
    )


def shared(steps: Ints, known: Figures, *, without: Sequence[Ints] = ()) -> list[Shared]:
    """The most telling figure that each known piece shares with these steps, the most telling first.

    without : figures of what it is openly made from: what stands there as well says nothing
    """
    grams = hashed(steps, known.kind.gram)
    first, last = (np.searchsorted(known.grams, grams, side) for side in ("left", "right"))
    counts = last - first
    for declared in without:
        counts = np.where(np.isin(grams, hashed(declared, known.kind.gram)), 0, counts)
    places = np.repeat(np.arange(len(grams)), counts)
    within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    pieces = known.pieces[np.repeat(first, counts) + within].astype(np.int64)
    best: dict[int, Shared] = {}
    for piece, start, count in runs(pieces, places):
        length = count + known.kind.gram - 1
        told = bits_of(steps[start : start + length], known.bits)
        if piece not in best or (told, length) > (best[piece].bits, best[piece].count):
            best[piece] = Shared(piece=piece, name=known.names[piece], first=start, count=length, bits=told)
    return sorted(best.values(), key=lambda one: (-one.bits, -one.count, one.name))


def bits_of(steps: Ints, bits: NDArray[np.float32]) -> float:
    """What a figure tells: each pair of neighbouring steps once: what goes round tells one round."""
    pairs = set(zip(steps[:-1].tolist(), steps[1:].tolist(), strict=True))
    return float(sum(bits[before, after] for before, after in sorted(pairs)))


def write(path: Path, *indexes: Figures) -> str:
    """Write indexes beside the weights; the same give the same bytes. The answer is the file's SHA-256."""
    import hashlib

    from safetensors.numpy import save

    arrays = {
        f"{one.kind.name}.{name}": np.ascontiguousarray(getattr(one, name))
        for one in indexes
        for name in ("grams", "pieces", "bits")
    }
    data = save(arrays, metadata={"names": json.dumps({one.kind.name: one.names for one in indexes}, sort_keys=True)})
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


@cache
def training_figures(kind: Kind) -> Figures:
    """The progressions or the rhythms of what the shipped models learned from."""
    from safetensors import safe_open

    with safe_open(tensors.path_of(MODEL), framework="numpy") as file:
        return Figures(
            kind=kind,
            names=tuple(json.loads(file.metadata()["names"])[kind.name]),
            **{name: file.get_tensor(f"{kind.name}.{name}") for name in ("grams", "pieces", "bits")},
        )


def _rows(kind: Kind, number: int, steps: Ints) -> NDArray[np.int64]:
    grams = hashed(steps, kind.gram)
    return np.column_stack([grams, np.full(len(grams), number)]).astype(np.int64)


def _bits(kind: Kind, figures: Iterable[Ints]) -> NDArray[np.float32]:
    counts = np.full((kind.alphabet, kind.alphabet), _SMOOTHING)
    for steps in figures:
        np.add.at(counts, (steps[:-1], steps[1:]), 1)
    return np.asarray(-np.log2(counts / counts.sum(axis=1, keepdims=True)), np.float32)
