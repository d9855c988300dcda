"""The chorale harmoniser's network, run so that no machine can disagree about a bit of it.

Floating-point sums depend on their order, and libraries choose the order by processor and thread count. Here they
cannot: weights are multiples of 2**-12 and activations multiples of 2**-16, so every product is a multiple of 2**-28
and every sum stays below 2**25. All of that fits the 53 bits of a float64, nothing is ever rounded inside a sum, and
any order gives the same number. Activations are looked up in a table that is part of the weights file, because tanh
is not the same in every C library. Logits leave as integers.

The sums are those of `engine.training.harmony_network`; the shapes are written there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Doubles
from engine.recommend.chorale_grid import (
    FIRST_PITCH,
    LOWER_VOICES,
    interval_symbols,
    interval_tables,
    melody_symbols,
    motion_symbols,
    pair_index,
    sounds_of,
)
from engine.recommend.draws import LOGIT_UNITS_PER_NAT

WEIGHT_UNITS = 1 << 12
ACTIVATION_UNITS = 1 << 16
TANH_UNITS = 1 << 11  # table entries for each 1.0 of the argument
TANH_ENTRIES = 8 * TANH_UNITS  # beyond 8.0 tanh is 1 within the unit of an activation
PRODUCTS_MAX = 1 << 17  # multiplications in one call to BLAS; OpenBLAS goes to threads at twice as many
GATES = 3  # reset, update, new: the order in which PyTorch stacks them

Ints = NDArray[np.int64]
Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A melody as the network has read it.

    tune : (steps,) int64 MIDI numbers, 0 for silence
    known : (steps, features) the melody and the metre at each step alone
    read : (steps, features) the melody around each step, from both directions
    """

    tune: Ints
    known: Doubles
    read: Doubles


class ExactNetwork:
    """The network over one melody and any number of rows, each a harmonisation being written.

    Rows do not touch each other, so a row's notes are the same alone and in company. Voices are named by `rank`, the
    order in which they are drawn: 0 bass, 1 tenor, 2 alto.
    """

    def __init__(self, arrays: Arrays) -> None:
        self._tanh_table = arrays["table.tanh"].astype(np.float64) / ACTIVATION_UNITS
        self.coarse, self.fine = arrays["table.coarse"].astype(np.int64), arrays["table.fine"].astype(np.int64)
        self._w: dict[str, Doubles] = {
            name: values.astype(np.float64) / WEIGHT_UNITS
            for name, values in arrays.items()
            if not name.startswith("table.")
        }
        self._tables = [interval_tables(voice) for voice in LOWER_VOICES]

    def read_melody(self, tune: Ints, onsets: NDArray[np.bool_], levels: Ints) -> Reading:
        """Take in a whole melody: MIDI numbers (0 for silence), where notes start, metrical weight; each (steps,)."""
        heard = self._w["melody.weight"][melody_symbols(tune, onsets)] + self._w["motion.weight"][motion_symbols(tune)]
        place = self._w["level.weight"][levels]
        forwards = self._walk_melody(heard + place, suffix="")
        backwards = self._walk_melody((heard + place)[::-1], suffix="_reverse")[::-1]
        return Reading(
            tune=tune,
            known=np.concatenate([heard, place], axis=1),
            read=np.concatenate([forwards, backwards], axis=1),
        )

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

    def see(self, tune: int, rank: int, pitches: Ints) -> Doubles:
        """What a voice sounds, by itself and under the tune: MIDI numbers (rows,) -> (rows, features)."""
        sounds = self._w[f"sound.{rank}.weight"][sounds_of(pitches, LOWER_VOICES[rank])]
        intervals = self._w["interval.weight"][interval_symbols(np.full_like(pitches, tune), pitches)]
        return np.concatenate([sounds, intervals], axis=1)

    def know(self, reading: Reading, step: int, previous: Sequence[Ints]) -> Doubles:
        """All that is known before a step is drawn: its melody and metre, and the voices one step ago."""
        tune, rows = int(reading.tune[step]), len(previous[0])
        melody = np.broadcast_to(reading.known[step], (rows, reading.known.shape[1]))
        return np.concatenate([melody, *(self.see(tune, rank, row) for rank, row in enumerate(previous))], axis=1)

    def advance(self, reading: Reading, step: int, known: Doubles, state: Doubles) -> Doubles:
        """The walker's next state: (rows, decoder)."""
        read = np.broadcast_to(reading.read[step], (len(state), reading.read.shape[1]))
        return self._gru("decoder", "", np.concatenate([read, known], axis=1), state)

    def logits(self, reading: Reading, step: int, known: Doubles, state: Doubles, drawn: Sequence[Ints]) -> Ints:
        """Logits in 1/1024 nat of the voice that comes after those `drawn`: (rows, tokens) int64.

        drawn : MIDI numbers (rows,) of the voices that already have their note at this step, bass first
        """
        rank, tune = len(drawn), int(reading.tune[step])
        now = [self.see(tune, other, pitches) for other, pitches in enumerate(drawn)]
        features = np.concatenate([state, known, *now], axis=1)
        hidden = _to_unit(np.maximum(self._linear(f"hidden.{rank}", features), 0.0))
        out = self._linear(f"output.{rank}", hidden)
        below_tune, above_drawn = self._tables[rank]
        out[:, FIRST_PITCH:] += self._linear(f"from_tune.{rank}", hidden)[:, below_tune[tune]]
        for other, pitches in enumerate(drawn):
            pair = self._linear(f"from_drawn.{pair_index(rank, other)}", hidden)
            out[:, FIRST_PITCH:] += np.take_along_axis(pair, above_drawn[pitches], axis=1)
        return np.asarray(np.rint(out * LOGIT_UNITS_PER_NAT), dtype=np.int64)

    def _linear(self, name: str, inputs: Doubles) -> Doubles:
        return _product(inputs, self._w[f"{name}.weight"]) + self._w[f"{name}.bias"]

    def _gru(self, name: str, suffix: str, inputs: Doubles, state: Doubles) -> Doubles:
        given = _product(inputs, self._w[f"{name}.weight_ih_l0{suffix}"]) + self._w[f"{name}.bias_ih_l0{suffix}"]
        kept = _product(state, self._w[f"{name}.weight_hh_l0{suffix}"]) + self._w[f"{name}.bias_hh_l0{suffix}"]
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


def _product(inputs: Doubles, weight: Doubles) -> Doubles:
    """(rows, wide) times (out, wide) transposed, in blocks small enough that BLAS stays on this thread.

    Its threads wait for each other by spinning: on a busy machine a product of this size took 100 ms instead of 1.
    Sums are exact, so blocks change nothing but the time.
    """
    if len(inputs) == 1:  # a matrix times a vector goes to threads much earlier than a matrix times a matrix
        return _product(np.repeat(inputs, 2, axis=0), weight)[:1]
    block = max(1, PRODUCTS_MAX // inputs.size)
    return np.concatenate([inputs @ weight[at : at + block].T for at in range(0, len(weight), block)], axis=1)


def _to_unit(values: Doubles) -> Doubles:
    return np.asarray(np.rint(values * ACTIVATION_UNITS) / ACTIVATION_UNITS)
