"""A recording as a fixed-size vector that lies near those of recordings that sound alike, and its instrument family.

Level, envelope and spectrum are summed up in `INPUTS` numbers, which a small network maps to `DIMENSIONS`; the network
was taught to name instrument families, and the vector is what it sees just before it answers. Weights and card are
`engine/weights/instrument-ear-1`, trained by `python -m engine.training instruments`.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from engine.arrays import Doubles, Floats, Mono
from engine.dsp.resample import resample
from engine.errors import OutOfRangeError
from engine.weights import tensors

MODEL: Final = "instrument-ear-1"
DIMENSIONS: Final = 32
FAMILIES: Final = (
    "piano", "chromatic percussion", "organ", "guitar", "bass", "strings", "ensemble", "brass",
    "reed", "pipe", "synth lead", "synth pad", "drums",
)  # fmt: skip
RATE_HZ: Final = 22_050
_WINDOW, _HOP = 2048, 1024
_BANDS: Final = 40
_CEPSTRUM: Final = 20
INPUTS: Final = 3 * _CEPSTRUM + 18
_HEARD_S: Final = 120.0  # the first two minutes say how a recording sounds
_SILENT_DB: Final = -70.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundPrint:
    """vector : `DIMENSIONS` floats of length 1, compared by their product; family and how sure it is, 0..1."""

    vector: tuple[float, ...]
    family: str
    confidence: float


def of_signal(mono: Mono, *, sample_rate_hz: int) -> SoundPrint | None:
    """Vector and family of a recording; None for silence.

    mono : (samples,) float32. Two recordings compare by the scalar product of their vectors, 1 for the same sound.
    """
    seen = features(mono, sample_rate_hz=sample_rate_hz)
    if seen is None:
        return None
    w = _weights()
    hidden = np.maximum(w["0.weight"] @ seen + w["0.bias"], 0)
    vector = w["1.weight"] @ hidden + w["1.bias"]
    vector = vector / max(float(np.linalg.norm(vector)), 1e-9)
    scores = w["2.weight"] @ vector + w["2.bias"]
    chance = np.exp(scores - scores.max())
    best = int(np.argmax(chance))
    return SoundPrint(
        vector=tuple(round(float(value), 6) for value in vector),
        family=FAMILIES[best],
        confidence=float(chance[best] / chance.sum()),
    )


def similarity(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    """How alike two recordings sound, -1..1.

    Raises
    ------
    OutOfRangeError
        If the vectors differ in length.
    """
    if len(first) != len(second):
        raise OutOfRangeError(f"vectors of {len(first)} and {len(second)} numbers cannot be compared")
    return float(np.dot(first, second))


def features(mono: Mono, *, sample_rate_hz: int) -> Floats | None:
    """What the network sees, (INPUTS,) float32; None for silence."""
    low = resample(mono[np.newaxis, : int(_HEARD_S * sample_rate_hz)], from_hz=sample_rate_hz, to_hz=RATE_HZ)[0]
    padded = np.pad(low, (_WINDOW // 2, _WINDOW))
    frames = sliding_window_view(padded, _WINDOW)[::_HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW).astype(np.float32), axis=1)) ** 2 / _WINDOW**2 * 16
    level_db = 10 * np.log10(power.sum(axis=1) + 1e-12)
    heard = level_db > max(float(level_db.max()) - 45, _SILENT_DB)
    if float(level_db.max()) < _SILENT_DB or not heard.any():
        return None
    cepstrum = _cepstrum(power[heard])
    change = np.abs(np.diff(cepstrum, axis=0)) if len(cepstrum) > 1 else np.zeros((1, _CEPSTRUM))
    parts = [cepstrum.mean(axis=0), cepstrum.std(axis=0), change.mean(axis=0), _shape(power[heard], level_db, heard)]
    return np.concatenate(parts).astype(np.float32)


def _cepstrum(power: Doubles) -> Doubles:
    """The first `_CEPSTRUM` cosine coefficients of the band levels in dB / 10, the level itself (0) left in."""
    levels = np.log10(power @ _bands() + 1e-10)
    levels = levels - levels.max(axis=1, keepdims=True).mean()
    order = np.arange(_CEPSTRUM)[:, np.newaxis]
    cosines = np.cos(np.pi * order * (np.arange(_BANDS) + 0.5) / _BANDS) / _BANDS
    return np.asarray(levels @ cosines.T, np.float64)


def _shape(power: Doubles, level_db: Doubles, heard: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Doubles:
    """Eighteen numbers: brightness, noisiness, tonality and the rise and fall of the level."""
    hz = np.arange(power.shape[1]) * RATE_HZ / _WINDOW
    total = power.sum(axis=1) + 1e-12
    centre = np.log2(np.maximum(power @ hz / total, 20) / 440)
    flat = np.log10(np.exp(np.log(power + 1e-14).mean(axis=1)) / (power.mean(axis=1) + 1e-12) + 1e-6)
    peak = power.max(axis=1) / total
    lowest = np.log2(np.maximum(hz[np.argmax(power > 0.05 * power.max(axis=1, keepdims=True), axis=1)], 20) / 440)
    cumulative = np.cumsum(power, axis=1) / total[:, np.newaxis]
    rolloff = np.log2(np.maximum(hz[np.argmax(cumulative > 0.85, axis=1)], 20) / 440)
    rows = [stat for row in (centre, flat, peak, lowest, rolloff) for stat in (row.mean(), row.std())]
    rise = np.diff(level_db[max(int(np.argmax(heard)) - 1, 0) :]) if len(level_db) > 2 else np.zeros(2)
    falls, rises = rise[rise < 0], rise[rise > 0]
    rows += [
        float(np.clip(falls, -20, 0).mean()) if len(falls) else 0.0,
        float(np.clip(falls, -20, 0).std()) if len(falls) else 0.0,
        float(np.clip(rises, 0, 30).mean()) if len(rises) else 0.0,
        float(np.clip(rises, 0, 30).max(initial=0)),
        float((np.abs(rise) < 0.5).mean()),
        float((rise < -1.5).mean()),
        float(level_db[heard].std()),
        float(heard.mean()),
    ]
    return np.asarray(rows, np.float64)


@lru_cache(maxsize=1)
def _bands() -> Doubles:
    """Triangles evenly spaced on the mel scale from 30 Hz, (bins, bands)."""
    hz = np.arange(_WINDOW // 2 + 1) * RATE_HZ / _WINDOW
    mel = 2595 * np.log10(1 + np.array([30.0, RATE_HZ / 2]) / 700)
    edges = 700 * (10 ** (np.linspace(mel[0], mel[1], _BANDS + 2) / 2595) - 1)
    rise = (hz[:, np.newaxis] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - hz[:, np.newaxis]) / (edges[2:] - edges[1:-1])
    return np.asarray(np.clip(np.minimum(rise, fall), 0, None), np.float64)


@lru_cache(maxsize=1)
def _weights() -> dict[str, Floats]:
    return tensors.read(MODEL)
