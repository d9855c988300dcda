"""What a hidden Markov model can do: the yardstick beside the lead-sheet network.

States are the chords counted from home; a chord follows a chord as often as it did in the training songs (bigrams);
the notes that begin in a half bar are drawn from those that chords of this quality had. The likeliest path is taken;
there is always a chord.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Doubles
from engine.recommend.chord_tokens import NO_CHORD, QUALITIES, TOKENS, moved, root_of
from engine.recommend.lead_sheet_grid import ONSET, PITCH
from engine.training.chords_data import Sheet

_SMOOTHING: Final = 0.05


class HiddenMarkov:
    """Counts over the training songs."""

    def __init__(self, sheets: Sequence[Sheet]) -> None:
        follows = np.full((TOKENS, TOKENS), _SMOOTHING)
        begins = np.full(TOKENS, _SMOOTHING)
        sung = np.full((len(QUALITIES) + 1, 12), 1.0)
        for sheet in sheets:
            chords = [moved(token, -sheet.home) for token in sheet.chords.tolist()]
            begins[chords[0]] += 1
            np.add.at(follows, (chords[:-1], chords[1:]), 1)
            for chord, row in zip(chords, counts_of(sheet), strict=True):
                sung[_quality(chord)] += np.roll(row, -_root(chord))
        self._begins = np.log(begins / begins.sum())
        self._begins[NO_CHORD] = -np.inf
        self._follows = np.log(follows / follows.sum(1, keepdims=True))
        self._follows[:, NO_CHORD] = -np.inf
        shares = np.log(sung / sung.sum(1, keepdims=True))
        self._sung = np.array([np.roll(shares[_quality(chord)], _root(chord)) for chord in range(TOKENS)])

    def harmonise(self, sheet: Sheet) -> NDArray[np.int64]:
        """The likeliest chords for the melody, in the song's own key: (places,) tokens."""
        likely = counts_of(sheet) @ self._sung.T  # (places, tokens)
        score = self._begins + likely[0]
        came = np.zeros(likely.shape, np.int64)
        for place in range(1, len(likely)):
            paths = score[:, np.newaxis] + self._follows
            came[place] = paths.argmax(0)
            score = paths.max(0) + likely[place]
        path = [int(score.argmax())]
        for place in range(len(likely) - 1, 0, -1):
            path.append(int(came[place, path[-1]]))
        return np.array([moved(token, sheet.home) for token in reversed(path)], np.int64)


def counts_of(sheet: Sheet) -> Doubles:
    """(places, 12) how many notes of each pitch class, counted from home, begin in each half bar."""
    counts = np.zeros((len(sheet.chords), 12))
    places = np.clip(np.floor(sheet.notes[:, ONSET] + 0.05).astype(int), 0, len(counts) - 1)
    np.add.at(counts, (places, (sheet.notes[:, PITCH].astype(int) - sheet.home) % 12), 1)
    return counts


def _quality(chord: int) -> int:
    return len(QUALITIES) if chord == NO_CHORD else chord % len(QUALITIES)


def _root(chord: int) -> int:
    return 0 if chord == NO_CHORD else root_of(chord)
