"""Echoes: where a piece stood as it stands now, and so what may come again.

A refrain, the second time a section is played, a sequence: for each step we look for the earlier step that was led to
by the longest run of the same frames. What sounded there is the echo. It is found in two ways: by whole frames, and by
their top notes alone (the same tune over other harmonies). Only what is past is looked at, so the echo of a step is
known before the step is.

Source: matching the longest context is that of Ziv and Lempel, "Compression of individual sequences via variable-rate
coding", IEEE Trans. Inf. Theory 24 (1978); an echo as one more thing to choose is the cache of Grave, Joulin and
Usunier, "Improving neural language models with a continuous cache", ICLR 2017. The form is our own.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.recommend.polyphony_frames import KEYS, Frames

WAYS: Final = 2  # by whole frames, by top notes
_RUNS: Final = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64)  # steps of agreement that are told apart
_CYCLES: Final = (4, 12, 16)  # steps: whether the echo is a whole number of bars or phrases back
TOLD: Final = len(_RUNS) + len(_CYCLES) + 3


class Echo(NamedTuple):
    """What may come again at some steps.

    frames : (..., WAYS, 88) float32, what sounded at the echoed step; the first frame where nothing agrees
    told : (..., WAYS, TOLD) float32, how well and how far back it agrees
    """

    frames: NDArray[np.float32]
    told: NDArray[np.float32]


class Listener:
    """A piece as it is heard, frame by frame, and the echo at its next step."""

    def __init__(self) -> None:
        self._frames: list[Frames] = []
        self._names = [np.zeros(0, np.int64) for _ in range(WAYS)]
        self._known: dict[bytes, int] = {}
        self._runs = [np.zeros(0, np.int64) for _ in range(WAYS)]  # agreement of the step after each with the next step

    def hear(self, frame: Frames) -> None:
        """Take in the next frame, (88,) of 0 and 1."""
        top = int(np.flatnonzero(frame).max(initial=-1))
        whole = self._known.setdefault(np.packbits(frame > 0).tobytes(), len(self._known))
        self._frames.append(np.asarray(frame, np.float32))
        for way, name in enumerate((whole, top)):
            # Step j can be echoed if frame j - 1 is the one just heard; its run is one longer than that of step j - 1.
            grown = np.append(0, self._runs[way])[: len(self._names[way])] + 1
            self._runs[way] = np.where(self._names[way] == name, grown, 0)
            self._names[way] = np.append(self._names[way], name)

    def echo(self) -> Echo:
        """What may come again at the next step."""
        steps = len(self._frames)
        frames, told = np.zeros((WAYS, KEYS), np.float32), np.zeros((WAYS, TOLD), np.float32)
        places = []
        for way, runs in enumerate(self._runs):
            longest = int(runs.max(initial=0))
            place = int(np.flatnonzero(runs == longest)[-1]) + 1 if longest else 0  # the latest of the longest
            places.append(place)
            if steps:
                frames[way] = self._frames[place]
            back = steps - place
            told[way, : len(_RUNS)] = [longest >= run for run in _RUNS]
            told[way, len(_RUNS) : -3] = [back % cycle == 0 for cycle in _CYCLES]
            # A run as long as the way back: a section has come twice, and something else may follow.
            told[way, -3:] = longest >= back, steps == 0, place == places[0]
        return Echo(frames, told)


def echoes(frames: Frames) -> Echo:
    """The echo at every step of a piece (steps, 88): (steps, WAYS, 88) and (steps, WAYS, TOLD)."""
    listener, found = Listener(), []
    for frame in frames:
        found.append(listener.echo())
        listener.hear(frame)
    if not found:
        return Echo(np.zeros((0, WAYS, KEYS), np.float32), np.zeros((0, WAYS, TOLD), np.float32))
    return Echo(np.stack([one.frames for one in found]), np.stack([one.told for one in found]))
