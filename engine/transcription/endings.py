"""When notes end: what is seen of a note while it sounds, and the moment that most likely passes for its end.

A note has two ends: its key is let go, and its sound is over (later, where a pedal or a room holds it). Of each the
network says for every frame how likely it falls there. An end passes for right within 50 ms or a fifth of the note, so
the moment is taken around which most of the chance lies, not the likeliest frame.
"""

from typing import Final

import numpy as np

from engine.arrays import Doubles, Floats
from engine.transcription.candidates import Indexes
from engine.transcription.features import FRAME_S
from engine.transcription.posteriors import KEYS

TOLERANCE_S: Final = 0.05  # an end this near is right: the convention of mir_eval
TOLERANCE_SHARE: Final = 0.2  # or within this share of the note
_OWN: Final = (-8, -5, -3, -2, -1, 0, 1, 2, 3, 5, 8, 12)  # frames seen of the key itself
_OVERTONES: Final = (12, 19, 24, 28)  # semitones
_OVERTONES_AT: Final = (-2, 0, 2, 5)
_BELOW: Final = (-12, -19, -24)
_TUTTI: Final = (-4, -2, -1, 0, 1, 2, 4)  # frames seen of what all keys do together: pedals end many notes at once
_REGISTERS: Final = ((0, 22), (22, 44), (44, 66), (66, 104))  # keys
_BEFORE, _AFTER, _ROUND = 9, 13, 28
_TUTTI_CHANNELS: Final = 2 * len(_REGISTERS) + 4
INPUTS: Final = len(_OWN) * 5 + len(_OVERTONES) * len(_OVERTONES_AT) * 2 + len(_BELOW) * 3 + 7 * _TUTTI_CHANNELS + 7

Peaks = tuple[float, float]


class Sounding:
    """The features of a piece, padded, so that any moment of any note can be looked at."""

    def __init__(self, keys: Floats, levels: Floats) -> None:
        note, onset = keys[..., 0:2].mean(axis=2), keys[..., 2:4].max(axis=2)
        own = np.stack([note, onset, keys[..., 5], levels[:, :KEYS, 0], levels[:, :KEYS, 1]], axis=2)
        time, high = (_BEFORE, _AFTER), levels.shape[1] - KEYS
        self._own = np.pad(own.astype(np.float32), (time, (_ROUND, max(_ROUND, high)), (0, 0)))
        # Keys above the highest have levels of their own, so that overtones are seen there too.
        self._own[_BEFORE : _BEFORE + len(keys), _ROUND + KEYS : _ROUND + KEYS + high, 3:] = levels[:, KEYS:]
        self._tutti = np.pad(_together(note, onset, levels), (time, (0, 0)))

    def along(self, start: int, key: int, frames: Indexes, peaks: Peaks = (0.0, 0.0)) -> Floats:
        """What is seen of a note begun at frame `start`, (frames, INPUTS) float32.

        frames : consecutive; peaks : the greatest level and posterior of the note in frames before these
        """
        here = frames + _BEFORE
        last = len(self._own) - 1

        def at(places: tuple[int, ...]) -> Indexes:
            return np.asarray((here[:, np.newaxis] + np.array(places)).clip(0, last), np.int64)

        count, column = len(frames), key + _ROUND
        own = self._own[at(_OWN), column].reshape(count, -1)
        over = self._own[at(_OVERTONES_AT)[:, :, np.newaxis], column + np.array(_OVERTONES)][..., 3:].reshape(count, -1)
        below = self._own[at((0,)), column + np.array(_BELOW)][..., [0, 1, 3]].reshape(count, -1)
        tutti = self._tutti[at(_TUTTI)].reshape(count, -1)
        level, note = (self._own[here.clip(0, last), column, channel] for channel in (3, 0))
        top = np.maximum(np.maximum.accumulate(level), np.float32(peaks[0]))
        age = (frames - start).astype(np.float32)
        place = np.full(count, key / KEYS, np.float32)
        rest = (
            level - top,
            top,
            note - np.maximum(np.maximum.accumulate(note), np.float32(peaks[1])),
            np.log1p(age),
            age * np.float32(0.01),
            place,
            place**2,
        )
        return np.concatenate([own, over, below, tutti, np.stack(rest, axis=1)], axis=1, dtype=np.float32)

    def peaks(self, key: int, frames: Indexes, peaks: Peaks) -> Peaks:
        """`peaks` for frames that follow these."""
        here = self._own[(frames + _BEFORE).clip(0, len(self._own) - 1), key + _ROUND]
        return max(peaks[0], float(here[:, 3].max())), max(peaks[1], float(here[:, 0].max()))


def _together(note: Floats, onset: Floats, levels: Floats) -> Floats:
    """What all keys do together, (frames, _TUTTI_CHANNELS): levels falling and rising, notes going and coming."""
    long, short = levels[..., 0], levels[..., 1]
    fall = np.maximum(_back(long, 1) - _on(long, 2), 0) * _back(long, 1)
    rise = np.maximum(_on(short, 1) - _back(short, 1), 0)
    rows = [side[:, low:high].mean(axis=1) * 20 for side in (fall, rise) for low, high in _REGISTERS]
    rows += [
        np.maximum(_back(note, 1) - _on(note, 2), 0).sum(axis=1) / 4,
        onset.sum(axis=1) / 10,
        onset[:, :24].sum(axis=1) / 2,
        short.max(axis=1),
    ]
    return np.stack(rows, axis=1).astype(np.float32)


def _back(values: Floats, frames: int) -> Floats:
    return np.concatenate([np.repeat(values[:1], frames, axis=0), values])[: len(values)]


def _on(values: Floats, frames: int) -> Floats:
    return np.concatenate([values, np.repeat(values[-1:], frames, axis=0)])[-len(values) :]


def best_end(strength: Doubles, onset_s: float, first_s: float) -> float:
    """The moment, in seconds, around which most of the chance of the true end lies.

    strength : (frames,) logits of the end falling into each frame; first_s : the time of the first
    """
    chance = np.exp(strength - strength.max())
    times = first_s + FRAME_S * np.arange(len(strength))
    reach = np.maximum(TOLERANCE_S, TOLERANCE_SHARE * (times - onset_s))
    # A hit at the rim of what passes is worth less than one in the middle: where the true end lies is a little unsure.
    away = np.abs(times[:, np.newaxis] - times) / reach[:, np.newaxis]
    gathered = chance @ np.clip(1 - away**2, 0, None)
    return float(times[int(np.argmax(gathered))])
