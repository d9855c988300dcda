"""How fast a piece or recording goes."""

from typing import Final

import numpy as np

from engine.arrays import Floats, Mono
from engine.dsp import stft
from engine.score import DEFAULT_TEMPO_US, Score, TempoMark

_WINDOW, _HOP = 1024, 256
_BPM_LOW, _BPM_HIGH = 50.0, 210.0
_CENTRE_BPM: Final = 118.0
_SPREAD_OCTAVES: Final = 0.9
_STRENGTH_MIN: Final = 0.08


def of_score(score: Score) -> float:
    """The tempo that holds for most of the notes' time, quarter notes a minute (120 where none is given)."""
    first = score.tempos[:1]
    marks = list(score.tempos)
    if not first or first[0].at > 0:
        marks.insert(0, TempoMark(at=score.end * 0, us_per_quarter=DEFAULT_TEMPO_US))
    end = max(score.end, marks[-1].at)
    held: dict[int, float] = {}
    for mark, stop in zip(marks, [mark.at for mark in marks[1:]] + [end], strict=True):
        span = float(min(stop, end) - mark.at)
        held[mark.us_per_quarter] = held.get(mark.us_per_quarter, 0.0) + span
    most = max(held, key=lambda us: (held[us], -us))
    return round(60_000_000 / most, 3)


def of_signal(mono: Mono, *, sample_rate_hz: int) -> float | None:
    """Tempo of a recording in beats a minute; None where no steady pulse is found.

    Spectral flux, its autocorrelation weighted towards usual tempos, and the best lag refined by a parabola.
    """
    strength = onset_strength(mono)
    frames_per_s = sample_rate_hz / _HOP
    lag_low, lag_high = int(60 * frames_per_s / _BPM_HIGH), int(60 * frames_per_s / _BPM_LOW) + 1
    if len(strength) < 3 * lag_high or float(strength.max(initial=0.0)) <= 0:
        return None
    centred = strength - strength.mean()
    size = 1 << (2 * len(centred) - 1).bit_length()
    power = np.abs(np.fft.rfft(centred, size)) ** 2
    correlation = np.fft.irfft(power, size)[: min(4 * lag_high + 2, 3 * len(centred) // 4)]
    if correlation[0] <= 0:
        return None
    correlation = correlation / correlation[0] * (len(centred) / (len(centred) - np.arange(len(correlation))))
    lags = np.arange(lag_low, lag_high)
    # A beat repeats at its multiples as well: half a beat does so less evenly.
    comb = (
        correlation[lags] + 0.5 * correlation[2 * lags] + 0.25 * correlation[np.minimum(4 * lags, len(correlation) - 1)]
    )
    bpm = 60 * frames_per_s / lags
    score = comb * np.exp(-0.5 * (np.log2(bpm / _CENTRE_BPM) / _SPREAD_OCTAVES) ** 2)
    best = int(np.argmax(score))
    if correlation[lags[best]] < _STRENGTH_MIN:
        return None
    return round(60 * frames_per_s / _refined(correlation, int(lags[best])), 1)


def onset_strength(mono: Mono) -> Floats:
    """Half-wave rectified flux of the log spectrum, (frames,) float32, one frame each 256 samples."""
    loud = np.log1p(100 * stft.magnitude(mono, window=_WINDOW, hop=_HOP) / _WINDOW)
    flux = np.maximum(np.diff(loud, axis=1), 0).sum(axis=0)
    return np.asarray(flux, dtype=np.float32)


def _refined(correlation: Floats, lag: int) -> float:
    """Peak near `lag` at its fourth multiple where there is one: four beats tell the tempo four times as well."""
    for multiple in (4, 2, 1):
        centre = multiple * lag
        low, high = centre - multiple * 2, centre + multiple * 2 + 1
        if high + 1 >= len(correlation) or low < 1:
            continue
        top = low + int(np.argmax(correlation[low:high]))
        if low < top < high - 1 and correlation[top] > 0.6 * correlation[lag]:
            before, here, after = correlation[top - 1 : top + 2]
            bend = float(before - 2 * here + after)
            return (top + (0.5 * float(before - after) / bend if bend else 0.0)) / multiple
    return float(lag)
