"""Small made sounds for mastering and mixing: a band, and signals that are hard on loudness and peaks."""

import numpy as np
from scipy import fft

RATE_HZ = 44_100


def stems(seconds: float = 4.0, *, rate: int = RATE_HZ, seed: int = 1) -> dict[str, np.ndarray]:
    """Drums, bass, chords and a lead, each (1, samples) float32: beats at 120 a minute."""
    draw = np.random.default_rng(seed)
    time = np.arange(int(seconds * rate)) / rate
    beat = (time * 2) % 1
    drums = draw.standard_normal(len(time)) * np.exp(-beat * 18) * 0.4 + np.sin(2 * np.pi * 60 * beat / 2) * np.exp(
        -beat * 9
    )
    bass = _voice(time, 55.0, 6) * (0.6 + 0.4 * np.exp(-beat * 4))
    chords = sum(_voice(time, pitch, 8) for pitch in (220.0, 277.2, 329.6)) / 3
    lead = _voice(time, 440.0, 10) * (np.sin(2 * np.pi * 0.5 * time) > 0) * (1 - 0.3 * beat)
    return {
        name: np.asarray(sound[np.newaxis] / np.abs(sound).max() * 0.3, np.float32)
        for name, sound in (("drums", drums), ("bass", bass), ("chords", chords), ("lead", lead))
    }


def band(seconds: float = 4.0, *, rate: int = RATE_HZ, seed: int = 1) -> np.ndarray:
    """The stems together in stereo, (2, samples) float32, peak about 0.5."""
    found = stems(seconds, rate=rate, seed=seed)
    left = found["drums"] + found["bass"] + 0.8 * found["chords"] + 0.3 * found["lead"]
    right = found["drums"] + found["bass"] + 0.3 * found["chords"] + 0.8 * found["lead"]
    both = np.concatenate([left, right])
    return np.asarray(both / np.abs(both).max() * 0.5, np.float32)


def hard_signals(rate: int = RATE_HZ) -> dict[str, np.ndarray]:
    """Signals by name, each 1.5 s: tones at a quarter of the rate, clicks, noise, clipped, faint, one-sided."""
    draw, time = np.random.default_rng(5), np.arange(3 * rate // 2) / rate
    noise = draw.standard_normal((2, len(time)))
    clicks = np.zeros((2, len(time)))
    clicks[:, :: rate // 8] = 0.9
    burst = noise * (np.sin(2 * np.pi * 3 * time) > 0.6)
    quarter = np.sin(np.pi / 2 * np.arange(len(time)) + np.pi / 4) * (0.3 + 0.3 * np.sin(2 * np.pi * 2 * time))
    sided = np.stack([np.sin(2 * np.pi * 300 * time), np.zeros(len(time))])
    signals = {
        "band": band(1.5, rate=rate), "clipped": np.clip(4 * band(1.5, rate=rate), -0.9, 0.9),
        "white noise": 0.1 * noise,
        "bursts": 0.2 * burst, "clicks": clicks, "a quarter of the rate": np.stack([quarter, -quarter]),
        "bass tone": 0.5 * np.tile(np.sin(2 * np.pi * 40 * time), (2, 1)), "one side": 0.4 * sided,
        "faint": 0.0015 * noise, "full scale": np.sign(np.tile(np.sin(2 * np.pi * 997 * time), (2, 1))),
    }  # fmt: skip
    return {name: np.asarray(sound, np.float32) for name, sound in signals.items()}


def peak_dbtp(signal: np.ndarray, *, factor: int = 8) -> float:
    """Highest value of the band-limited waveform, dB, by an exact interpolation between the samples."""
    padded = np.pad(signal.astype(np.float64), ((0, 0), (64, 64)))
    fine = fft.irfft(fft.rfft(padded, axis=1), factor * padded.shape[1], axis=1) * factor
    return float(20 * np.log10(np.abs(fine).max()))


def _voice(time: np.ndarray, pitch_hz: float, partials: int) -> np.ndarray:
    return sum(np.sin(2 * np.pi * pitch_hz * n * time) / n**1.2 for n in range(1, partials + 1))
