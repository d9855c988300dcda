"""Known music as an index: hashes of every eight notes, and the pieces that hold them. No note can be read from it."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save

from engine.errors import LimitExceededError
from engine.originality.lines import Hashes, Line, rhythm_grams, step_grams
from engine.weights import tensors

MODEL: Final = "known-music-1"
_PIECES_MAX: Final = 1 << 16
_STEPS: Final = 49  # -24..24 semitones


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One known piece: its lines, what it is called, and whether anybody may use it (long in the public domain)."""

    name: str
    lines: tuple[Line, ...]
    is_free: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownMusic:
    """An index of pieces.

    names, is_free : of each piece
    grams, rhythms, pieces : (entries,) uint32, uint8, uint16, sorted by gram: hash of the steps of eight notes, hash of
        their rhythm, and the piece that holds them
    step_bits : (49,) float32, what a step of -24..24 semitones tells, in bits: the rarer, the more
    """

    names: tuple[str, ...]
    is_free: tuple[bool, ...]
    grams: Hashes
    rhythms: NDArray[np.uint8]
    pieces: NDArray[np.uint16]
    step_bits: NDArray[np.float32]

    def hits(self, grams: Hashes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(place in `grams`, entry of the index) of every agreement."""
        first, last = np.searchsorted(self.grams, grams, "left"), np.searchsorted(self.grams, grams, "right")
        counts = last - first
        places = np.repeat(np.arange(len(grams)), counts)
        within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        return places, np.repeat(first, counts) + within


def index_of(pieces: Sequence[Piece], *, like: "KnownMusic | None" = None) -> KnownMusic:
    """The index of these pieces; `like` lends it how much a step tells, where they are too few to say.

    Raises
    ------
    LimitExceededError
        If there are more than 65,536 pieces.
    """
    if len(pieces) > _PIECES_MAX:
        raise LimitExceededError(f"{len(pieces)} pieces are more than one index holds, {_PIECES_MAX}")
    rows = [_rows(number, line) for number, piece in enumerate(pieces) for line in piece.lines]
    table = np.unique(np.concatenate(rows), axis=0) if rows else np.zeros((0, 3), np.int64)
    return KnownMusic(
        names=tuple(piece.name for piece in pieces),
        is_free=tuple(piece.is_free for piece in pieces),
        grams=table[:, 0].astype(np.uint32),
        rhythms=table[:, 1].astype(np.uint8),
        pieces=table[:, 2].astype(np.uint16),
        step_bits=like.step_bits if like else _step_bits(line for piece in pieces for line in piece.lines),
    )


def write(path: Path, known: KnownMusic) -> str:
    """Write the index beside the weights; the same index gives the same bytes. The answer is the file's SHA-256."""
    arrays = {"grams": known.grams, "rhythms": known.rhythms, "pieces": known.pieces, "step_bits": known.step_bits}
    # One entry: the writer keeps several in an order of chance.
    named = {"index": json.dumps({"names": known.names, "is_free": known.is_free}, ensure_ascii=False)}
    data = save({name: np.ascontiguousarray(array) for name, array in arrays.items()}, metadata=named)
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


@cache
def training_music() -> KnownMusic:
    """What the shipped models learned from."""
    with safe_open(tensors.path_of(MODEL), framework="numpy") as file:
        said = json.loads(file.metadata()["index"])
        return KnownMusic(
            names=tuple(said["names"]),
            is_free=tuple(said["is_free"]),
            **{name: file.get_tensor(name) for name in ("grams", "rhythms", "pieces", "step_bits")},
        )


def _rows(number: int, line: Line) -> NDArray[np.int64]:
    grams = step_grams(line)
    return np.column_stack([grams, rhythm_grams(line), np.full(len(grams), number)]).astype(np.int64)


def _step_bits(lines: Iterable[Line]) -> NDArray[np.float32]:
    counts = np.ones(_STEPS)  # one of each, so that what was never seen tells much, not infinitely much
    for line in lines:
        counts += np.bincount(line.steps + _STEPS // 2, minlength=_STEPS)
    return np.asarray(-np.log2(counts / counts.sum()), np.float32)
