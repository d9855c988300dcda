"""The chords of a recording: twelve roots and seven qualities, or none, along the beats."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.analysis.chroma import FRAME_S
from engine.arrays import Doubles, Floats
from engine.theory.names import CHORDS, pitch_class_name

QUALITIES: Final = ("", "m", "7", "maj7", "m7", "dim", "sus4")
NONE: Final = "N"
_STAY: Final = 2.2  # log odds of the next beat keeping the chord, against any one other
_SLICE_S: Final = 0.5  # where there are no beats
_SHARPNESS: Final = 9.0

Span = tuple[float, float, str]


def of_chroma(rows: Floats, beats_s: Sequence[float]) -> tuple[Span, ...]:
    """Chords as (start_s, end_s, symbol), one after another without gaps, "N" where none is heard.

    Parameters
    ----------
    rows : (frames, 24) chroma as `engine.analysis.chroma.ChromaGatherer` gives it
    beats_s : where chords may change; every half second if empty
    """
    length_s = len(rows) * FRAME_S
    if not len(rows):
        return ()
    edges = _edges(beats_s, length_s)
    slices = sliced(rows, edges)
    states = _viterbi(scores(slices))
    return _spans(states, edges)


def _edges(beats_s: Sequence[float], length_s: float) -> list[float]:
    inner = [time for time in beats_s if 0.05 < time < length_s - 0.05]
    if len(inner) < 2:
        inner = np.arange(_SLICE_S, length_s - 0.05, _SLICE_S).tolist()
    return [0.0, *inner, length_s]


def sliced(rows: Floats, edges: Sequence[float]) -> Doubles:
    """Mean chroma between successive edges, (slices, 24) float64."""
    frames = np.clip(np.round(np.asarray(edges) / FRAME_S).astype(int), 0, len(rows))
    total = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0, dtype=np.float64)])
    stops = np.maximum(frames[1:], frames[:-1] + 1).clip(max=len(rows))
    counts = np.maximum(stops - frames[:-1], 1)[:, np.newaxis]
    return np.asarray((total[stops] - total[frames[:-1]]) / counts, np.float64)


def scores(slices: Doubles) -> Doubles:
    """Log likelihood of each state, (slices, 85): root by root the seven qualities, then none."""
    treble = slices[:, 12:] + 0.5 * slices[:, :12]
    size = np.linalg.norm(treble, axis=1, keepdims=True)
    unit = treble / np.maximum(size, 1e-9)
    fit = unit @ _templates().T
    bass = slices[:, :12] / np.maximum(slices[:, :12].max(axis=1, keepdims=True), 1e-9)
    fit += 0.12 * np.repeat(bass, len(QUALITIES), axis=1)
    none = np.where(size[:, 0] > 1.0, 0.55, 1.2)[:, np.newaxis]
    return np.asarray(_SHARPNESS * np.concatenate([fit, none], axis=1), np.float64)


def _templates() -> Doubles:
    shapes = []
    for root in range(12):
        for quality in QUALITIES:
            shape = np.full(12, 0.08)
            for place, interval in enumerate(CHORDS[quality]):
                shape[(root + interval) % 12] = 1.0 if place < 3 else 0.7
            shapes.append(shape / np.linalg.norm(shape))
    return np.array(shapes)


def _viterbi(likelihoods: Doubles) -> NDArray[np.int64]:
    score = likelihoods[0].copy()
    came = np.zeros(likelihoods.shape, np.int64)
    for step in range(1, len(likelihoods)):
        leader = int(np.argmax(score))
        moved = score[leader] - _STAY
        stays = score >= moved
        came[step] = np.where(stays, np.arange(len(score)), leader)
        score = np.where(stays, score, moved) + likelihoods[step]
    path = np.empty(len(likelihoods), np.int64)
    path[-1] = int(np.argmax(score))
    for step in range(len(likelihoods) - 1, 0, -1):
        path[step - 1] = came[step, path[step]]
    return path


def symbol_of(state: int) -> str:
    """Name of a state of `scores`."""
    if state == 12 * len(QUALITIES):
        return NONE
    root, quality = divmod(state, len(QUALITIES))
    return pitch_class_name(root, flats=root in (3, 5, 8, 10)) + QUALITIES[quality]


def _spans(states: NDArray[np.int64], edges: list[float]) -> tuple[Span, ...]:
    spans: list[Span] = []
    for index, state in enumerate(states.tolist()):
        symbol = symbol_of(state)
        if spans and spans[-1][2] == symbol:
            spans[-1] = (spans[-1][0], edges[index + 1], symbol)
        else:
            spans.append((edges[index], edges[index + 1], symbol))
    return tuple((round(start, 3), round(end, 3), symbol) for start, end, symbol in spans)
