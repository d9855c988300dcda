"""Mixes of music and noise for the denoiser, made as they are needed: seeded, in the short-time spectrum."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from engine.arrays import Doubles, Floats, Mono
from engine.denoise.mask_features import BINS, HOP, SAMPLE_RATE_HZ, WINDOW

Spectra = NDArray[np.complex64]

_SNR_DB: Final = (-5.0, 15.0)
_CLEAN_SHARE: Final = 0.08  # mixes without any noise: music must pass untouched
_ALONE_SHARE: Final = 0.04  # noise without any music
_REAL_SHARE: Final = 0.6
_SECOND_SHARE: Final = 0.3  # a second noise over the first
_NARROW_SHARE: Final = 0.15  # recordings that came from a lower sampling rate
_LOOP_SHARE: Final = 0.15
_LOUDEST_DB: Final = (-30.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """clean, noisy : (rows, frames, bins) complex64 short-time spectra"""

    clean: Spectra
    noisy: Spectra


class Mixer:
    """Draws mixes from music, loops and noise clips."""

    def __init__(self, music: NDArray[np.int16], noise: Sequence[Mono], loops: Sequence[Mono], *, seed: int) -> None:
        self._music, self._noise, self._loops = music, noise, loops
        self._random = np.random.default_rng(seed)

    def draw(self, rows: int, *, seconds: float) -> Mix:
        """`rows` mixes of `seconds`."""
        frames = int(seconds * SAMPLE_RATE_HZ) // HOP
        pairs = [self._pair(frames) for _ in range(rows)]
        clean = np.stack([pair[0] for pair in pairs])
        return Mix(clean=clean, noisy=clean + np.stack([pair[1] for pair in pairs]))

    def _pair(self, frames: int) -> tuple[Spectra, Spectra]:
        random, samples = self._random, (frames - 1) * HOP + WINDOW
        clean = stft(self._clean(samples)) * self._equaliser()
        noise = stft(self._any_noise(samples)) * self._equaliser()
        if random.random() < _NARROW_SHARE:
            cut = int(random.uniform(1 / 6, 0.7) * BINS)
            clean[:, cut:] = 0
            noise[:, cut:] = 0
        snr_db, kind = random.uniform(*_SNR_DB), random.random()
        power = _energy(clean)
        noise *= np.float32(np.sqrt(power / max(_energy(noise), 1e-9)) * 10 ** (-snr_db / 20)) if power > 0 else 1.0
        if kind < _CLEAN_SHARE:
            noise[:] = 0
        elif kind < _CLEAN_SHARE + _ALONE_SHARE:
            clean[:] = 0
        return clean, noise

    def _clean(self, samples: int) -> Mono:
        if self._loops and self._random.random() < _LOOP_SHARE:
            wave = self._repeated(self._loops, samples)
        else:
            start = int(self._random.integers(max(len(self._music) - samples, 1)))
            wave = self._music[start : start + samples].astype(np.float32) / np.float32(32768)
        peak = float(np.abs(wave).max(initial=0.0))
        wanted = 10 ** (self._random.uniform(*_LOUDEST_DB) / 20)
        return wave * np.float32(wanted / peak) if peak > 1e-3 else np.zeros_like(wave)

    def _any_noise(self, samples: int) -> Mono:
        first = self._one_noise(samples)
        if self._random.random() < _SECOND_SHARE:
            first = first + self._one_noise(samples) * np.float32(10 ** (self._random.uniform(-12, 3) / 20))
        return first

    def _one_noise(self, samples: int) -> Mono:
        if self._noise and self._random.random() < _REAL_SHARE:
            wave = self._repeated(self._noise, samples)
        else:
            wave = synthetic_noise(samples, self._random)
        return np.asarray(wave / max(float(np.sqrt(np.square(wave).mean())), 1e-6), dtype=np.float32)

    def _repeated(self, clips: Sequence[Mono], samples: int) -> Mono:
        clip = clips[int(self._random.integers(len(clips)))]
        return np.resize(np.roll(clip, int(self._random.integers(len(clip)))), samples)

    def _equaliser(self) -> Floats:
        """A smooth random curve of +-6 dB over the bins."""
        knots = self._random.uniform(-6, 6, size=7)
        places = np.log2(np.arange(BINS) + 8.0)
        curve = np.interp(places, np.linspace(places[0], places[-1], len(knots)), knots)
        return np.asarray(10 ** (curve / 20), dtype=np.float32)


def synthetic_noise(samples: int, random: np.random.Generator) -> Mono:
    """Hiss of any colour, mains hum, or crackle."""
    kind = random.random()
    if kind < 0.65:
        return _hiss(samples, random)
    if kind < 0.85:
        return _hum(samples, random)
    return _crackle(samples, random)


def _hiss(samples: int, random: np.random.Generator) -> Mono:
    """Gaussian noise whose power goes with a power of the frequency: 0 white, -1 pink, -2 brown, +1 tape hiss."""
    spectrum = fft.rfft(random.standard_normal(samples, dtype=np.float32))
    slope = random.uniform(-2.0, 1.0)
    shape: Doubles = np.maximum(np.arange(len(spectrum)), samples * 20 / SAMPLE_RATE_HZ) ** (slope / 2)
    return np.asarray(fft.irfft(spectrum * shape.astype(np.float32), samples), dtype=np.float32)


def _hum(samples: int, random: np.random.Generator) -> Mono:
    """Mains hum of 50 or 60 Hz with up to forty partials."""
    mains_hz = random.choice((50.0, 60.0)) * random.uniform(0.998, 1.002)
    time_s = np.arange(samples) / SAMPLE_RATE_HZ
    wave, fall = np.zeros(samples), random.uniform(0.5, 2.0)
    for partial in range(1, int(random.integers(4, 40))):
        level = random.uniform(0.2, 1.0) / partial**fall
        wave += level * np.sin(2 * np.pi * (mains_hz * partial * time_s + random.random()))
    return np.asarray(wave, dtype=np.float32)


def _crackle(samples: int, random: np.random.Generator) -> Mono:
    """Short clicks as of a worn record, 5 to 60 a second, over a little hiss."""
    wave = 0.01 * random.standard_normal(samples, dtype=np.float32)
    shape = np.exp(-np.arange(48) / random.uniform(2, 12)) * random.standard_normal(48)
    for at in random.integers(0, samples - 48, size=int(random.uniform(5, 60) * samples / SAMPLE_RATE_HZ)):
        wave[at : at + 48] += shape * random.standard_gamma(1.0) * random.choice((-1.0, 1.0))
    return np.asarray(wave, dtype=np.float32)


def stft(wave: Mono) -> Spectra:
    """Short-time spectrum under the square root of a Hann window: (samples,) -> (frames, bins)."""
    window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(wave, WINDOW)[::HOP]
    return np.asarray(fft.rfft(frames * window, axis=1), dtype=np.complex64)


def _energy(spectra: Spectra) -> float:
    return float(np.vdot(spectra, spectra).real)
