"""The chords of a recording: twelve roots and seven qualities, or none, along the beats."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.analysis import tonal_ear
from engine.analysis.chroma import FRAME_S
from engine.arrays import Doubles, Floats

_STAY: Final = 2.2  # log odds of the next beat keeping the chord, against any one other
_SLICE_S: Final = 0.5  # where there are no beats

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
    edges = edges_of(beats_s, length_s)
    slices = sliced(rows, edges)
    states = _viterbi(tonal_ear.chord_scores(slices))
    return _spans(states, edges)


def edges_of(beats_s: Sequence[float], length_s: float) -> list[float]:
    """Where slices begin and end: 0, the beats (or every half second), the end."""
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


def _spans(states: NDArray[np.int64], edges: list[float]) -> tuple[Span, ...]:
    spans: list[Span] = []
    for index, state in enumerate(states.tolist()):
        symbol = tonal_ear.symbol_of(state)
        if spans and spans[-1][2] == symbol:
            spans[-1] = (spans[-1][0], edges[index + 1], symbol)
        else:
            spans.append((edges[index], edges[index + 1], symbol))
    return tuple((round(start, 3), round(end, 3), symbol) for start, end, symbol in spans)
