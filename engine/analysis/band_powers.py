"""Power in third octaves over time, of the middle and of the side: what mixing and mastering look at.

One analysis serves both. Filters and faders that stand still are factors on these powers, and the powers of unrelated
sounds add up, so a mix can be judged thousands of times without being played.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import fft

from engine.arrays import Bools, Doubles, Signal, as_signal
from engine.dsp.biquad import magnitude_db
from engine.dsp.loudness import k_weighting

BANDS: Final = 30
CENTRES_HZ: Final[Doubles] = 1000.0 * 2.0 ** ((np.arange(BANDS) - 16) / 3)  # 25 Hz to 20 kHz
FLOOR: Final = 1e-12  # power: -120 dBFS

_WINDOW_S: Final = 8192 / 44_100  # 5.4 Hz between bins: the lowest band is as wide as one
_FRAMES_AT_ONCE: Final = 32
_GATED: Final = 4  # frames in the 0.4 s that BS.1770 gates
_OFFSET_DB: Final = -0.691  # BS.1770-5, eq. (2)


@dataclass(frozen=True, slots=True, kw_only=True)
class BandPowers:
    """What a sound is made of, frame by frame.

    middle, side : (frames, 30) mean squares of (left + right) / 2 and (left - right) / 2 in each third octave
    lean : (frames, 30) their product's mean, above 0 where the sound leans to the left
    peak : (frames,) the highest absolute sample within half a frame of its middle
    is_there : (30,) bands below half the sampling rate
    """

    middle: Doubles
    side: Doubles
    lean: Doubles
    peak: Doubles
    is_there: Bools

    @property
    def total(self) -> Doubles:
        """(frames, 30) mean of the squares of left and right."""
        return self.middle + self.side


def band_powers(signal: Signal, *, sample_rate_hz: int) -> BandPowers:
    """Analyse a whole signal, (1 or 2, samples) float32; at least one frame comes back.

    Frames of 0.186 s under a Hann window, half a frame apart; powers are those of a stationary sound.
    """
    checked = as_signal(signal)
    hop = max(round(_WINDOW_S * sample_rate_hz / 2), 4)
    frames = max(-(-checked.shape[1] // hop) - 1, 1)
    window = np.hanning(2 * hop + 1)[:-1].astype(np.float32)
    weights = _weights(2 * hop, sample_rate_hz) / float(np.square(window).sum() * hop)
    # In pieces: what comes between sound and powers is never as long as the sound.
    found, highest = [], np.zeros(frames + 1)
    for at in range(0, frames, _FRAMES_AT_ONCE):
        count = min(_FRAMES_AT_ONCE, frames - at)
        heard = checked[:, at * hop : (at + count + 1) * hop]
        missing = (count + 1) * hop - heard.shape[1]
        heard = np.pad(heard, ((0, 0), (0, missing))) if missing else heard
        highest[at : at + count + 1] = np.abs(heard).max(axis=0).reshape(count + 1, hop).max(axis=1)
        left, right = heard[0], heard[-1]
        pair = np.stack([(left + right) / 2, (left - right) / 2])
        views = np.lib.stride_tricks.sliding_window_view(pair, 2 * hop, axis=1)[:, ::hop]
        found.append(_powers(views * window, weights))
    middle, side, lean = np.concatenate(found, axis=1)
    is_there = np.asarray(0.49 * sample_rate_hz > CENTRES_HZ)
    return BandPowers(
        middle=middle, side=side, lean=lean, peak=np.maximum(highest[:-1], highest[1:]), is_there=is_there
    )


def k_weight(sample_rate_hz: int = 48_000) -> Doubles:
    """Factors on the power of each band by which loudness is weighted: (30,)."""
    reach = np.minimum(CENTRES_HZ, 0.45 * sample_rate_hz)
    return np.asarray(10 ** (magnitude_db(k_weighting(sample_rate_hz), reach, sample_rate_hz=sample_rate_hz) / 10))


def loudness_lufs(total: Doubles) -> float:
    """Gated loudness of stereo from (frames, 30) powers, within about 0.3 LU of a meter; -inf for silence."""
    power = 2 * (total @ k_weight())  # both channels add up
    power = np.convolve(power, np.full(_GATED, 1 / _GATED), "valid") if len(power) >= _GATED else power
    loud = power[power > 10 ** ((-70 - _OFFSET_DB) / 10)]
    if not len(loud):
        return float("-inf")
    return float(_OFFSET_DB + 10 * np.log10(loud[loud > 0.1 * loud.mean()].mean()))


def decibels(power: Doubles) -> Doubles:
    """Powers in dB, at least -120."""
    return np.asarray(10 * np.log10(np.maximum(power, FLOOR)))


def _powers(frames: Signal, weights: Doubles) -> Doubles:
    spectra = fft.rfft(frames, axis=2)
    middle, side = spectra[0], spectra[1]
    lean = middle.real * side.real + middle.imag * side.imag
    squares = np.stack([np.square(s.real) + np.square(s.imag) for s in (middle, side)] + [lean])
    return np.asarray(squares @ weights.astype(np.float32), dtype=np.float64)


def _weights(window: int, rate: int) -> Doubles:
    """(bins, 30): which share of each bin lies in each band."""
    width = rate / window
    centre = np.arange(window // 2 + 1) * width
    low, high = centre[:, np.newaxis] - width / 2, centre[:, np.newaxis] + width / 2
    lower, upper = CENTRES_HZ * 2 ** (-1 / 6), CENTRES_HZ * 2 ** (1 / 6)
    return np.asarray(np.clip(np.minimum(high, upper) - np.maximum(low, lower), 0, None) / width)
