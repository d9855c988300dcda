"""What counting alone can do: the yardstick beside the network.

Each voice on its own: hold, rest, or an interval below the soprano, counted in contexts that grow more specific: none;
metrical weight and whether the soprano starts a note; and these with the interval the voice stood at one step ago.
Interpolated after Witten and Bell (1991), down to an even spread over the voice's tokens.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.recommend.chorale_grid import FIRST_PITCH, LOWER_VOICES, RANGES, SOPRANO, TOKENS, tokens_of
from engine.training.chorales import Chorale

Context = tuple[int, ...]


class Baseline:
    """Counts over the training chorales; intervals, not pitches, so every key teaches every other."""

    def __init__(self, chorales: Sequence[Chorale]) -> None:
        self._counts: dict[Context, Counter[int]] = defaultdict(Counter)
        for chorale in chorales:
            for rank, voice in enumerate(LOWER_VOICES):
                tokens = tokens_of(chorale.pitches[voice], chorale.onsets[voice], voice)
                for step, token in enumerate(tokens.tolist()):
                    choice = _choice(token, voice, int(chorale.pitches[SOPRANO, step]))
                    for context in _contexts(chorale, rank, voice, step):
                        self._counts[context][choice] += 1

    def log_probabilities(self, chorale: Chorale) -> list[NDArray[np.float64]]:
        """ln P of every token of bass, tenor and alto: three arrays (steps, tokens) float64."""
        return [
            np.log([self._probabilities(chorale, rank, voice, step) for step in range(chorale.steps)])
            for rank, voice in enumerate(LOWER_VOICES)
        ]

    def _probabilities(self, chorale: Chorale, rank: int, voice: int, step: int) -> NDArray[np.float64]:
        tune = int(chorale.pitches[SOPRANO, step])
        choices = [_choice(token, voice, tune) for token in range(TOKENS[voice])]
        spread = np.full(len(choices), 1 / len(choices))
        for context in _contexts(chorale, rank, voice, step):
            counts = self._counts.get(context)
            if counts:
                seen, kinds = sum(counts.values()), len(counts)
                counted = np.array([counts[choice] for choice in choices], np.float64)
                spread = (counted + kinds * spread) / (seen + kinds)
        return np.asarray(spread / spread.sum())


def _choice(token: int, voice: int, tune: int) -> int:
    """Hold and rest as they are; a pitch as 1000 + its distance below the soprano."""
    return token if token < FIRST_PITCH else 1000 + tune - (token - FIRST_PITCH + RANGES[voice][0])


def _contexts(chorale: Chorale, rank: int, voice: int, step: int) -> tuple[Context, Context, Context]:
    before = int(chorale.pitches[voice, step - 1]) if step else 0
    stood = int(chorale.pitches[SOPRANO, step]) - before if before else 1000
    place = (rank, int(chorale.levels[step]), int(chorale.onsets[SOPRANO, step]))
    return (rank,), place, (*place, stood)
