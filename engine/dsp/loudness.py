"""Loudness and true peak after ITU-R BS.1770-5.

Where we differ from pyloudnorm: the K filters are worked out for every sampling rate from the analogue prototypes (as
libebur128 does), blocks of silence at the end are kept, and there is a true peak.
"""

from typing import Final

import numpy as np
from scipy import signal as filters

from engine.arrays import Doubles, Signal, as_signal
from engine.errors import OutOfRangeError

_ABSOLUTE_GATE_LUFS: Final = -70.0
_RELATIVE_GATE_LU: Final = -10.0
_OFFSET: Final = -0.691
_BLOCK_S: Final = 0.4
_STEP_S: Final = 0.1
_STEPS_AT_ONCE: Final = 300
_CHUNK: Final = 1 << 18


def integrated_lufs(signal: Signal, *, sample_rate_hz: int) -> float:
    """Gated loudness of the whole signal, LUFS; -inf for silence or for less than 0.4 s.

    Parameters
    ----------
    signal : (channels, samples) float32; 5 channels are L R C Ls Rs, 6 are L R C LFE Ls Rs

    Source: ITU-R BS.1770-5, annex 1, eq. (1)-(7).
    """
    checked = as_signal(signal)
    powers = _block_powers(checked, sample_rate_hz) @ _channel_weights(checked.shape[0])
    loud = powers[_lufs(powers) > _ABSOLUTE_GATE_LUFS]
    if not len(loud):
        return float("-inf")
    gate = float(_lufs(loud.mean())) + _RELATIVE_GATE_LU
    return float(_lufs(loud[_lufs(loud) > gate].mean()))


def true_peak_dbtp(signal: Signal, *, sample_rate_hz: int) -> float:
    """Highest value of the band-limited waveform between the samples, dB re full scale; -inf for silence.

    Oversampled so that the rate is at least 176.4 kHz (4 times at 44.1 and 48 kHz).

    Source: ITU-R BS.1770-5, annex 2.
    """
    checked = as_signal(signal)
    factor = max(1, int(np.ceil(176_400 / sample_rate_hz)))
    peak = float(np.abs(checked).max(initial=0.0))
    if factor > 1 and peak > 0:
        peak = max(peak, _peak_between(checked, factor))
    return float(20 * np.log10(peak)) if peak > 0 else float("-inf")


def k_weighting(sample_rate_hz: int) -> Doubles:
    """The two K filters (shelf for the head, high pass) as second-order sections, (2, 6) float64.

    The analogue prototypes are those behind the 48 kHz table of BS.1770; at 48 kHz the table comes out to 6 digits.
    """
    if sample_rate_hz < 8_000:
        raise OutOfRangeError(f"loudness needs at least 8,000 Hz, not {sample_rate_hz}")
    gain, quality, centre = 10 ** (3.999843853973347 / 20), 0.7071752369554196, 1681.974450955533
    warped = np.tan(np.pi * centre / sample_rate_hz)
    mid = gain**0.4996667741545416
    norm = 1 + warped / quality + warped**2
    shelf = [
        (gain + mid * warped / quality + warped**2) / norm,
        2 * (warped**2 - gain) / norm,
        (gain - mid * warped / quality + warped**2) / norm,
        1.0,
        2 * (warped**2 - 1) / norm,
        (1 - warped / quality + warped**2) / norm,
    ]
    quality, centre = 0.5003270373238773, 38.13547087602444
    warped = np.tan(np.pi * centre / sample_rate_hz)
    norm = 1 + warped / quality + warped**2
    high_pass = [1.0, -2.0, 1.0, 1.0, 2 * (warped**2 - 1) / norm, (1 - warped / quality + warped**2) / norm]
    return np.array([shelf, high_pass], dtype=np.float64)


def _channel_weights(channels: int) -> Doubles:
    weights = {5: (1, 1, 1, 1.41, 1.41), 6: (1, 1, 1, 0, 1.41, 1.41)}.get(channels, (1,) * channels)
    return np.array(weights, dtype=np.float64)


def _lufs(power: Doubles | np.floating) -> Doubles:
    with np.errstate(divide="ignore"):
        return np.asarray(_OFFSET + 10 * np.log10(power), dtype=np.float64)


def _block_powers(signal: Signal, rate: int) -> Doubles:
    """Mean square of each 0.4-s block, 75 % overlapped, after K weighting: (blocks, channels)."""
    step = round(_STEP_S * rate)
    steps = signal.shape[1] // step
    span = round(_BLOCK_S / _STEP_S)
    if steps < span:
        return np.zeros((0, signal.shape[0]))
    sections = k_weighting(rate)
    energy = np.empty((steps, signal.shape[0]))
    for index, channel in enumerate(signal):
        # In float64, for the high pass loses low levels in float32; in pieces, for memory.
        state = np.zeros((len(sections), 2))
        for first in range(0, steps, _STEPS_AT_ONCE):
            last = min(first + _STEPS_AT_ONCE, steps)
            piece = channel[first * step : last * step].astype(np.float64)
            weighted, state = filters.sosfilt(sections, piece, zi=state)
            energy[first:last, index] = np.square(weighted).reshape(last - first, step).sum(axis=1)
    sums = np.vstack([np.zeros((1, energy.shape[1])), energy.cumsum(axis=0)])
    return np.asarray(np.maximum(sums[span:] - sums[:-span], 0) / (span * step))


def _peak_between(signal: Signal, factor: int) -> float:
    """Peak after oversampling by `factor`, chunk by chunk with enough overlap for the filter."""
    margin, peak = 64, 0.0
    for channel in signal:
        for start in range(0, len(channel), _CHUNK):
            low, high = max(start - margin, 0), min(start + _CHUNK + margin, len(channel))
            wave = filters.resample_poly(channel[low:high].astype(np.float64), factor, 1, window=("kaiser", 8.0))
            peak = max(peak, float(np.abs(wave).max()))
    return peak
