"""Pitch classes over time, bass and treble apart, gathered block by block."""

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from engine.arrays import Floats, Mono

RATE_HZ: Final = 22_050
WINDOW: Final = 8192
HOP: Final = 2048
FRAME_S: Final = HOP / RATE_HZ
COLUMNS: Final = 24  # twelve classes of the bass, then twelve of the treble, C first
_BASS: Final = (28, 55)  # MIDI pitches, both ends included
_TREBLE: Final = (48, 96)
_FLOOR: Final = 1e-4


class ChromaGatherer:
    """Takes blocks at `RATE_HZ`, keeps one row each `HOP` samples, the first centred on sample 0."""

    def __init__(self) -> None:
        self._rest = np.zeros(WINDOW // 2, np.float32)
        self._rows: list[Floats] = []

    def push(self, mono: Mono) -> None:
        """Take the next samples."""
        self._rest = np.concatenate([self._rest, mono])
        count = (len(self._rest) - WINDOW) // HOP + 1
        if count > 0:
            self._rows.append(_rows(self._rest[: (count - 1) * HOP + WINDOW]))
            self._rest = self._rest[count * HOP :]

    def finish(self) -> Floats:
        """Every row, (frames, COLUMNS) float32, >= 0."""
        self.push(np.zeros(WINDOW // 2 + HOP, np.float32))
        return np.concatenate(self._rows) if self._rows else np.zeros((0, COLUMNS), np.float32)


def chroma_of(mono: Mono) -> Floats:
    """Rows of a whole signal at `RATE_HZ`."""
    gatherer = ChromaGatherer()
    for start in range(0, len(mono), 1 << 20):
        gatherer.push(mono[start : start + (1 << 20)])
    return gatherer.finish()


def _rows(padded: Mono) -> Floats:
    frames = sliding_window_view(padded, WINDOW)[::HOP]
    shape = np.hanning(WINDOW).astype(np.float32) * np.float32(4 / WINDOW)
    rows = []
    for start in range(0, len(frames), 128):
        spectrum = np.abs(np.fft.rfft(frames[start : start + 128] * shape, axis=1)).astype(np.float32)
        rows.append(_folded(spectrum))
    return np.concatenate(rows)


def _folded(spectrum: Floats) -> Floats:
    """Only bins above both neighbours count, by the logarithm of their level: a loud note is not ten notes."""
    inner = spectrum[:, 1:-1]
    tops = np.where((inner > spectrum[:, :-2]) & (inner >= spectrum[:, 2:]), inner, 0)
    # A parabola over the logarithms puts the peak between the bins, where low semitones need it.
    log = np.log(spectrum + 1e-9)
    bend = log[:, :-2] - 2 * log[:, 1:-1] + log[:, 2:]
    shift = np.where(bend < 0, 0.5 * (log[:, :-2] - log[:, 2:]) / np.minimum(bend, -1e-9), 0)
    hz = (np.arange(1, spectrum.shape[1] - 1) + np.clip(shift, -0.5, 0.5)) * RATE_HZ / WINDOW
    pitch = 69 + 12 * np.log2(hz / 440)
    level = np.log1p(tops / _FLOOR)
    out = np.zeros((len(spectrum), COLUMNS), np.float32)
    nearest = np.round(pitch).astype(np.int64)
    frame = np.broadcast_to(np.arange(len(spectrum))[:, np.newaxis], nearest.shape)
    for first, (low, high) in ((0, _BASS), (12, _TREBLE)):
        inside = (nearest >= low) & (nearest <= high) & (tops > _FLOOR)
        np.add.at(out, (frame[inside], first + nearest[inside] % 12), level[inside])
    return out
