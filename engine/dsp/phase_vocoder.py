"""Longer or shorter without another pitch, and read faster or slower: what pitch shift and time stretch are made of.

Each output frame looks at two frames of the input, as far apart as two output frames are: their phase difference is
the advance that the output needs, so no phase has to be unwrapped. Bins around a spectral peak turn with it (identity
phase locking), all channels turn alike (the stereo image stays), and at an attack the phases are taken from the input
as they are (attacks stay sharp).

Source: J. Laroche, M. Dolson, "Improved Phase Vocoder Time-Scale Modification of Audio", IEEE Trans. Speech and Audio
Processing 7(3), 1999, section III (identity phase locking).
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import fft
from scipy.ndimage import maximum_filter1d

from engine.arrays import Doubles

_WINDOW_S: Final = 0.085
_OVERLAP: Final = 4
_PEAK_BINS: Final = 5  # a peak is the greatest of so many
_ATTACK_SHARE: Final = 0.45  # of a frame's magnitude that is new
_TAPS: Final = 32
_PHASES: Final = 512

Spectrum = npt.NDArray[np.complex128]


class Stretcher:
    """Blocks of (channels, any) to blocks of about `ratio` times as many; output n is input n / ratio."""

    def __init__(self, ratio: float, *, sample_rate_hz: int, channels: int) -> None:
        self._size = 1 << round(np.log2(_WINDOW_S * sample_rate_hz))
        self._hop = self._size // _OVERLAP
        self._advance = self._hop / ratio
        self._window = np.sin(np.pi * (np.arange(self._size) + 0.5) / self._size) ** 2
        # Frame 0 is centred on input 0; the frame one hop before it lies wholly in silence before the beginning.
        self._lead = self._size // 2 + self._hop
        self._input = np.zeros((channels, self._lead))
        self._dropped = 0
        self._frame = 0
        self._turned: Spectrum | None = None
        self._sum = np.zeros((channels, self._size))
        self._skip = self._size // 2

    def run(self, block: Doubles) -> Doubles:
        """The next input, and as much output as can be finished."""
        self._input = np.concatenate([self._input, block], axis=1)
        done: list[Doubles] = []
        while True:
            start = round(self._frame * self._advance) + self._hop - self._dropped
            if start + self._size > self._input.shape[1]:
                break
            done.append(self._step(start))
        spare = round(self._frame * self._advance) - self._dropped
        if spare > 0:
            spare = min(spare, self._input.shape[1])
            self._input, self._dropped = self._input[:, spare:], self._dropped + spare
        out = np.concatenate([self._sum[:, :0], *done], axis=1)
        skip = min(self._skip, out.shape[1])
        self._skip -= skip
        return out[:, skip:]

    def _step(self, start: int) -> Doubles:
        now = fft.rfft(self._input[:, start : start + self._size] * self._window, axis=1)
        before = fft.rfft(self._input[:, start - self._hop : start - self._hop + self._size] * self._window, axis=1)
        turned = self._turn(now, before)
        self._turned, self._frame = turned, self._frame + 1
        self._sum += fft.irfft(turned, self._size, axis=1) * self._window
        out = self._sum[:, : self._hop] / 1.5  # four squared Hann windows a hop apart sum to 3/2
        self._sum = np.pad(self._sum[:, self._hop :], ((0, 0), (0, self._hop)))
        return out

    def _turn(self, now: Spectrum, before: Spectrum) -> Spectrum:
        magnitude, earlier = np.abs(now).sum(axis=0), np.abs(before).sum(axis=0)
        gained = float(np.maximum(magnitude - earlier, 0).sum())
        if self._turned is None or gained > _ATTACK_SHARE * float(magnitude.sum()):
            return now
        # By how much the output runs ahead of the input, weighed over the channels.
        ahead = (self._turned * before.conj()).sum(axis=0)
        size = np.abs(ahead)
        turn = np.where(size > 0, ahead / np.where(size > 0, size, 1.0), 1.0)
        return np.asarray(now * turn[_nearest_peak(magnitude)])


def _nearest_peak(magnitude: Doubles) -> npt.NDArray[np.intp]:
    """For each bin the peak it belongs to; the borders lie half-way between peaks."""
    peaks = np.flatnonzero((magnitude == maximum_filter1d(magnitude, _PEAK_BINS)) & (magnitude > 0))
    if len(peaks) == 0:
        return np.arange(len(magnitude))
    borders = (peaks[1:] + peaks[:-1] + 1) // 2
    return np.asarray(peaks[np.searchsorted(borders, np.arange(len(magnitude)), side="right")])


class Reader:
    """Blocks of (channels, any) read at `speed`: output n is input n * speed, band-limited where it must be."""

    def __init__(self, speed: float, *, channels: int) -> None:
        self._speed = speed
        stretch = max(speed, 1.0)
        self._half = int(np.ceil(_TAPS / 2 * stretch))
        self._table = _table(self._half, stretch)
        self._input = np.zeros((channels, self._half - 1))
        self._dropped = -(self._half - 1)  # the input position of the first sample that is kept
        self._count = 0

    def run(self, block: Doubles) -> Doubles:
        """The next input, and as much output as can be finished."""
        self._input = np.concatenate([self._input, block], axis=1)
        end = self._dropped + self._input.shape[1]
        last = int(np.ceil((end - self._half) / self._speed))
        if last <= self._count:
            return self._input[:, :0]
        at = np.arange(self._count, last) * self._speed
        whole = np.floor(at).astype(np.intp)
        out = self._read(whole - self._dropped - self._half + 1, at - whole)
        self._count = last
        spare = int(np.floor(last * self._speed)) - self._half + 1 - self._dropped
        if spare > 0:
            self._input, self._dropped = self._input[:, spare:], self._dropped + spare
        return out

    def _read(self, first: npt.NDArray[np.intp], part: Doubles) -> Doubles:
        place = part * _PHASES
        row = place.astype(np.intp)
        share = (place - row)[:, np.newaxis]
        taps = self._table[row] * (1 - share) + self._table[row + 1] * share
        views: Any = np.lib.stride_tricks.sliding_window_view(self._input, 2 * self._half, axis=1)
        return np.stack([np.einsum("nk,nk->n", lines[first], taps) for lines in views])


def _table(half: int, stretch: float) -> Doubles:
    """Taps of a windowed sinc for each share of a sample, (phases + 1, 2 * half); each row sums to 1."""
    part = np.arange(_PHASES + 1)[:, np.newaxis] / _PHASES
    at = np.arange(2 * half)[np.newaxis] - (half - 1) - part
    window = np.i0(8.0 * np.sqrt(np.maximum(1 - np.square(at / half), 0))) / np.i0(8.0)
    taps = np.sinc(at / stretch) * window
    return np.asarray(taps / taps.sum(axis=1, keepdims=True), dtype=np.float64)
