"""What counting alone can do: the yardstick beside the progression network.

The next chord, as its interval and quality, counted after the last 0 to 4 chords in all training songs, so that every
key teaches every other. Interpolated after Witten and Bell (1991), down to an even spread over all chords.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from engine.arrays import Doubles
from engine.recommend.chord_tokens import NO_CHORD, NO_ROOT, QUALITIES, TOKENS, moved, root_of
from engine.recommend.progression_network import Piece

ORDER = 4  # chords looked back at
_START = -1
Context = tuple[int, ...]


class Counts:
    """Counts over the training songs."""

    def __init__(self, pieces: Iterable[Piece], *, order: int = ORDER) -> None:
        self._order = order
        self._counts: dict[Context, Counter[int]] = defaultdict(Counter)
        for piece in pieces:
            for context, anchor, token in steps_of(piece, order):
                for length in range(len(context) + 1):
                    self._counts[context[len(context) - length :]][moved(token, -anchor)] += 1

    def log_probabilities(self, piece: Piece) -> Doubles:
        """ln P of every token at every place that `steps_of` yields: (places, 157) float64."""
        return np.log([self._row(context, anchor) for context, anchor, _ in steps_of(piece, self._order)])

    def _row(self, context: Context, anchor: int) -> Doubles:
        spread = np.full(TOKENS, 1 / TOKENS)
        for length in range(len(context) + 1):
            counts = self._counts.get(context[len(context) - length :])
            if counts:
                seen, kinds = sum(counts.values()), len(counts)
                spread *= kinds / (seen + kinds)
                spread[list(counts)] += np.array(list(counts.values())) / (seen + kinds)
        pitched = np.roll(spread[:NO_CHORD], anchor * len(QUALITIES))
        return np.append(pitched, spread[NO_CHORD])


def steps_of(piece: Piece, order: int) -> Iterator[tuple[Context, int, int]]:
    """At every place with a root behind it: the chords before, seen from the last root; that root; the chord there."""
    tokens = [change.token for change in piece.changes]
    anchor = NO_ROOT
    for step, token in enumerate(tokens):
        if anchor != NO_ROOT:
            before = [moved(each, -anchor) for each in tokens[max(step - order, 0) : step]]
            yield tuple([_START] * (order - len(before)) + before), anchor, token
        anchor = anchor if token == NO_CHORD else root_of(token)
