"""The whole model of chord progressions: the network's guess and the song's own memory, blended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np

from engine.arrays import Doubles, Floats
from engine.recommend import song_memory
from engine.recommend.chord_tokens import Change, merged
from engine.recommend.progression_network import LENGTH_MAX, Piece, ProgressionNetwork, as_batch
from engine.weights import tensors

MODEL: Final = "pop-progression-1"
TRUST, TRUST_UNTIMED, LENGTHS_FOUR, LENGTHS_SIX = "trust", "trust.untimed", "lengths.four", "lengths.six"
BESIDE: Final = (TRUST, TRUST_UNTIMED, LENGTHS_FOUR, LENGTHS_SIX)  # arrays that are not the network's
PHRASE_BARS: Final = 4
BEATS_LISTED: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressionModel:
    """P(next chord | chords so far).

    trust : (1 + KINDS, CLASSES), see `song_memory.blend`; trust_untimed : for pieces whose chords have no lengths
    lengths : for bars of 4 and of 6 beats, (beats in four bars, 8) how often a chord that begins there lasts 1..8 beats
    """

    network: ProgressionNetwork
    trust: Doubles
    trust_untimed: Doubles
    lengths: dict[int, Floats]

    def probabilities(self, piece: Piece) -> Doubles:
        """P of every token at every place, before the first chord to after the last: (1 + chords, 157) float64."""
        return self.many([piece])[0]

    def many(self, pieces: Sequence[Piece]) -> list[Doubles]:
        """`probabilities` of several pieces at once; of a piece that is longer than can be looked back at, its end."""
        kept = [last_of(piece) for piece in pieces]
        guesses = guesses_of(self.network, kept)
        return [self._blended(piece, rows) for piece, rows in zip(kept, guesses, strict=True)]

    def _blended(self, piece: Piece, guesses: Doubles) -> Doubles:
        recalled = song_memory.recall(piece)
        opinions = (song_memory.experts(row, found) for row, found in zip(guesses, recalled, strict=True))
        trust = self.trust if any(change.beats is not None for change in piece.changes) else self.trust_untimed
        return np.array([song_memory.blend(rows, classes, trust) for rows, classes in opinions])

    def log_likelihoods(self, given: Piece, continuations: Sequence[Sequence[Change]]) -> list[tuple[float, int]]:
        """ln P of each continuation after what is given, and over how many changes of chord.

        A continuation that begins with the chord that stands already only prolongs it: that is no change.
        """
        joined = [merged([*given.changes, *more]) for more in continuations]
        pieces = [last_of(replace(given, changes=tuple(changes))) for changes in joined]
        found = []
        for piece, changes, rows in zip(pieces, joined, self.many(pieces), strict=True):
            new = len(changes) - len(given.changes)
            places = range(max(len(piece.changes) - new, 0), len(piece.changes))
            picked = [rows[place, piece.changes[place].token] for place in places]
            found.append((float(np.log(np.maximum(picked, 1e-12)).sum()), new))
        return found


def last_of(piece: Piece) -> Piece:
    """As much of the end of a piece as can be looked back at."""
    dropped = max(len(piece.changes) - LENGTH_MAX + 1, 0)
    if not dropped:
        return piece
    passed = sum(change.beats or 0 for change in piece.changes[:dropped])
    return replace(piece, changes=piece.changes[dropped:], origin=piece.origin + passed)


def guesses_of(network: ProgressionNetwork, pieces: Sequence[Piece]) -> list[Doubles]:
    """The network's own P of every token at every place of every piece."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a piece is small: threads would wait for each other longer than they work
    try:
        with torch.inference_mode():
            rows = network(as_batch(pieces)).double().exp().numpy()
    finally:
        torch.set_num_threads(threads)
    return [rows[index, : len(piece.changes) + 1] for index, piece in enumerate(pieces)]


@cache
def load() -> ProgressionModel:
    """The shipped model."""
    return model_of(tensors.read(MODEL))


def model_of(arrays: dict[str, Floats]) -> ProgressionModel:
    """The model that these arrays describe."""
    import torch

    network = ProgressionNetwork(dropout=0.0)
    network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items() if name not in BESIDE})
    return ProgressionModel(
        network=network.eval(),
        trust=arrays[TRUST].astype(np.float64),
        trust_untimed=arrays[TRUST_UNTIMED].astype(np.float64),
        lengths={4: arrays[LENGTHS_FOUR], 6: arrays[LENGTHS_SIX]},
    )
