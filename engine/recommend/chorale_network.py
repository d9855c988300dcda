"""The chorale harmoniser's network, run so that no machine can disagree about a bit of it.

Floating-point sums depend on their order, and libraries choose the order by processor and thread count. Here they
cannot: weights are multiples of 2**-12 and activations multiples of 2**-16, so every product is a multiple of 2**-28
and every sum stays below 2**25. All of that fits the 53 bits of a float64, nothing is ever rounded inside a sum, and
any order gives the same number. Activations are looked up in a table that is part of the weights file, because tanh
is not the same in every C library. Logits leave as integers.

The sums are those of `engine.training.harmony_network`; the shapes are written there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Doubles
from engine.recommend.draws import LOGIT_UNITS_PER_NAT

WEIGHT_UNITS = 1 << 12
ACTIVATION_UNITS = 1 << 16
TANH_UNITS = 1 << 11  # table entries for each 1.0 of the argument
TANH_ENTRIES = 8 * TANH_UNITS  # beyond 8.0 tanh is 1 within the unit of an activation
GATES = 3  # reset, update, new: the order in which PyTorch stacks them

Ints = NDArray[np.int64]
Arrays = Mapping[str, NDArray[Any]]


class ExactNetwork:
    """The network over one melody and any number of rows, each a harmonisation being written.

    Rows do not touch each other, so a row's notes are the same alone and in company.
    """

    def __init__(self, arrays: Arrays) -> None:
        self._tanh_table = arrays["table.tanh"].astype(np.float64) / ACTIVATION_UNITS
        self.coarse, self.fine = arrays["table.coarse"].astype(np.int64), arrays["table.fine"].astype(np.int64)
        self._w: dict[str, Doubles] = {
            name: values.astype(np.float64) / WEIGHT_UNITS
            for name, values in arrays.items()
            if not name.startswith("table.")
        }

    def read_melody(self, melody: Ints, levels: Ints) -> Doubles:
        """What the walker is told of the melody at each step: (steps,), (steps,) -> (steps, features)."""
        tune, place = self._w["melody.weight"][melody], self._w["level.weight"][levels]
        forwards = self._walk_melody(tune + place, suffix="")
        backwards = self._walk_melody((tune + place)[::-1], suffix="_reverse")[::-1]
        return np.concatenate([forwards, backwards, tune, place], axis=1)

    def _walk_melody(self, inputs: Doubles, *, suffix: str) -> Doubles:
        state = np.zeros((1, self._w[f"encoder.weight_hh_l0{suffix}"].shape[1]))
        states = []
        for step in range(len(inputs)):
            state = self._gru("encoder", suffix, inputs[step : step + 1], state)
            states.append(state[0])
        return np.array(states)

    def first_state(self, rows: int) -> Doubles:
        """(rows, decoder) zeros."""
        return np.zeros((rows, self._w["decoder.weight_hh_l0"].shape[1]))

    def embed(self, rank: int, sounds: Ints) -> Doubles:
        """What the `rank`-th drawn voice sounds, as the network sees it: (rows,) -> (rows, features)."""
        return self._w[f"sound.{rank}.weight"][sounds]

    def advance(self, read: Doubles, before: Sequence[Doubles], state: Doubles) -> Doubles:
        """The walker's next state, from one step of `read_melody` and the voices one step ago."""
        melody = np.broadcast_to(read, (len(state), len(read)))
        return self._gru("decoder", "", np.concatenate([melody, *before], axis=1), state)

    def logits(
        self, rank: int, read: Doubles, state: Doubles, before: Sequence[Doubles], now: Sequence[Doubles]
    ) -> Ints:
        """Logits of the `rank`-th draw in 1/1024 nat: (rows, tokens) int64."""
        tune = read[-2 * self._w["melody.weight"].shape[1] : -self._w["melody.weight"].shape[1]]
        tunes = np.broadcast_to(tune, (len(state), len(tune)))
        features = np.concatenate([state, tunes, *before, *now], axis=1)
        hidden = _to_unit(np.maximum(self._linear(f"hidden.{rank}", features), 0.0))
        out = self._linear(f"output.{rank}", hidden)
        return np.asarray(np.rint(out * LOGIT_UNITS_PER_NAT), dtype=np.int64)

    def _linear(self, name: str, inputs: Doubles) -> Doubles:
        return np.asarray(inputs @ self._w[f"{name}.weight"].T + self._w[f"{name}.bias"])

    def _gru(self, name: str, suffix: str, inputs: Doubles, state: Doubles) -> Doubles:
        given = inputs @ self._w[f"{name}.weight_ih_l0{suffix}"].T + self._w[f"{name}.bias_ih_l0{suffix}"]
        kept = state @ self._w[f"{name}.weight_hh_l0{suffix}"].T + self._w[f"{name}.bias_hh_l0{suffix}"]
        given_reset, given_update, given_new = np.split(given, GATES, axis=1)
        kept_reset, kept_update, kept_new = np.split(kept, GATES, axis=1)
        reset = self._sigmoid(given_reset + kept_reset)
        update = self._sigmoid(given_update + kept_update)
        new = self._tanh(given_new + reset * _to_unit(kept_new))
        return _to_unit((1.0 - update) * new + update * state)

    def _tanh(self, values: Doubles) -> Doubles:
        index = np.minimum(np.rint(np.abs(values) * TANH_UNITS), TANH_ENTRIES - 1).astype(np.int64)
        return np.asarray(np.copysign(self._tanh_table[index], values))

    def _sigmoid(self, values: Doubles) -> Doubles:
        return _to_unit(0.5 + 0.5 * self._tanh(0.5 * values))


def _to_unit(values: Doubles) -> Doubles:
    return np.asarray(np.rint(values * ACTIVATION_UNITS) / ACTIVATION_UNITS)
