"""Meters over time, for pages: peak, RMS and loudness of a signal at even distances."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.arrays import Doubles, Signal, as_signal
from engine.dsp.loudness import Meter, lufs
from engine.errors import OutOfRangeError

_FLOOR: Final = 1e-7  # -140 dB
_LUFS_FLOOR: Final = -140.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Meters:
    """Lines over time.

    at_s : (points,) the middle of each stretch, s
    peak_dbfs, rms_dbfs : (channels, points), at least -140
    loudness_at_s : (windows,) the end of each loudness window, s, every 0.1 s
    momentary_lufs, short_term_lufs : (windows,) of the 0.4 s and 3 s before; at least -140; what lies before the
        beginning counts as silence
    """

    at_s: Doubles
    peak_dbfs: Doubles
    rms_dbfs: Doubles
    loudness_at_s: Doubles
    momentary_lufs: Doubles
    short_term_lufs: Doubles


def meters(signal: Signal, *, sample_rate_hz: int, points: int = 800) -> Meters:
    """Work out all meters of a whole signal, (channels, samples) float32.

    Raises
    ------
    OutOfRangeError
        If there are no samples, or fewer than one point is asked for.
    """
    checked = as_signal(signal)
    if points < 1 or checked.shape[1] == 0:
        raise OutOfRangeError("meters need one sample and one point at least")
    edges = np.unique(np.linspace(0, checked.shape[1], min(points, checked.shape[1]) + 1).astype(int))
    peak = np.maximum.reduceat(np.abs(checked), edges[:-1], axis=1)
    power = np.add.reduceat(np.square(checked.astype(np.float64)), edges[:-1], axis=1) / np.diff(edges)
    ahead = np.zeros((checked.shape[0], 3 * sample_rate_hz), dtype=np.float32)
    meter = Meter(sample_rate_hz, checked.shape[0], finds_peaks=False)
    meter.push(np.concatenate([ahead, checked], axis=1))
    short_term = _floored(meter.short_term_powers()[1:])
    powers = meter.momentary_powers()
    momentary = _floored(powers[len(powers) - len(short_term) :])
    return Meters(
        at_s=(edges[1:] + edges[:-1]) / 2 / sample_rate_hz,
        peak_dbfs=_decibels(peak.astype(np.float64)),
        rms_dbfs=_decibels(np.sqrt(power)),
        loudness_at_s=np.arange(1, len(short_term) + 1) / 10,
        momentary_lufs=momentary,
        short_term_lufs=short_term,
    )


def _decibels(values: Doubles) -> Doubles:
    return np.asarray(20 * np.log10(np.maximum(values, _FLOOR)), dtype=np.float64)


def _floored(powers: Doubles) -> Doubles:
    return np.maximum(lufs(powers), _LUFS_FLOOR)
