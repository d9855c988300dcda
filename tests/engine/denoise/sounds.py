"""Seeded sounds for the tests of noise reduction."""

import numpy as np

from engine.arrays import Signal

RATE_HZ = 16_000
LEAD_S = 0.25  # noise alone before the first note


def melody(*, seconds: float = 2.0, rate_hz: int = RATE_HZ, channels: int = 1) -> Signal:
    """Plucked notes with six partials, after a short silence; each channel a little lower than the one before."""
    time_s = np.arange(int(seconds * rate_hz)) / rate_hz
    wave = np.zeros_like(time_s)
    for index, pitch_hz in enumerate((220.0, 277.2, 329.6, 440.0, 329.6, 277.2, 220.0)):
        since = time_s - LEAD_S - 0.25 * index
        shape = np.where(since >= 0, np.exp(-6 * np.maximum(since, 0)) * np.clip(since / 0.005, 0, 1), 0)
        for partial in range(1, 7):
            wave += shape * np.sin(2 * np.pi * pitch_hz * partial * since) / partial
    return (0.2 * wave * (0.9 ** np.arange(channels))[:, None]).astype(np.float32)


def hiss(like: Signal, *, snr_db: float, seed: int = 7) -> Signal:
    """White noise at a signal-to-noise ratio."""
    noise = np.random.default_rng(seed).standard_normal(like.shape)
    noise *= np.sqrt(np.square(like).mean() / np.square(noise).mean()) * 10 ** (-snr_db / 20)
    return noise.astype(np.float32)


def snr_db(clean: Signal, heard: Signal) -> float:
    """Energy of the clean signal over that of the difference."""
    return float(10 * np.log10(np.square(clean).sum() / np.square(heard - clean).sum()))
