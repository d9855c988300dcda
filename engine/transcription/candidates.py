"""Where a note may begin, and what the verifier sees around it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from engine.arrays import Floats
from engine.transcription.posteriors import KEYS

Indexes = NDArray[np.int64]

_LEAST: Final = 0.25  # strength from which a peak is a candidate: finds 95 of 100 notes, ten times as many ghosts
_AUDIBLE: Final = 0.15  # level of its band, 0..1 for -90..0 dB
_OWN: Final = tuple(range(-4, 13))  # frames seen of the key itself
_SPARSE: Final = (-3, -1, 0, 1, 2, 4, 8)  # and of the keys related to it
_RELATED: Final = (-28, -24, -19, -12, -7, -1, 1, 7, 12, 19, 24, 28)  # semitones
_BEFORE, _AFTER = 4, 13  # padding in frames
_ROUND: Final = 28  # and in keys
OWN_CHANNELS: Final = 8
INPUTS: Final = len(_OWN) * OWN_CHANNELS + len(_RELATED) * len(_SPARSE) * 4 + 10


def find(keys: Floats, levels: Floats) -> tuple[Indexes, Indexes]:
    """Frames and keys (0..87) of the candidates, in order of time, from `engine.transcription.features.features`."""
    onset = keys[..., 2:4].max(axis=2)
    note = keys[..., 0:2].mean(axis=2)
    rise = np.zeros_like(note)
    rise[1:-2] = note[3:] - note[:-3]
    strength = onset + 0.5 * np.clip(rise, 0, 1)
    for channel, reach, weight in ((1, 1, 1.0), (0, 2, 0.7)):
        level = levels[:, :KEYS, channel]
        flux = np.zeros_like(level)
        flux[reach:-reach] = level[2 * reach :] - level[: -2 * reach]
        strength = strength + np.float32(weight) * np.clip(flux, 0, 0.4)
    peaks = (strength == ndimage.maximum_filter1d(strength, 3, axis=0)) & (strength >= _LEAST)
    frames, found = np.nonzero(peaks & (levels[:, :KEYS, 0] > _AUDIBLE))
    return frames.astype(np.int64), found.astype(np.int64)


class Surroundings:
    """The features of a piece, padded, so that any frame's surroundings can be read."""

    def __init__(self, keys: Floats, levels: Floats) -> None:
        frames = len(keys)
        own = np.concatenate(
            [keys[..., 0:2].mean(axis=2, keepdims=True), keys[..., 2:7], levels[:, :KEYS]], axis=2, dtype=np.float32
        )
        plain = np.stack([own[..., 0], own[..., 1:3].max(axis=2), own[..., 6], own[..., 7]], axis=2)
        self._own = np.pad(own, ((_BEFORE, _AFTER), (0, 0), (0, 0)))
        self._plain = np.pad(plain, ((_BEFORE, _AFTER), (_ROUND, _ROUND), (0, 0)))
        # Keys above the highest have levels of their own, so that overtones are seen there too.
        above = min(levels.shape[1] - KEYS, _ROUND)
        self._plain[_BEFORE : _BEFORE + frames, _ROUND + KEYS : _ROUND + KEYS + above, 2:] = levels[
            :, KEYS : KEYS + above
        ]
        self._busy = np.pad(plain[..., 1].sum(axis=1), (_BEFORE, _AFTER)) / np.float32(10)
        self._loud = np.pad(levels[..., 1].max(axis=1), (_BEFORE, _AFTER))

    def around(self, frames: Indexes, keys: Indexes) -> Floats:
        """What the verifier sees of each candidate, (candidates, INPUTS) float32."""
        rows = frames[:, np.newaxis] + _BEFORE
        own = self._own[rows + np.array(_OWN), keys[:, np.newaxis]].reshape(len(frames), -1)
        far = self._plain[
            (rows + np.array(_SPARSE))[:, np.newaxis, :],
            (keys[:, np.newaxis] + np.array(_RELATED) + _ROUND)[:, :, np.newaxis],
        ].reshape(len(frames), -1)
        near = rows + np.array((-1, 0, 1, 2))
        place = (keys / np.float32(KEYS))[:, np.newaxis].astype(np.float32)
        return np.concatenate([own, far, self._busy[near], self._loud[near], place, place**2], axis=1, dtype=np.float32)
