"""Beats, and a tempo that may drift: onset strength, its periods, and the path of beats through it.

Source: D. Ellis, "Beat tracking by dynamic programming", J. New Music Research 36(1), 2007, eq. (1)-(4); the choice of
the metrical level is ours (see `tempo_of`).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage

from engine.arrays import Doubles, Floats, Mono

RATE_HZ: Final = 22_050
HOP: Final = 256
FRAME_S: Final = HOP / RATE_HZ
_WINDOW: Final = 1024
_BANDS: Final = 36
_BPM_LOW, _BPM_HIGH = 45.0, 220.0
_TIGHTNESS: Final = 120.0
_STRENGTH_MIN: Final = 0.06
_WINDOW_S: Final = 24.0  # tempo is looked for in stretches of this length


class OnsetGatherer:
    """Takes blocks at `RATE_HZ`, keeps the onset strength of every frame of `HOP` samples in three registers."""

    def __init__(self) -> None:
        self._rest = np.zeros(_WINDOW // 2, np.float32)
        self._last: Floats | None = None
        self._rows: list[Floats] = []

    def push(self, mono: Mono) -> None:
        """Take the next samples."""
        self._rest = np.concatenate([self._rest, mono])
        count = (len(self._rest) - _WINDOW) // HOP + 1
        if count > 0:
            self._rows.append(self._flux(self._rest[: (count - 1) * HOP + _WINDOW]))
            self._rest = self._rest[count * HOP :]

    def finish(self) -> Floats:
        """(frames, 3) float32 >= 0: low, middle and high register."""
        self.push(np.zeros(_WINDOW // 2 + HOP, np.float32))
        return np.concatenate(self._rows) if self._rows else np.zeros((0, 3), np.float32)

    def _flux(self, padded: Mono) -> Floats:
        bands = _band_levels(padded)
        before = bands[:1] if self._last is None else self._last
        rise = np.maximum(np.diff(np.concatenate([before, bands]), axis=0), 0)
        self._last = bands[-1:]
        third = _BANDS // 3
        return np.stack([rise[:, i * third : (i + 1) * third].mean(axis=1) for i in range(3)], axis=1)


def _band_levels(padded: Mono) -> Floats:
    frames = sliding_window_view(padded, _WINDOW)[::HOP]
    shape = np.hanning(_WINDOW).astype(np.float32)
    edges = np.unique(np.round(np.geomspace(1, _WINDOW // 2, _BANDS + 8)).astype(int))[-_BANDS - 1 :]
    rows = []
    for start in range(0, len(frames), 512):
        power = np.abs(np.fft.rfft(frames[start : start + 512] * shape, axis=1)).astype(np.float32) ** 2
        rows.append(np.log1p(np.add.reduceat(power, edges[:-1], axis=1)))
    return np.concatenate(rows)


def onsets_of(mono: Mono) -> Floats:
    """Onset strength of a whole signal at `RATE_HZ`, (frames, 3) float32."""
    gatherer = OnsetGatherer()
    for start in range(0, len(mono), 1 << 20):
        gatherer.push(mono[start : start + (1 << 20)])
    return gatherer.finish()


@dataclass(frozen=True, slots=True, kw_only=True)
class Beats:
    """Beat times in seconds, the tempo that holds in the middle of them, and how steady the pulse is, 0..1."""

    times_s: tuple[float, ...]
    bpm: float
    strength: float


def beats_of(registers: Floats) -> Beats | None:
    """Follow the beat through onset strength (frames, 3); None where no steady pulse is found."""
    strength = _whitened(registers.sum(axis=1))
    found = tempo_of(strength, bass=_whitened(registers[:, 0]), drums=drums_of(registers))
    if found is None:
        return None
    bpm, steadiness = found
    period = 60 / bpm / FRAME_S
    frames = _trim(_path(strength, period), strength)
    if len(frames) < 4:
        return None
    times = np.asarray(frames) * FRAME_S
    # Over eight beats at a time, or the tempo would be rounded to whole frames.
    reach = min(8, len(times) - 1)
    beat_s = float(np.median(times[reach:] - times[:-reach])) / reach
    return Beats(times_s=tuple(np.round(times, 4).tolist()), bpm=60 / beat_s, strength=steadiness)


def drums_of(registers: Floats) -> float:
    """How much drums are heard, 0..1: they rise in the high register too, where other instruments rise little."""
    total = float(registers.sum())
    share = float(registers[:, 2].sum()) / total if total > 0 else 0.0
    return float(np.clip((share - _NO_DRUMS) / (_DRUMS - _NO_DRUMS), 0, 1))


def tempo_of(strength: Doubles, *, bass: Doubles, drums: float = 0.0) -> tuple[float, float] | None:
    """Beats a minute and the steadiness 0..1 of the pulse; None where there is none.

    Of the levels at which the pulse repeats, the one wins that repeats at its own multiples too and lies near usual
    tempos. Without drums those are slow, for ballads have their eighths as regular as their beats; a beat that a
    machine plays twice as fast, with the bass in it, is taken at its word (`_is_twice_as_fast`). With drums they are
    those of dance and rock, and what the bass repeats counts as much as what all repeat: hats between the beats would
    else make one and a half beats look like one.

    drums : as `drums_of` gives it
    """
    lags = np.arange(int(60 / _BPM_HIGH / FRAME_S), int(60 / _BPM_LOW / FRAME_S) + 2)
    if len(strength) < 3 * lags[-1] or float(np.abs(strength).max(initial=0)) <= 0:
        return None
    correlation = _correlation(strength, 4 * int(lags[-1]) + 2)
    both = (1 - 0.5 * drums) * correlation + 0.5 * drums * _correlation(bass, len(correlation))
    comb = sum(weight * _at(both, lags * times) for times, weight in _COMB)
    bpm = 60 / (lags * FRAME_S)
    centre_bpm = _CENTRE_BPM * (_DANCE_BPM / _CENTRE_BPM) ** drums
    score = comb * np.exp(-0.5 * np.square(np.log2(bpm / centre_bpm) / _SPREAD_OCTAVES))
    lag = int(lags[int(np.argmax(score))])
    steadiness = float(_at(correlation, np.array([lag]))[0])
    if steadiness < _STRENGTH_MIN:
        return None
    if _is_twice_as_fast(correlation, _correlation(bass, 2 * lag + 2), lag):
        lag = round(lag / 2)
    return float(60 / (_refined(correlation, lag) * FRAME_S)), min(max(steadiness, 0.0), 1.0)


def _is_twice_as_fast(correlation: Doubles, bass: Doubles, lag: int) -> bool:
    """Whether half the period repeats as well as the whole, in the bass too, as evenly as only a machine plays."""
    if lag * FRAME_S < _SLOW_S:
        return False
    half, whole = (np.array([value]) for value in (round(lag / 2), lag))
    even = [_at(c, half)[0] > _EVEN * max(_at(c, whole)[0], 1e-3) for c in (correlation, bass)]
    return bool(all(even) and _at(correlation, half)[0] > _MACHINE)


_COMB: Final = ((1, 1.5), (2, 1.0), (3, 0.3), (4, 1.0))  # multiples of the period, and what each counts
_CENTRE_BPM: Final = 75.0
_DANCE_BPM: Final = 118.0
_SPREAD_OCTAVES: Final = 0.75
_NO_DRUMS, _DRUMS = 0.17, 0.21  # share of the high register in all that rises: 0.10 to 0.17 without drums
_SLOW_S: Final = 0.6
_EVEN: Final = 0.85
_MACHINE: Final = 0.75


def _whitened(strength: Floats) -> Doubles:
    """Minus its mean over a second, over its spread: a crescendo is not a beat."""
    values = strength.astype(np.float64)
    values = np.maximum(values - ndimage.uniform_filter1d(values, int(1.0 / FRAME_S)), 0)
    spread = np.sqrt(ndimage.uniform_filter1d(np.square(values), int(8.0 / FRAME_S)))
    floor = 0.1 * float(np.sqrt(np.square(values).mean())) + 1e-9
    return np.asarray(values / np.maximum(spread, floor), np.float64)


def _correlation(strength: Doubles, lags: int) -> Doubles:
    """Autocorrelation over windows of `_WINDOW_S`, so that a drift of the tempo does not blur it."""
    width = min(len(strength), int(_WINDOW_S / FRAME_S))
    total = np.zeros(lags)
    # A click lasts one frame and beats fall between frames: without this half a period would look uneven.
    strength = ndimage.gaussian_filter1d(strength, 1.5)
    for start in range(0, max(len(strength) - width, 0) + 1, max(width // 2, 1)):
        piece = strength[start : start + width] - strength[start : start + width].mean()
        size = 1 << (2 * width).bit_length()
        power = np.abs(np.fft.rfft(piece, size)) ** 2
        part = np.fft.irfft(power, size)[:lags]
        if part[0] > 0:
            inside = np.maximum(width - np.arange(len(part)), width // 8)
            total[: len(part)] += part / part[0] * (width / inside)
    return np.asarray(total / max(total[0], 1e-9), np.float64)


def _at(correlation: Doubles, lags: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Doubles:
    """The greatest value within one frame of each lag."""
    return np.asarray(ndimage.maximum_filter1d(correlation, 3)[np.minimum(lags, len(correlation) - 1)], np.float64)


def _refined(correlation: Doubles, lag: int) -> float:
    """The period from its fourth multiple, four times as exact, where that is a clear peak."""
    for multiple in (4, 2, 1):
        centre = multiple * lag
        low, high = centre - 2 * multiple, min(centre + 2 * multiple + 1, len(correlation) - 1)
        if low < 1 or high <= low + 2:
            continue
        top = low + int(np.argmax(correlation[low:high]))
        if low < top < high - 1 and correlation[top] > 0.5 * correlation[lag]:
            before, here, after = correlation[top - 1 : top + 2]
            bend = float(before - 2 * here + after)
            return (top + (0.5 * float(before - after) / bend if bend else 0.0)) / multiple
    return float(lag)


def _path(strength: Doubles, period: float) -> list[int]:
    """The sequence of beats with the best sum of strength and evenness."""
    smooth = ndimage.gaussian_filter1d(strength, max(period / 32, 0.5))
    low, high = round(period / 2), round(2 * period)
    gaps = np.arange(low, high + 1)
    cost = -_TIGHTNESS * np.square(np.log(gaps / period))
    score = smooth.copy()
    came = np.full(len(score), -1, np.int64)
    for frame in range(low, len(score)):
        usable = gaps[: min(len(gaps), frame - low + 1)]
        reached = score[frame - usable] + cost[: len(usable)]
        best = int(np.argmax(reached))
        score[frame] += max(float(reached[best]), 0.0)
        came[frame] = frame - usable[best] if reached[best] > 0 else -1
    end = int(len(score) - high + np.argmax(score[max(len(score) - high, 0) :])) if len(score) > high else -1
    path = []
    while end >= 0:
        path.append(end)
        end = int(came[end])
    return path[::-1]


def _trim(path: list[int], strength: Doubles) -> list[int]:
    """Without the beats that were guessed into silence before the music and after it."""
    if not path:
        return path
    near = ndimage.maximum_filter1d(strength, 7)[path]
    loud = np.flatnonzero(near > 0.25 * float(np.median(near[near > 0])) if (near > 0).any() else near > 0)
    return path[int(loud[0]) : int(loud[-1]) + 1] if len(loud) else []
