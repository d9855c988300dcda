"""A drum machine of sines and noise, for what listens."""

import numpy as np

from engine.arrays import Mono
from tests.helpers.tones import RATE_HZ

KICK, SNARE, HAT, OPEN_HAT = 36, 38, 42, 46


def hit(drum: int, seed: int) -> Mono:
    """One stroke, peak about 1."""
    time = np.arange(int(0.5 * RATE_HZ)) / RATE_HZ
    noise = np.random.default_rng(seed).standard_normal(len(time))
    if drum == KICK:
        return np.asarray(np.sin(2 * np.pi * (50 * time + 3 * (1 - np.exp(-time / 0.03)))) * np.exp(-time / 0.12))
    if drum == SNARE:
        body = 0.5 * np.sin(2 * np.pi * 185 * time) * np.exp(-time / 0.06)
        return np.asarray(body + 0.25 * np.diff(noise, prepend=0) * np.exp(-time / 0.11))
    bright = np.diff(noise, n=2, prepend=(0, 0)) * 0.15
    return np.asarray(bright * np.exp(-time / (0.03 if drum == HAT else 0.25)))


def loop(pattern: dict[int, str], *, bpm: float, seconds: float) -> tuple[Mono, list[tuple[float, int]]]:
    """A bar of sixteenths a drum ("x" is a stroke), over and over, and the hits as (seconds, drum)."""
    out, hits = np.zeros(int((seconds + 1) * RATE_HZ)), []
    for step in range(int(seconds * bpm * 4 / 60)):
        at = step * 15 / bpm
        for drum, bar in pattern.items():
            if bar[step % len(bar)] == "x":
                sound = hit(drum, step) * (0.8 if drum in (KICK, SNARE) else 0.4)
                start = int(at * RATE_HZ)
                out[start : start + len(sound)] += sound[: len(out) - start]
                hits.append((at, drum))
    return np.asarray(0.6 * out[: int(seconds * RATE_HZ)] / np.abs(out).max(), np.float32), hits
