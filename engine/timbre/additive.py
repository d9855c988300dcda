"""A tone as sound: a sum of partials, and noise in bands."""

from typing import Final

import numpy as np
from scipy.fft import irfft

from engine.arrays import Doubles, Floats, Mono
from engine.errors import OutOfRangeError
from engine.recommend.draws import random_word
from engine.timbre.tone import BAND_EDGES_HZ, BANDS, FLOOR_DB, RATE_HZ, TIMES_S, Tone, partial_hz

SECONDS_MAX: Final = 30.0
_HOP: Final = 128
_BLOCK: Final = 512  # of noise, half overlapping
_TOP_HZ: Final = 0.47 * RATE_HZ


def sound(tone: Tone, *, duration_s: float, seed: int = 0, fade_s: float = 0.01) -> Mono:
    """Play a tone: (samples,) float32 at RATE_HZ; the same tone and seed give the same samples.

    Parameters
    ----------
    duration_s : 0.01..30; past the last known level it stays as it is
    seed : of the noise
    fade_s : at the end, so that nothing clicks

    Raises
    ------
    OutOfRangeError
        If the duration is outside the range.
    """
    if not 0.01 <= duration_s <= SECONDS_MAX:
        raise OutOfRangeError(f"a duration of {duration_s:g} s lies outside 0.01..{SECONDS_MAX:g}")
    samples = int(duration_s * RATE_HZ)
    played = _partials(tone, samples) + _noise(tone, samples, seed)
    fade = min(int(fade_s * RATE_HZ), samples)
    played[samples - fade :] *= np.linspace(1, 0, fade)
    return played.astype(np.float32)


def _partials(tone: Tone, samples: int) -> Doubles:
    """Each partial turns evenly, so a power of one rotation does for a whole hop: no sine is computed twice."""
    frequencies = partial_hz(tone.pitch_midi, tone.spread)
    heard = (frequencies < _TOP_HZ) & (tone.partials_db.max(axis=0) > FLOOR_DB + 1)
    if not heard.any():
        return np.zeros(samples)
    frequencies = frequencies[heard]
    hops = -(-samples // _HOP)
    levels = _amplitudes(tone.partials_db[:, heard], np.arange(hops + 1, dtype=np.float64) * (_HOP / RATE_HZ))
    # Partials that all begin at phase 0 pile up to one peak; these phases (Schroeder's) spread their energy.
    order = np.arange(1, len(frequencies) + 1)
    phases = -np.pi * order * (order - 1) / len(frequencies) - np.pi / 2
    within = np.exp(2j * np.pi * np.outer(frequencies, np.arange(_HOP)) / RATE_HZ)
    begins = np.exp(1j * (2 * np.pi * np.outer(np.arange(hops), frequencies) * _HOP / RATE_HZ + phases))
    ramp = np.arange(_HOP) / _HOP
    held = (begins * levels[:-1]) @ within
    moved = (begins * (levels[1:] - levels[:-1])) @ (within * ramp)
    return np.asarray((held + moved).real.reshape(-1)[:samples])


def _noise(tone: Tone, samples: int, seed: int) -> Doubles:
    """White noise whose spectrum is given the bands' levels, block by block, half overlapping."""
    blocks = -(-samples // (_BLOCK // 2)) + 1
    rms = _amplitudes(tone.noise_db, np.arange(blocks, dtype=np.float64) * (_BLOCK / 2 / RATE_HZ))
    rms[rms <= 10 ** ((FLOOR_DB + 1) / 20)] = 0.0
    bins = np.arange(_BLOCK // 2 + 1) * RATE_HZ / _BLOCK
    weights = _band_shapes(bins)
    magnitude = np.sqrt(rms**2 @ weights) * _BLOCK / np.sqrt(2)
    draw = np.random.Generator(np.random.Philox(random_word(seed)))
    turned = np.exp(2j * np.pi * draw.random((blocks, len(bins))))
    window = np.sqrt(np.hanning(_BLOCK + 1)[:-1])
    made = irfft(magnitude * turned, axis=1) * window
    out = np.zeros((blocks + 1) * (_BLOCK // 2))
    halves = made.reshape(blocks, 2, _BLOCK // 2)
    out[: blocks * (_BLOCK // 2)] += halves[:, 0].reshape(-1)
    out[_BLOCK // 2 :] += halves[:, 1].reshape(-1)
    return out[_BLOCK // 2 :][:samples]


def _band_shapes(bins_hz: Doubles) -> Doubles:
    """(BANDS, bins): how the power of each band is divided; one narrower than a bin goes to the nearest."""
    shapes = np.zeros((BANDS, len(bins_hz)))
    for band in range(BANDS):
        inside = (bins_hz >= BAND_EDGES_HZ[band]) & (bins_hz < BAND_EDGES_HZ[band + 1])
        if not inside.any():
            inside[int(np.argmin(np.abs(bins_hz - np.sqrt(BAND_EDGES_HZ[band] * BAND_EDGES_HZ[band + 1]))))] = True
        shapes[band, inside] = 1 / inside.sum()
    return shapes


def _amplitudes(levels_db: Floats, times_s: Doubles) -> Doubles:
    """(times, columns) amplitudes between the grid's times, straight in dB."""
    place = np.clip(np.interp(times_s, TIMES_S, np.arange(len(TIMES_S))), 0, len(TIMES_S) - 1)
    low = np.minimum(place.astype(np.int64), len(TIMES_S) - 2)
    share = (place - low)[:, None]
    return np.asarray(10 ** ((levels_db[low] * (1 - share) + levels_db[low + 1] * share) / 20), np.float64)
