"""The note verifier: which candidates are notes, when exactly they begin, how hard they are struck, when they end.

Two small networks of dense layers, run by numpy; weights and card are `engine/weights/note-verifier-1`, trained by
`python -m engine.training notes`.
"""

import math
from functools import lru_cache
from typing import Final

import numpy as np

from engine.arrays import Doubles, Floats
from engine.transcription.candidates import Indexes, Surroundings
from engine.transcription.endings import Peaks, Sounding
from engine.weights import tensors

MODEL: Final = "note-verifier-1"
REACH_S: Final = 0.13  # how far from its candidate a note may begin: slow ones are marked late
_BATCH: Final = 2048

Layers = list[tuple[Floats, Floats]]


def onsets(surroundings: Surroundings, frames: Indexes, keys: Indexes) -> tuple[Doubles, Doubles, Doubles]:
    """For each candidate: chance 0..1 that it is a note, seconds from its frame to the onset, velocity 0..1."""
    if not len(frames):
        return np.zeros(0), np.zeros(0), np.zeros(0)
    layers = _layers("onset")
    parts = []
    for start in range(0, len(frames), _BATCH):
        seen = surroundings.around(frames[start : start + _BATCH], keys[start : start + _BATCH])
        parts.append(run(layers, seen))
    out = np.concatenate(parts).astype(np.float64)
    return sigmoid(out[:, 0]), REACH_S * np.tanh(out[:, 1]), sigmoid(out[:, 2])


def lives(sounding: Sounding, start: int, key: int, frames: Indexes, peaks: Peaks = (0.0, 0.0)) -> Floats:
    """Of the note of `key` begun at frame `start`, (frames, 3) logits for each of the consecutive `frames`.

    They are: it still sounds; its end falls here; its key is let go here, the last two to be compared with those of its
    other frames only.

    peaks : what `Sounding.peaks` gave for the frames of the note before these
    """
    return run(_layers("end"), sounding.along(start, key, frames, peaks))


def run(layers: Layers, x: Floats) -> Floats:
    """Dense layers with max(0, x) between them, (rows, inputs) to (rows, outputs)."""
    for weight, bias in layers[:-1]:
        x = np.maximum(x @ weight.T + bias, 0)
    weight, bias = layers[-1]
    return np.asarray(x @ weight.T + bias, np.float32)


def sigmoid(x: Doubles) -> Doubles:
    """1 / (1 + exp(-x)) without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * x)), np.float64)


def logit(chance: float) -> float:
    """What `sigmoid` takes to `chance`."""
    return math.log(chance / (1 - chance))


@lru_cache(maxsize=2)
def _layers(name: str) -> Layers:
    arrays = tensors.read(MODEL)
    count = sum(1 for key in arrays if key.startswith(f"{name}.") and key.endswith(".weight"))
    return [(arrays[f"{name}.{i}.weight"], arrays[f"{name}.{i}.bias"]) for i in range(count)]
