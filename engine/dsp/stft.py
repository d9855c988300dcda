"""The short-time Fourier transform that the engine shares: whole signals, and streams in blocks of any size."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import fft

from engine.arrays import Floats, Mono, Signal, as_signal
from engine.errors import ShapeError

Spectra: TypeAlias = npt.NDArray[np.complex64]  # (frames, channels, bins)
Change: TypeAlias = Callable[[Spectra], Spectra]

_OVERLAP: Final = 4  # windows over every sample
_FRAMES_AT_ONCE: Final = 64  # bounds memory, and keeps a portion in the processor's cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """Windows of `window` samples, a quarter of a window apart, under the square root of a periodic Hann window.

    Analysis and synthesis windows are the same, so their product is a Hann window, and four of those add up to a
    constant: what is not changed comes back as it was.
    """

    window: int

    def __post_init__(self) -> None:
        if self.window < _OVERLAP or self.window % _OVERLAP:
            raise ShapeError(f"a window is a multiple of {_OVERLAP} samples, not {self.window}")

    @property
    def hop(self) -> int:
        """Samples between two frames."""
        return self.window // _OVERLAP

    @property
    def bins(self) -> int:
        """Frequencies of one frame, 0 and half the sampling rate included."""
        return self.window // 2 + 1

    def shape(self) -> Floats:
        """The window itself: (window,) float32."""
        return np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(self.window) / self.window)).astype(np.float32)


def framing(sample_rate_hz: int, *, window_s: float) -> Framing:
    """The framing nearest above `window_s` whose length the fast transform likes."""
    quarter = max(round(window_s * sample_rate_hz / _OVERLAP), 1)
    return Framing(window=_OVERLAP * int(fft.next_fast_len(quarter, real=True)))


def stft(signal: Signal, shape: Framing) -> Spectra:
    """Spectra of a whole signal, windows hanging over both ends, so that every sample lies under four of them.

    Parameters
    ----------
    signal : (channels, samples) float32

    Returns
    -------
    (frames, channels, bins) complex64; `istft` brings the signal back
    """
    checked = as_signal(signal)
    found: list[Spectra] = []

    def keep(spectra: Spectra) -> Spectra:
        found.append(spectra)
        return spectra

    stream = OverlapAdd(checked.shape[0], shape)
    stream.process(checked, keep)
    stream.flush(keep)
    return np.concatenate(found) if found else np.zeros((0, checked.shape[0], shape.bins), dtype=np.complex64)


def istft(spectra: Spectra, shape: Framing, *, samples: int) -> Signal:
    """The signal whose spectra `stft` gave, overlapped and added: (channels, samples) float32."""
    stream = OverlapAdd(spectra.shape[1], shape)
    wave = stream.add(spectra)[:, shape.window - shape.hop :]
    return np.ascontiguousarray(np.pad(wave, ((0, 0), (0, max(samples - wave.shape[1], 0))))[:, :samples])


class OverlapAdd:
    """Analysis, a change, and synthesis over a stream; the blocks may have any sizes, the samples are the same.

    What comes out belongs to what went in, sample by sample from the first; at most `latency_samples` are held back
    until `flush`.
    """

    def __init__(self, channels: int, shape: Framing) -> None:
        self._framing, self._window = shape, shape.shape()
        lead = shape.window - shape.hop
        self._held = np.zeros((channels, lead), dtype=np.float32)  # silence before the beginning
        self._tail = np.zeros((_OVERLAP - 1, channels, shape.hop), dtype=np.float32)
        self._drop = lead  # samples still to come that belong to that silence
        self._taken = self._given = 0

    @property
    def latency_samples(self) -> int:
        """The most samples that are held back at any time."""
        return self._framing.window - 1

    def process(self, block: Signal, change: Change) -> Signal:
        """(channels, any) in, (channels, as many as are finished) out."""
        self._taken += block.shape[1]
        joined = np.concatenate([self._held, block], axis=1)
        count = max((joined.shape[1] - self._framing.window) // self._framing.hop + 1, 0)
        ready = [self._pass(joined, first, count, change) for first in range(0, count, _FRAMES_AT_ONCE)]
        self._held = joined[:, count * self._framing.hop :].copy()
        wave = np.concatenate(ready, axis=1) if ready else np.zeros((len(block), 0), dtype=np.float32)
        dropped = min(self._drop, wave.shape[1])
        self._drop -= dropped
        self._given += wave.shape[1] - dropped
        return wave[:, dropped:]

    def flush(self, change: Change) -> Signal:
        """What was held back; the stream has ended."""
        missing = self._taken - self._given
        if missing == 0:
            return np.zeros((len(self._held), 0), dtype=np.float32)
        silence = np.zeros((len(self._held), self._framing.window + self._framing.hop), dtype=np.float32)
        return np.ascontiguousarray(self.process(silence, change)[:, :missing])

    def add(self, spectra: Spectra) -> Signal:
        """Synthesis alone: (frames, channels, bins) to (channels, frames * hop), behind by the first windows' lead."""
        frames, channels, _ = spectra.shape
        hop = self._framing.hop
        waves = np.asarray(fft.irfft(spectra, self._framing.window, axis=2), dtype=np.float32)
        # Four Hann windows a quarter apart add up to two.
        waves *= self._window * np.float32(2 / _OVERLAP)
        pieces = waves.reshape(frames, channels, _OVERLAP, hop)
        out = np.zeros((frames + _OVERLAP - 1, channels, hop), dtype=np.float32)
        out[: _OVERLAP - 1] = self._tail
        for part in range(_OVERLAP):
            out[part : part + frames] += pieces[:, :, part]
        self._tail = out[frames:].copy()
        return out[:frames].transpose(1, 0, 2).reshape(channels, frames * hop)

    def _pass(self, joined: Signal, first: int, count: int, change: Change) -> Signal:
        window, hop = self._framing.window, self._framing.hop
        last = min(first + _FRAMES_AT_ONCE, count)
        views = np.lib.stride_tricks.sliding_window_view(joined, window, axis=1)[:, first * hop : last * hop : hop]
        frames = views.transpose(1, 0, 2) * self._window  # (frames, channels, window)
        return self.add(change(np.asarray(fft.rfft(frames, axis=2), dtype=np.complex64)))


def magnitude(mono: Mono, *, window: int, hop: int) -> Floats:
    """Linear magnitude under a Hann window.

    Parameters
    ----------
    mono : (samples,) float32; padded with zeros to at least one window
    window, hop : samples

    Returns
    -------
    (window // 2 + 1, frames) float32
    """
    if mono.ndim != 1 or window < 2 or hop < 1:
        raise ShapeError(f"expected (samples,) and a positive window and hop, not {mono.shape}, {window}, {hop}")
    padded = np.pad(mono, (0, max(window - len(mono), 0)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop]
    shape = np.hanning(window).astype(np.float32)
    blocks = [
        np.abs(np.fft.rfft(frames[start : start + 256] * shape, axis=1)).astype(np.float32)
        for start in range(0, len(frames), 256)
    ]
    return np.ascontiguousarray(np.concatenate(blocks).T)
