"""What the workbench draws of a stretch of sound: level and peaks, a spectrogram, the mean spectrum."""

from __future__ import annotations

import base64
from math import isfinite
from typing import Any, Final

import numpy as np
from scipy import signal as filters

from engine.analysis import peaks
from engine.arrays import Doubles, Signal, to_mono
from engine.dsp import loudness

ROWS: Final = 96
COLUMNS_MAX: Final = 240
LEAST_HZ: Final = 40.0
FLOOR_DB: Final = -96.0
_FRAME: Final = 2048


def spectrum(signal: Signal, *, sample_rate_hz: int) -> dict[str, Any]:
    """Figures of one stretch.

    lufs, peak_dbtp : loudness and true peak, None for silence
    peaks : [least, greatest] in 400 columns
    cells : base64, one byte a cell, `rows` from low to high, each of `columns`: 0 is -96 dB, 255 is 0 dB full scale
    mean_db : the mean spectrum, a value a row, dB
    low_hz, high_hz : centres of the lowest and highest row, spaced evenly in octaves
    """
    mono = to_mono(signal)
    power = _power(mono)
    high_hz = min(20_000.0, sample_rate_hz / 2)
    centres = np.geomspace(LEAST_HZ, high_hz, ROWS)
    banded = _bands(power, centres, sample_rate_hz)
    level = _db(banded)
    return {
        "lufs": _finite(loudness.integrated_lufs(signal, sample_rate_hz=sample_rate_hz)),
        "peak_dbtp": _finite(loudness.true_peak_dbtp(signal, sample_rate_hz=sample_rate_hz)),
        "peaks": [[round(low, 4), round(high, 4)] for low, high in peaks.peaks(signal)],
        "rows": ROWS,
        "columns": int(level.shape[1]),
        "cells": base64.b64encode(np.round((level - FLOOR_DB) / -FLOOR_DB * 255).astype(np.uint8).tobytes()).decode(),
        "mean_db": [round(float(value), 1) for value in _db(banded.mean(axis=1))],
        "low_hz": LEAST_HZ,
        "high_hz": high_hz,
    }


def _power(mono: Any) -> Doubles:
    """(bins, columns): mean power of the frames that fall into each column, a full-scale sine is 1."""
    padded = np.pad(mono, (0, max(_FRAME - len(mono), 0)))
    window = np.hanning(_FRAME)
    hop = max(_FRAME // 4, 1)
    _, _, frames = filters.stft(padded, window=window, nperseg=_FRAME, noverlap=_FRAME - hop, boundary=None)
    power = np.square(np.abs(frames)) * 4
    columns = min(COLUMNS_MAX, power.shape[1])
    edges = np.linspace(0, power.shape[1], columns + 1).astype(int)
    return np.asarray(np.add.reduceat(power, edges[:-1], axis=1) / np.maximum(np.diff(edges), 1))


def _bands(power: Doubles, centres: Doubles, rate: int) -> Doubles:
    """(ROWS, columns): the strongest bin within each band; below the bins' own spacing the nearest bin."""
    edges = np.sqrt(centres[:-1] * centres[1:])
    bins = np.arange(power.shape[0]) * rate / _FRAME
    first = np.searchsorted(bins, np.concatenate([[centres[0] * 0.97], edges]))
    last = np.searchsorted(bins, np.concatenate([edges, [centres[-1] * 1.03]]))
    rows = []
    for centre, low, high in zip(centres, first, last, strict=True):
        nearest = min(round(centre * _FRAME / rate), power.shape[0] - 1)
        rows.append(power[low:high].max(axis=0) if high > low else power[nearest])
    return np.array(rows)


def _db(power: Doubles) -> Doubles:
    return np.asarray(np.clip(10 * np.log10(np.maximum(power, 1e-12)), FLOOR_DB, 0.0))


def _finite(value: float) -> float | None:
    return round(float(value), 2) if isfinite(value) else None
