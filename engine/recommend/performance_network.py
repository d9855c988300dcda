"""The network behind `performance`, in numpy: from what stands on the page to how loud each note is played, how surely.

Notes speak with their neighbours through dilated convolutions, bars with the bars around them through a recurrent
layer, so that a chorus knows it is one. It is trained by its twin in torch, `engine.training.performance_network`.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Doubles, Floats

BEFORE_BARS: Final = (1, 2, 4, 8)  # dilations of the convolutions below the bars
AFTER_BARS: Final = (1, 4)  # and above them
VELOCITY_CENTRE, VELOCITY_SPAN = 86.0, 14.0  # the mean over the training songs and the spread inside one
LOG_SPREAD_LOW, LOG_SPREAD_HIGH = -2.5, 1.0
_EPSILON: Final = 1e-5


class PerformanceNetwork:
    """How the players of the training songs would play a piece."""

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self._w = dict(weights)

    def __call__(self, seen: Floats, bar: NDArray[np.int64]) -> tuple[Doubles, Doubles]:
        """Mean velocity of each note, and the spread around it in which it would be played, both (notes,).

        Parameters
        ----------
        seen : (notes, FEATURES) of `performance_features.features`
        bar : (notes,) from 0, never falling
        """
        notes = _gelu(self._linear("enter", seen))
        for index, dilation in enumerate(BEFORE_BARS):
            notes = self._neighbours(f"before.{index}", notes, dilation)
        notes = notes + self._bars(notes, bar)[bar]
        for index, dilation in enumerate(AFTER_BARS):
            notes = self._neighbours(f"after.{index}", notes, dilation)
        left = self._linear("leave", self._norm("norm", notes)).astype(np.float64)
        spread = np.exp(np.clip(left[:, 1], LOG_SPREAD_LOW, LOG_SPREAD_HIGH))
        return VELOCITY_CENTRE + VELOCITY_SPAN * left[:, 0], VELOCITY_SPAN * spread

    @property
    def shares(self) -> Doubles:
        """(4,) of the variance: what a role keeps over the piece, over a bar, a chord keeps, a note has alone."""
        return self._w["spread.shares"].astype(np.float64)

    @property
    def follow(self) -> float:
        """Correlation of a bar's part with the next bar's."""
        return float(self._w["spread.follow"][0])

    def _linear(self, name: str, x: Floats) -> Floats:
        return np.asarray(x @ self._w[f"{name}.weight"].T + self._w[f"{name}.bias"], np.float32)

    def _norm(self, name: str, x: Floats) -> Floats:
        centred = x - x.mean(axis=-1, keepdims=True)
        size = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _EPSILON)
        return np.asarray(centred / size * self._w[f"{name}.weight"] + self._w[f"{name}.bias"], np.float32)

    def _neighbours(self, name: str, notes: Floats, dilation: int) -> Floats:
        weight = self._w[f"{name}.conv.weight"]  # (out, in, 3)
        padded = np.pad(self._norm(f"{name}.norm", notes), ((dilation, dilation), (0, 0)))
        heard = self._w[f"{name}.conv.bias"] + sum(
            padded[tap * dilation : tap * dilation + len(notes)] @ weight[:, :, tap].T for tap in range(3)
        )
        return np.asarray(notes + _gelu(np.asarray(heard, np.float32)), np.float32)

    def _bars(self, notes: Floats, bar: NDArray[np.int64]) -> Floats:
        """(bars, width): what the bars around say of each bar."""
        count = np.bincount(bar, minlength=bar[-1] + 1)
        means = np.zeros((len(count), notes.shape[1]), np.float32)
        np.add.at(means, bar, notes)
        means /= np.maximum(count, 1)[:, None]
        forward, backward = self._recurrent("", means), self._recurrent("_reverse", means[::-1])[::-1]
        return self._linear("from_bars", np.concatenate([forward, backward], axis=1))

    def _recurrent(self, way: str, means: Floats) -> Floats:
        w = {name: self._w[f"bars.{name}_l0{way}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
        into = means @ w["weight_ih"].T + w["bias_ih"]
        size = w["weight_hh"].shape[1]
        memory = np.zeros(size, np.float32)
        found = np.empty((len(means), size), np.float32)
        for step, row in enumerate(into):
            before = w["weight_hh"] @ memory + w["bias_hh"]
            reset, update = _sigmoid(row[: 2 * size] + before[: 2 * size]).reshape(2, size)
            new = np.tanh(row[2 * size :] + reset * before[2 * size :])
            memory = (1 - update) * new + update * memory
            found[step] = memory
        return found


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * x)), np.float32)


def _gelu(x: Floats) -> Floats:
    from scipy.special import erf

    return np.asarray(0.5 * x * (1 + erf(x / np.sqrt(2.0))), np.float32)
