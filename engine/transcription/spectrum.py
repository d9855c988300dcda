"""The log-frequency spectra that the note network sees beside the pitch posteriors.

Two windows: a long one that tells neighbouring low keys apart, a short one that says when a note begins.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from engine.arrays import Floats, Mono
from engine.transcription.posteriors import LOWEST_MIDI, RATE_HZ

HOP: Final = 512
BANDS: Final = 104  # semitones from the lowest key up, so that upper keys see an overtone
WINDOWS: Final = (4096, 1024)
_FLOOR_DB: Final = -90.0
_BLOCK: Final = 256


def spectra(mono: Mono) -> Floats:
    """Level of each semitone band, (frames, BANDS, 2) float32 in 0..1 for -90..0 dB re full scale.

    mono : (samples,) at `RATE_HZ`; frame i is centred on sample i * HOP.
    """
    frames = len(mono) // HOP + 1
    return np.stack([_levels(mono, window, frames) for window in WINDOWS], axis=2)


def _levels(mono: Mono, window: int, frames: int) -> Floats:
    padded = np.zeros((frames - 1) * HOP + window, np.float32)
    inside = min(len(mono), len(padded) - window // 2)
    padded[window // 2 : window // 2 + inside] = mono[:inside]
    shape = np.hanning(window).astype(np.float32) * np.float32(2 / (window / 2))
    bank = _filters(window)
    views = sliding_window_view(padded, window)[::HOP]
    out = np.empty((frames, BANDS), np.float32)
    for start in range(0, frames, _BLOCK):
        power = np.abs(np.fft.rfft(views[start : start + _BLOCK] * shape, axis=1)).astype(np.float32) ** 2
        out[start : start + _BLOCK] = power @ bank
    level_db = 10 * np.log10(out + np.float32(1e-12))
    return np.asarray(np.clip(1 - level_db / np.float32(_FLOOR_DB), 0, 1.2), np.float32)


@lru_cache(maxsize=4)
def _filters(window: int) -> Floats:
    """Triangles a semitone wide on the log-frequency axis, never narrower than a bin, (bins, BANDS) float32."""
    hz = np.arange(window // 2 + 1) * RATE_HZ / window
    centres = 440 * 2 ** ((np.arange(BANDS) + LOWEST_MIDI - 69) / 12)
    reach = np.maximum(centres * (2 ** (1 / 12) - 1), 0.75 * RATE_HZ / window)
    return np.clip(1 - np.abs(hz[:, np.newaxis] - centres) / reach, 0, None).astype(np.float32)
