"""Clipped peaks drawn again, by the sparsest spectrum that agrees with every sample that was not clipped."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from engine.arrays import Bools, Doubles, Mono, Signal, as_signal
from engine.denoise.repaired import Repaired, repaired
from engine.denoise.stream import check_stream
from engine.errors import OutOfRangeError

_WINDOW_S: Final = 0.06
_OVERLAP: Final = 4
_ITERATIONS_MAX: Final = 220
_CLOSE: Final = 0.03  # relative distance between the sparse and the consistent answer at which a frame is done
_RUN: Final = 3  # so many equal samples at the top are no peak
_SHARE: Final = 1e-4  # of all samples that must lie at the top before it counts as clipping
_FRAMES_AT_ONCE: Final = 256


def restore_clipping(
    signal: Signal, *, sample_rate_hz: int, level: float | None = None, strength: float = 1.0
) -> Repaired:
    """Draw clipped peaks again (A-SPADE); samples that were not clipped stay as they are.

    Parameters
    ----------
    signal : (channels, samples) float32
    level : absolute value at which it was clipped; found by itself if not given
    strength : 0 (nothing changes) to 1

    Returns
    -------
    `found` is the number of clipped samples. Peaks may exceed full scale: turn the result down before writing it.

    Raises
    ------
    OutOfRangeError
        If an argument is outside its range.

    Source: S. Kitic, N. Bertin, R. Gribonval, "Sparsity and cosparsity for audio declipping: a flexible non-convex
    approach", LVA/ICA 2015, algorithm 1 (analysis), with a twice redundant Fourier transform
    of Hann windows.
    """
    checked = as_signal(signal)
    check_stream(sample_rate_hz, checked.shape[0])
    if level is not None and not level > 0:
        raise OutOfRangeError(f"the level of clipping is above 0, not {level}")
    if not 0 <= strength <= 1:
        raise OutOfRangeError(f"strength is between 0 and 1, not {strength}")
    mended, found = checked.copy(), 0
    for channel in mended:
        top = level if level is not None else clipping_level(channel)
        if top is not None:
            found += _restore(channel, top, sample_rate_hz)
    return repaired(checked, mended, found=found, strength=strength)


def clipping_level(channel: Mono) -> float | None:
    """The level a channel was clipped at, or nothing: a flat top is reached often and for some samples at a time."""
    peak = float(np.abs(channel).max(initial=0.0))
    if peak == 0:
        return None
    top = peak * 0.995
    at_top = np.abs(channel) >= top
    runs = np.convolve(at_top, np.ones(_RUN), mode="valid") == _RUN
    if runs.sum() < 2 or at_top.mean() < _SHARE:
        return None
    return top


def _restore(channel: Mono, level: float, rate: int) -> int:
    """Mend one channel in place."""
    clipped = np.abs(channel) >= level
    hop = fft.next_fast_len(max(round(_WINDOW_S * rate / _OVERLAP), 8), real=True)
    window = _OVERLAP * hop
    lead = window - hop
    padded = np.pad(channel.astype(np.float64), (lead, window + -len(channel) % hop))
    marked = np.pad(clipped, (lead, len(padded) - lead - len(channel)))
    touched = np.lib.stride_tricks.sliding_window_view(marked, window)[::hop].any(axis=1)
    starts = np.flatnonzero(touched) * hop
    shape = np.hanning(window + 1)[:-1]
    total, weight = np.zeros_like(padded), np.zeros_like(padded)
    for first in range(0, len(starts), _FRAMES_AT_ONCE):
        places = starts[first : first + _FRAMES_AT_ONCE, None] + np.arange(window)
        found = _sparsest(padded[places] * shape, marked[places], level * shape)
        np.add.at(total, places, found)
        np.add.at(weight, places, np.broadcast_to(shape, found.shape))
    drawn = (total / np.maximum(weight, 1e-9))[lead : lead + len(channel)]
    # Never below the level it was cut at, and never so high that one wrong frame becomes a click.
    higher = np.sign(channel) * np.clip(np.abs(drawn), level, 4 * level)
    channel[clipped] = higher[clipped]
    return int(clipped.sum())


def _sparsest(heard: Doubles, marked: Bools, level: Doubles) -> Doubles:
    """A-SPADE over many frames at once: (frames, window) to the same."""
    frames, window = heard.shape
    sign, size = np.sign(heard), 2 * window
    now, done = heard.copy(), np.zeros(frames, dtype=bool)
    dual = np.zeros((frames, window + 1), dtype=np.complex128)
    spectrum = fft.rfft(now, size, axis=1)
    for turn in range(_ITERATIONS_MAX):
        going = np.flatnonzero(~done)
        if len(going) == 0:
            break
        wanted = spectrum[going] + dual[going]
        sparse = _largest(wanted, turn + 1)
        back = fft.irfft(sparse - dual[going], size, axis=1)[:, :window]
        fitted = np.where(marked[going], sign[going] * np.maximum(sign[going] * back, level), heard[going])
        found = fft.rfft(fitted, size, axis=1)
        dual[going] += found - sparse
        now[going], spectrum[going] = fitted, found
        apart = np.linalg.norm(found - sparse, axis=1) / (np.linalg.norm(found, axis=1) + 1e-12)
        done[going] = apart <= _CLOSE
    return now


def _largest(spectra: NDArray[np.complex128], count: int) -> NDArray[np.complex128]:
    """The `count` largest values of each row, the rest set to 0."""
    if count >= spectra.shape[1]:
        return spectra
    size = np.abs(spectra)
    least = np.partition(size, -count, axis=1)[:, -count, None]
    return np.where(size >= least, spectra, 0)
