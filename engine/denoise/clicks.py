"""Clicks and crackle: samples that surprise a model of the music around them, replaced by what the model expects."""

from typing import Final

import numpy as np
from scipy import ndimage
from scipy import signal as filters

from engine.arrays import Bools, Doubles, Mono, Signal, as_signal
from engine.denoise import autoregression
from engine.denoise.repaired import Repaired, repaired
from engine.denoise.stream import check_stream
from engine.errors import OutOfRangeError

_ORDER: Final = 40
_BLOCK_S: Final = 0.06
_THRESHOLD: Final = 7.0  # times the usual surprise
_WIDEST_S: Final = 0.002  # what lasts longer is a note, not a click
_JOIN_S: Final = 0.0002
_MARGIN: Final = 2  # samples around a click that it has touched
_MAD_TO_SIGMA: Final = 1.4826


def remove_clicks(signal: Signal, *, sample_rate_hz: int, sensitivity: float = 0.5, strength: float = 1.0) -> Repaired:
    """Find clicks by the error of an autoregressive model, forwards and backwards, and interpolate them.

    Parameters
    ----------
    signal : (channels, samples) float32
    sensitivity : 0 (only what is plain) to 1 (crackle, too)
    strength : 0 (nothing changes) to 1

    Returns
    -------
    `found` is the number of clicks over all channels.

    Raises
    ------
    OutOfRangeError
        If an argument is outside its range.

    Source: as `engine.denoise.autoregression`.
    """
    checked = as_signal(signal)
    check_stream(sample_rate_hz, checked.shape[0])
    if not (0 <= sensitivity <= 1 and 0 <= strength <= 1):
        raise OutOfRangeError(f"sensitivity and strength are between 0 and 1, not {sensitivity} and {strength}")
    mended, found = checked.copy(), 0
    for channel in mended:
        found += _mend(channel, sample_rate_hz, _THRESHOLD * 4 ** (0.5 - sensitivity))
    return repaired(checked, mended, found=found, strength=strength)


def _mend(channel: Mono, rate: int, threshold: float) -> int:
    """Mend one channel in place, block by block; blocks overlap by what a model needs on both sides."""
    block, edge, found = int(_BLOCK_S * rate), 2 * _ORDER + int(_WIDEST_S * rate), 0
    for start in range(0, len(channel), block):
        low, high = max(start - edge, 0), min(start + block + edge, len(channel))
        if high - low < 4 * _ORDER:
            continue
        wave = channel[low:high].astype(np.float64)
        coefficients = autoregression.model(wave, _ORDER)
        clicks = _clicks(wave, coefficients, threshold, rate)
        clicks[: _ORDER + 1], clicks[len(wave) - _ORDER - 1 :] = False, False
        missing = np.flatnonzero(clicks)
        if len(missing) == 0:
            continue
        wave[missing] = autoregression.fill(wave, missing, coefficients)
        # With the clicks gone the model is better; once more.
        wave[missing] = autoregression.fill(wave, missing, autoregression.model(wave, _ORDER))
        inside = missing[(missing + low >= start) & (missing + low < start + block)]
        channel[inside + low] = wave[inside]
        found += int((np.diff(inside) > _WIDEST_S * rate).sum()) + 1 if len(inside) else 0
    return found


def _clicks(wave: Doubles, coefficients: Doubles, threshold: float, rate: int) -> Bools:
    """Samples that surprise in both directions of time, with margins, in runs no longer than a click."""
    forwards = np.abs(filters.lfilter(coefficients, [1.0], wave))
    backwards = np.abs(filters.lfilter(coefficients, [1.0], wave[::-1]))[::-1]
    forwards[:_ORDER], backwards[-_ORDER:] = 0, 0
    usual = [_MAD_TO_SIGMA * float(np.median(error)) + 1e-7 for error in (forwards, backwards)]
    # An error is felt for some samples after a click, in the direction of the filter; both agree on the click itself.
    near = max(int(_JOIN_S * rate), 3)
    ahead, behind = forwards > threshold * usual[0], backwards > threshold * usual[1]
    both = ndimage.binary_dilation(ahead) & ndimage.binary_dilation(behind)
    marked = ndimage.binary_closing(both, iterations=near)
    marked = ndimage.binary_dilation(marked, iterations=_MARGIN)
    labels, count = ndimage.label(marked)
    if count:
        lengths = np.bincount(labels.ravel())
        marked &= (lengths <= int(_WIDEST_S * rate) + 2 * _MARGIN)[labels]
    return np.asarray(marked, dtype=np.bool_)
