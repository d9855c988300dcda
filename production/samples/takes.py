"""A take as it comes out of a kitchen: a whistled line over hum and hiss. Made in code, the same bytes every time."""

from __future__ import annotations

import io
from typing import Final

import numpy as np
import soundfile

RATE_HZ: Final = 44_100
NOISE_ALONE_S: Final = (0.1, 0.9)
_LINE: Final = ((74, 0.6), (76, 0.3), (78, 0.3), (81, 0.9), (78, 0.3), (76, 0.6), (74, 0.3), (71, 0.3), (74, 1.2))
_SEED: Final = 20


def noisy_line() -> bytes:
    """A second of the room, the line, and the room again, as FLAC; mono, 44.1 kHz."""
    room = np.zeros(RATE_HZ)
    clean = np.concatenate([room, *(_note(pitch, seconds) for pitch, seconds in _LINE), room / 1])
    time = np.arange(len(clean)) / RATE_HZ
    rng = np.random.default_rng(_SEED)
    hiss = rng.normal(0, 0.012, len(clean))
    hum = 0.01 * sum(np.sin(2 * np.pi * 50 * n * time) / n for n in (1, 2, 3, 5))
    target = io.BytesIO()
    soundfile.write(target, clean + hiss + hum, RATE_HZ, format="FLAC", subtype="PCM_16")
    return target.getvalue()


def _note(pitch_midi: int, seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A whistle: nearly a sine, breath at its start, a little vibrato."""
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    hz = 440 * 2 ** ((pitch_midi - 69) / 12)
    vibrato = 0.004 * np.sin(2 * np.pi * 5 * time) * np.minimum(time * 3, 1)
    phase = 2 * np.pi * hz * np.cumsum(1 + vibrato) / RATE_HZ
    shape = np.minimum(np.minimum(1, time * 25), (seconds - time) * 25)
    return np.asarray(0.32 * shape * (np.sin(phase) + 0.12 * np.sin(2 * phase) + 0.05 * np.sin(3 * phase)))
