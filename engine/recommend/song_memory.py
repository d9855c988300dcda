"""What a song has done before: after the last chords, after the same lengths, at the same place of the phrase.

Pop songs say their sections several times. Whoever has heard the verse once knows the second. Every kind of memory
(so many chords back, with or without their lengths, place in the bar or phrase) recalls which chords followed then;
how far each is trusted is read from a table by how often it has been seen and how sure it is.

Source: the idea is prediction by partial matching (J. G. Cleary, I. H. Witten, 1984) with its blend of orders learnt.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Doubles
from engine.recommend.chord_tokens import TOKENS, Change
from engine.recommend.progression_network import Piece

ORDERS: Final = (1, 2, 3, 4, 6, 9, 14)  # chords that must agree
TIMED_ORDERS: Final = (1, 2, 3, 5)  # chords that must agree with their lengths
KINDS: Final = len(ORDERS) + len(TIMED_ORDERS) + 3
COUNT_CLASSES, SURE_CLASSES = 6, 3
CLASSES: Final = COUNT_CLASSES * SURE_CLASSES
NETWORK_CLASSES: Final = 8
_SURE: Final = 0.6

Recalled = dict[int, dict[int, int]]  # kind -> token -> how often


def recall(piece: Piece) -> Iterator[Recalled]:
    """What the song so far recalls at every place: before its first chord, ..., after its last."""
    memory: dict[Hashable, Counter[int]] = defaultdict(Counter)
    now: int | None = piece.origin
    for step in range(len(piece.changes) + 1):
        past = piece.changes[:step]
        if step and now is not None:
            beats = past[-1].beats
            now = None if beats is None else now + beats
        keys = list(_keys(past, now, piece.beats_per_bar))
        last = past[-1].token if past else None
        found = {key[0]: {t: n for t, n in memory[key].items() if t != last} for key in keys if key in memory}
        yield {kind: counts for kind, counts in found.items() if counts}
        if step < len(piece.changes):
            for key in keys:
                memory[key][piece.changes[step].token] += 1


def _keys(past: tuple[Change, ...], now: int | None, bar: int) -> Iterator[tuple[int, Hashable]]:
    tokens = tuple(change.token for change in past[-max(ORDERS) :])
    for kind, order in enumerate(ORDERS):
        if len(past) >= order:
            yield kind, tokens[-order:]
    for kind, order in enumerate(TIMED_ORDERS, start=len(ORDERS)):
        if len(past) >= order and all(change.beats is not None for change in past[-order:]):
            yield kind, past[-order:]
    if now is not None and bar and past:
        kind = len(ORDERS) + len(TIMED_ORDERS)
        yield kind, (tokens[-1], now % bar)
        yield kind + 1, now % (4 * bar)
        yield kind + 2, (tokens[-1], now % (8 * bar))


def class_of(counts: dict[int, int]) -> int:
    """How often a memory has been seen, and whether it always, mostly or seldom went on the same way: 0..17."""
    total, top = sum(counts.values()), max(counts.values())
    sure = 0 if top == total else 1 if top > _SURE * total else 2
    return min(total, COUNT_CLASSES) - 1 + COUNT_CLASSES * sure


def network_class(probabilities: Doubles) -> int:
    """How sure the network is: 0..7."""
    return min(int(probabilities.max() * NETWORK_CLASSES), NETWORK_CLASSES - 1)


def experts(probabilities: Doubles, recalled: Recalled) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Every opinion on the next chord.

    Parameters
    ----------
    probabilities : (157,) the network's

    Returns
    -------
    (1 + KINDS, 157) the network's row first, zeros where a memory is silent; (1 + KINDS,) its class, -1 where silent
    """
    rows = np.zeros((1 + KINDS, TOKENS))
    classes = np.full(1 + KINDS, -1, np.int64)
    rows[0], classes[0] = probabilities, network_class(probabilities)
    for kind, counts in recalled.items():
        rows[1 + kind, list(counts)] = np.array(list(counts.values())) / sum(counts.values())
        classes[1 + kind] = class_of(counts)
    return rows, classes


def blend(rows: Doubles, classes: NDArray[np.int64], trust: Doubles) -> Doubles:
    """(157,) probabilities: opinions weighed by exp of `trust`, (1 + KINDS, CLASSES), of those that speak."""
    speaks = np.flatnonzero(classes >= 0)
    weights = np.exp(trust[speaks, classes[speaks]])
    return np.asarray(weights @ rows[speaks] / weights.sum())
