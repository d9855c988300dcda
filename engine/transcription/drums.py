"""Drum hits: wherever some band grows louder, a small network says which drums were struck.

Weights and card are `engine/weights/drum-ear-1`, trained by `python -m engine.training drums`.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import ndimage

from engine.arrays import Doubles, Floats, Mono
from engine.transcription.posteriors import RATE_HZ
from engine.transcription.values import DetectedNote
from engine.transcription.verifier import run, sigmoid
from engine.weights import tensors

MODEL: Final = "drum-ear-1"
HOP: Final = 256
FRAME_S: Final = HOP / RATE_HZ
KICK, SNARE, CLOSED_HAT, OPEN_HAT, TOM, CYMBAL = 36, 38, 42, 46, 45, 49
DRUMS: Final = (KICK, SNARE, CLOSED_HAT, OPEN_HAT, TOM, CYMBAL)  # in the order of the network's answers
BANDS: Final = 20
_WINDOW: Final = 1024
_NEAR: Final = (-3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 11)  # frames seen around an onset
_LATE: Final = (18, 36)
INPUTS: Final = (len(_NEAR) + len(_LATE)) * BANDS
_RANGE_DB: Final = 70.0
_GROWTH_DB: Final = 22.0  # over all bands: what may be an onset
_SURE: Final = 0.5
_LENGTH_S: Final = 0.1


class DrumEar:
    """Keeps the levels of twelve bands (4 kB a second of sound) and finds the hits at the end."""

    def __init__(self) -> None:
        self._rest = np.zeros(_WINDOW // 2, np.float32)
        self._rows: list[Floats] = []

    def push(self, mono: Mono) -> list[DetectedNote]:
        """Take samples at 22,050 Hz."""
        self._rest = np.concatenate([self._rest, mono])
        count = (len(self._rest) - _WINDOW) // HOP + 1
        if count > 0:
            self._rows.append(band_levels_db(self._rest[: (count - 1) * HOP + _WINDOW]))
            self._rest = self._rest[count * HOP :]
        return []

    def finish(self) -> list[DetectedNote]:
        """Every hit, in order."""
        self.push(np.zeros(_WINDOW // 2 + HOP, np.float32))
        return hits_of(np.concatenate(self._rows)) if self._rows else []


def levels_of(mono: Mono) -> Floats:
    """Band levels of a whole signal at `RATE_HZ`, (frames, BANDS) float32, dB; frame i is centred on sample i * HOP."""
    return band_levels_db(np.pad(mono, (_WINDOW // 2, _WINDOW // 2 + HOP)))


def band_levels_db(padded: Mono) -> Floats:
    """Level of each band, (frames, BANDS) float32, dB re full scale."""
    frames = sliding_window_view(padded, _WINDOW)[::HOP]
    shape = np.hanning(_WINDOW).astype(np.float32) * np.float32(4 / _WINDOW)
    edges = _edges()
    rows = []
    for start in range(0, len(frames), 512):
        power = np.abs(np.fft.rfft(frames[start : start + 512] * shape, axis=1)) ** 2
        rows.append(np.add.reduceat(power[:, : edges[-1]], edges[:-1], axis=1))
    return np.asarray(10 * np.log10(np.concatenate(rows) + 1e-10), np.float32)


@lru_cache(maxsize=1)
def _edges() -> NDArray[np.int64]:
    """Bins between bands, from 21 Hz: one bin each at the bottom, where kicks and toms part, wider and wider above."""
    edges = np.round(np.geomspace(1, _WINDOW // 2, BANDS + 1)).astype(np.int64)
    return np.maximum.accumulate(np.maximum(edges, np.arange(1, BANDS + 2)))


def candidates(levels_db: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Frames that may be onsets, and what the network sees of each, (candidates, INPUTS) float32."""
    top = float(levels_db.max(initial=-100.0))
    if top < -_RANGE_DB or len(levels_db) < 3:
        return np.zeros(0, np.int64), np.zeros((0, INPUTS), np.float32)
    scaled = np.clip(1 + (levels_db - top) / np.float32(_RANGE_DB), 0, 1)
    growth = np.zeros(len(scaled), np.float32)
    growth[2:] = np.maximum(scaled[2:] - scaled[:-2], 0).sum(axis=1)
    peaks = (growth == ndimage.maximum_filter1d(growth, 5)) & (growth > _GROWTH_DB / _RANGE_DB)
    frames = np.flatnonzero(peaks).astype(np.int64)
    padded = np.pad(scaled, ((-_NEAR[0], _LATE[-1]), (0, 0)))
    seen = padded[frames[:, np.newaxis] - _NEAR[0] + np.array(_NEAR + _LATE)]
    return frames, np.asarray(seen.reshape(len(frames), -1), np.float32)


def onset_s(frame: int) -> float:
    """When a hit at a candidate's frame began: growth is greatest a frame after it."""
    return max(frame - 1, 0) * FRAME_S


def hits_of(levels_db: Floats) -> list[DetectedNote]:
    """Hits from band levels; each onset may hold several drums."""
    frames, seen = candidates(levels_db)
    if not len(frames):
        return []
    chances = sigmoid(run(_layers(), seen).astype(np.float64))
    levels = seen.reshape(len(frames), -1, BANDS)[:, 3:7].max(axis=1)
    return [
        _note(onset_s(int(frames[row])), column, float(chances[row, column]), levels[row])
        for row, column in np.argwhere(chances >= _SURE).tolist()
    ]


def _note(at_s: float, column: int, chance: float, levels: Floats) -> DetectedNote:
    part = levels[: BANDS // 2] if DRUMS[column] in (KICK, TOM) else levels[BANDS // 2 :]
    return DetectedNote(
        onset_s=at_s,
        offset_s=at_s + _LENGTH_S,
        pitch_midi=DRUMS[column],
        velocity=int(np.clip(round(127 * float(part.max()) ** 2), 1, 127)),
        confidence=chance,
    )


@lru_cache(maxsize=1)
def _layers() -> list[tuple[Floats, Floats]]:
    arrays = tensors.read(MODEL)
    return [(arrays[f"{i}.weight"], arrays[f"{i}.bias"]) for i in range(len(arrays) // 2)]


def truth_of(frames: NDArray[np.int64], hits: Doubles) -> Floats:
    """Which drums were struck at each candidate, (candidates, 6): hits are rows of onset_s and column of `DRUMS`."""
    truth = np.zeros((len(frames), len(DRUMS)), np.float32)
    times = np.array([onset_s(int(frame)) for frame in frames])
    for at, column in hits.tolist():
        if len(times):
            nearest = int(np.argmin(np.abs(times - at)))
            if abs(float(times[nearest]) - at) < 0.04:
                truth[nearest, int(column)] = 1
    return truth
