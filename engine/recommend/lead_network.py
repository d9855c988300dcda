"""The network that writes lead melodies, in numpy: what is told goes in, logits of the next event come out.

A recurrent layer remembers. Pitches are judged in four ways whose judgements add up: by their place in the key, by the
interval from the last pitch, by their degree in the chord that sounds and in the chord to come, and by whether the
melody had them at this place some bars ago. It is trained by `engine.training.lead_loop`, which has its twin in torch.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from engine.arrays import Floats
from engine.recommend.lead_events import (
    FIELDS,
    LOOKBACK_BARS,
    NO_ROOT,
    NOTHING,
    PITCH_LOW,
    PITCHES,
    REST,
    STEPS_MAX,
    TOKENS,
    TONES,
    Harmony,
    Told,
)

INTERVAL_MAX: Final = 24
JUDGES: Final = TOKENS + (2 * INTERVAL_MAX + 1) + 2 * TONES + len(LOOKBACK_BARS)
STEP_JUDGES: Final = STEPS_MAX + len(LOOKBACK_BARS)
_CLASSES: Final = (np.arange(PITCHES) + PITCH_LOW) % 12


def indices(told: Told, more: Sequence[int] = (), extra: Sequence[tuple[str, int]] = ()) -> list[int]:
    """Rows of the embedding table that are added up for one context; `more` are the values of the `extra` fields."""
    found, first = [], 0
    for value, (_, size) in zip((*told.fields, *more), (*FIELDS, *extra), strict=True):
        found.append(first + value)
        first += size
    found += [first + tone for tone in told.now.tones]
    return found + [first + TONES + tone for tone in told.following.tones]


def table_rows(extra: Sequence[tuple[str, int]] = ()) -> int:
    """How many rows the embedding table has."""
    return sum(size for _, size in (*FIELDS, *extra)) + 2 * TONES


def judged(told: Told) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """(TOKENS, 4 + lookbacks) judges of each token, -1 for none: by key, interval, chord, next chord, and the past."""
    tokens = np.arange(TOKENS)
    rows = np.full((TOKENS, 4 + len(LOOKBACK_BARS)), -1)
    rows[:, 0] = tokens
    first = TOKENS
    if told.last_pitch not in (NOTHING, REST):
        moves = np.clip(tokens[1:] - told.last_pitch, -INTERVAL_MAX, INTERVAL_MAX)
        rows[1:, 1] = first + moves + INTERVAL_MAX
    first += 2 * INTERVAL_MAX + 1
    for column, harmony in ((2, told.now), (3, told.following)):
        if harmony.root != NO_ROOT:
            rows[1:, column] = first + (_CLASSES - harmony.root) % 12
        first += TONES
    for index, (token, _) in enumerate(told.past):
        if token != NOTHING:
            rows[token, 4 + index] = first + index
    return rows


class LeadNetwork:
    """Steps through a melody, one event after another."""

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self._w = dict(weights)
        self._size = self._w["memory.weight_hh_l0"].shape[1]

    def first_memory(self) -> Floats:
        """What is remembered before the first event."""
        return np.zeros(self._size, np.float32)

    def remember(self, rows: Sequence[int], memory: Floats) -> Floats:
        """The memory after one more context, given the rows of `indices`."""
        w = self._w
        seen = _gelu(w["table.weight"][list(rows)].sum(axis=0))
        into = w["memory.weight_ih_l0"] @ seen + w["memory.bias_ih_l0"]
        from_before = w["memory.weight_hh_l0"] @ memory + w["memory.bias_hh_l0"]
        size = self._size
        reset = _sigmoid(into[:size] + from_before[:size])
        update = _sigmoid(into[size : 2 * size] + from_before[size : 2 * size])
        new = np.tanh(into[2 * size :] + reset * from_before[2 * size :])
        return np.asarray((1 - update) * new + update * memory, np.float32)

    def pitch_logits(self, memory: Floats, told: Told) -> Floats:
        """(TOKENS,) nats."""
        judges = self._w["judges.weight"] @ memory + self._w["judges.bias"]
        padded = np.append(judges, 0)  # -1 reads the 0: nobody judges
        return np.asarray(padded[judged(told)].sum(axis=1), np.float32)

    def steps_logits(self, memory: Floats, told: Told, token: int) -> Floats:
        """(STEPS_MAX,) nats: how long the event with `token` lasts, index 0 is one sixteenth."""
        w = self._w
        hidden = w["lasting.weight"] @ memory + w["lasting.bias"] + w["token.weight"][token]
        hidden = _gelu(hidden + w["fitting.weight"][fit_of(told.now, token)])
        judges = w["steps.weight"] @ hidden + w["steps.bias"]
        logits = judges[:STEPS_MAX].copy()
        for index, (_, steps) in enumerate(told.past):
            if steps:
                logits[steps - 1] += judges[STEPS_MAX + index]
        return np.asarray(logits, np.float32)


def fit_of(harmony: Harmony, token: int) -> int:
    """0 for a rest, 1 for a tone outside the chord, 2 for one of its tones, 3 where there is no chord."""
    if token == REST:
        return 0
    if harmony.root == NO_ROOT:
        return 3
    return 2 if (token + PITCH_LOW - 1) % 12 in harmony.tones else 1


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * x)), np.float32)


def _gelu(x: Floats) -> Floats:
    # The curve by the hyperbolic tangent, which numpy has; the twin in torch uses the same.
    return np.asarray(0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3))), np.float32)
