"""Which chord and which key a chroma speaks of, by two small networks that hear every root alike.

The chroma is turned so that each of the twelve roots in turn stands first; the same weights score it each time. Weights
and card are `engine/weights/tonal-ear-1`, trained by `python -m engine.training tonal`.
"""

from functools import lru_cache
from typing import Final

import numpy as np

from engine.arrays import Doubles, Floats
from engine.theory.names import pitch_class_name
from engine.weights import tensors

MODEL: Final = "tonal-ear-1"
QUALITIES: Final = ("", "m", "7", "maj7", "m7", "dim", "sus4")
STATES: Final = 12 * len(QUALITIES) + 1  # the last is no chord
NONE: Final = "N"
CHORD_INPUTS: Final = 73
KEY_INPUTS: Final = 24


def chord_inputs(slices: Doubles) -> Floats:
    """(slices, 24) mean chroma to (slices, 12, CHORD_INPUTS): each slice with its neighbours, turned to each root."""
    size = np.linalg.norm(slices, axis=1, keepdims=True)
    unit = slices / np.maximum(size, 1e-9)
    padded = np.concatenate([unit[:1], unit, unit[-1:]])
    near = np.stack([padded[1:-1], padded[:-2], padded[2:]], axis=1)  # this slice, the one before, the one after
    turned = np.stack([_turned(near, root) for root in range(12)], axis=1).reshape(len(slices), 12, 72)
    loud = np.broadcast_to(np.log1p(size)[:, np.newaxis] / 5, (len(slices), 12, 1))
    return np.concatenate([turned, loud], axis=2).astype(np.float32)


def key_inputs(total: Doubles) -> Floats:
    """(pieces, 24) summed chroma to (pieces, 12, KEY_INPUTS), turned to each tonic."""
    halves = total.reshape(-1, 2, 12)
    unit = (halves / np.maximum(halves.sum(axis=2, keepdims=True), 1e-9)).reshape(-1, 24) * 12
    return np.stack([_turned(unit, tonic) for tonic in range(12)], axis=1).astype(np.float32)


def _turned(chroma: Doubles, root: int) -> Doubles:
    bass, treble = chroma[..., :12], chroma[..., 12:]
    return np.concatenate([np.roll(bass, -root, axis=-1), np.roll(treble, -root, axis=-1)], axis=-1)


def chord_scores(slices: Doubles) -> Doubles:
    """Log chance of every state for each slice, (slices, STATES): root by root the qualities, then none."""
    w = _weights()
    hidden = np.maximum(chord_inputs(slices) @ w["chord.0.weight"].T + w["chord.0.bias"], 0)
    scores = (hidden @ w["chord.1.weight"].T + w["chord.1.bias"]).reshape(len(slices), -1)
    loud = np.log1p(np.linalg.norm(slices, axis=1)) / 5
    none = w["none"][0] + w["none"][1] * loud
    return _log_chances(np.concatenate([scores, none[:, np.newaxis]], axis=1))


def key_scores(total: Doubles) -> Doubles:
    """Log chance of the 24 keys, tonic by tonic major then minor, for summed chroma (24,)."""
    w = _weights()
    scores = key_inputs(total[np.newaxis]) @ w["key.weight"].T + w["key.bias"]
    return np.asarray(_log_chances(scores.reshape(1, -1))[0], np.float64)


def _log_chances(scores: Floats) -> Doubles:
    top = scores.max(axis=1, keepdims=True)
    shifted = (scores - top).astype(np.float64)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)), np.float64)


def symbol_of(state: int) -> str:
    """Name of a state of `chord_scores`."""
    if state == STATES - 1:
        return NONE
    root, quality = divmod(state, len(QUALITIES))
    return pitch_class_name(root, flats=root in (3, 5, 8, 10)) + QUALITIES[quality]


@lru_cache(maxsize=1)
def _weights() -> dict[str, Floats]:
    return tensors.read(MODEL)
