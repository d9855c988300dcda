"""One note as numbers a network can learn and a person can mix: partials, noise and loudness over time.

A tone is what X. Serra and J. O. Smith, "Spectral modeling synthesis", Computer Music Journal 14(4), 1990, call the
deterministic and the stochastic part, on a grid of times that is dense where a note begins.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

from engine.arrays import Doubles, Floats, Mono
from engine.errors import OutOfRangeError, SilenceError, TooShortError

RATE_HZ: Final = 44_100
PARTIALS: Final = 48
BANDS: Final = 24
FLOOR_DB: Final = -90.0
TIMES_S: Final[Doubles] = np.concatenate([[0.0], np.geomspace(0.006, 3.0, 31)])
BAND_EDGES_HZ: Final[Doubles] = np.geomspace(60.0, 20_000.0, BANDS + 1)
LEAST_S: Final = 0.05
PITCH_LOW, PITCH_HIGH = 21, 108
SPREAD_MAX: Final = 2e-3  # inharmonicity of the stiffest strings of a piano

_SILENT_DB = -70.0
_NOISE_WINDOW = 2048
_QUANTILE = 0.3
# Power of noise in a bin is exponentially distributed: its 30th percentile lies this far under its mean.
_QUANTILE_OF_MEAN = -np.log(1 - _QUANTILE)
_TUNING_PARTIALS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """One note of one sound.

    pitch_midi : sounding pitch, a fraction says how far it is out of tune
    spread : inharmonicity B: partial k lies at k f0 sqrt(1 + B k^2)
    partials_db : (times, PARTIALS) level of each partial, dBFS of its amplitude, FLOOR_DB at least
    noise_db : (times, BANDS) level of the noise in each band, dBFS of its RMS
    duration_s : how long the note is known to sound; after it, levels stay as they were last
    """

    pitch_midi: float
    spread: float
    partials_db: Floats
    noise_db: Floats
    duration_s: float

    @property
    def f0_hz(self) -> float:
        """Frequency of the first partial, without the spread."""
        return hz(self.pitch_midi)

    def sheet(self) -> Floats:
        """(times, PARTIALS + BANDS) float32: all levels, partials first."""
        return np.concatenate([self.partials_db, self.noise_db], axis=1)


def hz(pitch_midi: float) -> float:
    """Frequency of a MIDI pitch at A4 = 440 Hz."""
    return float(440.0 * 2 ** ((pitch_midi - 69) / 12))


def of_sheet(sheet: Floats, *, pitch_midi: float, spread: float, duration_s: float) -> Tone:
    """The tone whose levels are `sheet`, (times, PARTIALS + BANDS)."""
    kept = np.maximum(sheet, FLOOR_DB).astype(np.float32)
    return Tone(
        pitch_midi=pitch_midi,
        spread=spread,
        partials_db=kept[:, :PARTIALS],
        noise_db=kept[:, PARTIALS:],
        duration_s=duration_s,
    )


def partial_hz(pitch_midi: float, spread: float) -> Doubles:
    """(PARTIALS,) frequencies."""
    order = np.arange(1, PARTIALS + 1)
    return np.asarray(hz(pitch_midi) * order * np.sqrt(1 + spread * order**2))


def analyse(mono: Mono, *, pitch_midi: float) -> Tone:
    """The tone of a recorded note.

    Parameters
    ----------
    mono : (samples,) float32 at RATE_HZ, the note from its onset or a little before
    pitch_midi : its pitch, right within half a semitone

    Raises
    ------
    TooShortError, SilenceError
        If there are less than 50 ms, or nothing in them.
    OutOfRangeError
        If the pitch is outside the piano's range.
    """
    if not PITCH_LOW <= pitch_midi <= PITCH_HIGH:
        raise OutOfRangeError(f"a pitch of {pitch_midi:g} lies outside {PITCH_LOW}..{PITCH_HIGH}")
    begin = onset(mono)
    note = np.asarray(mono[begin:], np.float64)
    if len(note) < LEAST_S * RATE_HZ:
        raise TooShortError(f"{len(note) / RATE_HZ:.3f} s of sound are too short for a note; it takes {LEAST_S} s")
    tuned, spread = _tuning(note, pitch_midi)
    return Tone(
        pitch_midi=tuned,
        spread=spread,
        partials_db=_partials(note, partial_hz(tuned, spread)),
        noise_db=_noise(note, hz(tuned)),
        duration_s=len(note) / RATE_HZ,
    )


def onset(mono: Mono) -> int:
    """Where the note begins: the first sample within 50 dB of the peak.

    Raises
    ------
    SilenceError
        If no sample is above -70 dBFS.
    """
    level = np.abs(mono)
    peak = float(level.max(initial=0.0))
    if peak < 10 ** (_SILENT_DB / 20):
        raise SilenceError("there is no sound in it")
    return int(np.argmax(level > peak * 10 ** (-50 / 20)))


def _tuning(note: Doubles, pitch_midi: float) -> tuple[float, float]:
    """Exact pitch and spread, by the peaks of the spectrum that lie near the partials."""
    length = min(len(note), int(1.0 * RATE_HZ))
    first = min(int(0.04 * RATE_HZ), len(note) - length)
    size = 1 << 17
    spectrum = np.abs(rfft(note[first : first + length] * np.hanning(length), size))
    orders, found, weights = [], [], []
    for order in range(1, _TUNING_PARTIALS + 1):
        centre = hz(pitch_midi) * order * size / RATE_HZ
        low, high = int(centre * 2 ** (-0.5 / 12)), int(np.ceil(centre * 2 ** (0.5 / 12))) + 1
        if high + 1 >= len(spectrum) or high - low < 3:
            continue
        peak = low + int(np.argmax(spectrum[low:high]))
        if peak in (low, high - 1):
            continue
        orders.append(order)
        found.append(_vertex(spectrum, peak) * RATE_HZ / size)
        weights.append(spectrum[peak])
    return _fitted(np.array(orders), np.array(found), np.array(weights), pitch_midi)


def _vertex(spectrum: Doubles, peak: int) -> float:
    left, middle, right = np.log(spectrum[peak - 1 : peak + 2] + 1e-12)
    bend = left - 2 * middle + right
    return peak + (0.5 * (left - right) / bend if bend < 0 else 0.0)


def _fitted(orders: NDArray[np.int64], found: Doubles, weights: Doubles, pitch_midi: float) -> tuple[float, float]:
    """(f_k / k)^2 = f0^2 (1 + B k^2): a line through k^2, weighted by how strong the partials are."""
    if len(orders) == 0:
        return pitch_midi, 0.0
    squares = (found / orders) ** 2
    spread = 0.0
    if len(orders) >= 4:
        slope, start = np.polyfit(orders**2, squares, 1, w=np.sqrt(weights))
        spread = float(np.clip(slope / start, 0.0, SPREAD_MAX)) if start > 0 else 0.0
    f0 = np.sqrt(np.average(squares / (1 + spread * orders**2), weights=weights))
    return float(69 + 12 * np.log2(f0 / 440.0)), spread


def _partials(note: Doubles, frequencies_hz: Doubles) -> Floats:
    """Level of each partial at each time: what of the note turns with it under a window of four periods."""
    length = int(np.clip(4 * RATE_HZ / frequencies_hz[0], 0.02 * RATE_HZ, 0.14 * RATE_HZ)) | 1
    window = np.hanning(length + 2)[1:-1]
    half = length // 2
    padded = np.concatenate([np.zeros(half), note, np.zeros(length)])
    inside = np.concatenate([np.zeros(half), np.ones(len(note)), np.zeros(length)])
    starts = _starts(len(note))
    frames = np.stack([padded[start : start + length] for start in starts]) * window
    # A window that reaches over the beginning or the end sees only a part of the note.
    share = np.stack([inside[start : start + length] for start in starts]) @ window
    turning = np.exp(-2j * np.pi * np.outer(np.arange(length) - half, frequencies_hz) / RATE_HZ)
    levels = 2 * np.abs(frames @ turning) / np.maximum(share, window.sum() / 4)[:, None]
    levels[:, frequencies_hz > 0.47 * RATE_HZ] = 0.0
    return _decibels(levels)


def _noise(note: Doubles, f0_hz: float) -> Floats:
    """RMS of the noise in each band: the lower part of the spectrum, between the partials."""
    length = _NOISE_WINDOW if f0_hz > 130 else 2 * _NOISE_WINDOW
    half = length // 2
    padded = np.concatenate([note[half:0:-1] if len(note) > half else np.zeros(half), note, np.zeros(length)])
    window = np.hanning(length)
    power = np.abs(rfft(np.stack([padded[start : start + length] for start in _starts(len(note))]) * window)) ** 2
    power /= (window**2).sum() * length / 2  # so that white noise of RMS r sums to r^2 over the bins
    bin_hz = RATE_HZ / length
    levels = np.empty((len(TIMES_S), BANDS))
    for band in range(BANDS):
        low = int(BAND_EDGES_HZ[band] / bin_hz)
        high = max(int(BAND_EDGES_HZ[band + 1] / bin_hz), low + 1)
        wide = slice(max(low - 2, 1), high + 2)  # a narrow band has too few bins between partials
        floor = np.quantile(power[:, wide], _QUANTILE, axis=1) / _QUANTILE_OF_MEAN
        levels[:, band] = np.sqrt(floor * (high - low))
    return _decibels(levels)


def _starts(samples: int) -> list[int]:
    return [min(int(time * RATE_HZ), samples - 1) for time in TIMES_S]


def _decibels(levels: Doubles) -> Floats:
    return np.asarray(20 * np.log10(np.maximum(levels, 10 ** (FLOOR_DB / 20))), np.float32)
