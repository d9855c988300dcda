"""What the note network sees: posteriors and spectra on one grid of frames and keys."""

from typing import Final

import numpy as np

from engine.arrays import Floats, Mono
from engine.transcription import posteriors, spectrum
from engine.transcription.posteriors import KEYS, RATE_HZ

FRAME_S: Final = spectrum.HOP / RATE_HZ
CHANNELS: Final = 7  # per key: note twice, onset twice, three contour bins


def features(mono: Mono, *, threads: int = 2) -> tuple[Floats, Floats]:
    """Key features (frames, 88, CHANNELS) and spectra (frames, BANDS, 2), both float32 about 0..1.

    mono : (samples,) at `RATE_HZ`. A frame is `FRAME_S` long and holds two of the posteriors' frames.
    """
    levels = spectrum.spectra(mono)
    heard = posteriors.posteriors(mono, threads=threads)
    frames = len(levels)
    note, onset = (_paired(values, frames) for values in (heard.note, heard.onset))
    contour = _paired(heard.contour, frames).max(axis=1).reshape(frames, KEYS, 3)
    keys = np.concatenate([note.transpose(0, 2, 1), onset.transpose(0, 2, 1), contour], axis=2)
    return np.ascontiguousarray(keys, np.float32), levels


def _paired(values: Floats, frames: int) -> Floats:
    """(2 * frames or so, bins) to (frames, 2, bins)."""
    padded = np.zeros((2 * frames, values.shape[1]), np.float32)
    inside = min(len(values), 2 * frames)
    padded[:inside] = values[:inside]
    return padded.reshape(frames, 2, -1)
