"""Where each period of a voice begins: the marks that a take is cut at to change its pitch."""

from typing import Final

import numpy as np

from engine.arrays import Doubles, Mono
from engine.transcription import pitch_track

UNVOICED_STEP_S: Final = 0.005
_SEARCH: Final = 0.18  # of a period, to either side of where the next mark is expected
_FAR: Final = 0.35  # a mark whose period differs by more from the track's is not believed
_LOW_HZ: Final = 40.0


def marks(mono: Mono, sample_rate_hz: int, track: pitch_track.PitchTrack) -> tuple[Doubles, Doubles]:
    """Marks through the signal, and the period at each: both (marks,) float64, in samples.

    Marks of voiced sound follow each other by exactly one period of the waveform, found by correlation to a fraction
    of a sample; unvoiced sound has one each `UNVOICED_STEP_S`, with period 0.
    """
    positions: list[float] = []
    periods: list[float] = []
    place, end = 0.0, float(len(mono))
    locked = False
    while place < end:
        period = _period(track, place / sample_rate_hz, sample_rate_hz)
        if period == 0.0:
            positions.append(place)
            periods.append(0.0)
            place += UNVOICED_STEP_S * sample_rate_hz
            locked = False
            continue
        if not locked:
            place = _loudest(mono, place, period)
            locked = True
        positions.append(place)
        step = _next_period(mono, place, period)
        periods.append(step)
        place += step
    return np.asarray(positions), np.asarray(periods)


def _period(track: pitch_track.PitchTrack, seconds: float, rate: int) -> float:
    frame = min(int(seconds / pitch_track.FRAME_S + 0.5), len(track) - 1)
    if frame < 0 or not track.voiced[frame]:
        return 0.0
    return rate / max(float(track.pitch_hz[frame]), _LOW_HZ)


def _loudest(mono: Mono, place: float, period: float) -> float:
    """The highest sample of the next period: grains are best cut around the pulse."""
    start = int(place)
    window = mono[start : start + int(period) + 1]
    return float(start + int(np.argmax(np.abs(window)))) if len(window) else place


def _next_period(mono: Mono, place: float, period: float) -> float:
    """The lag near `period` at which the waveform around `place` repeats best, to a fraction of a sample."""
    centre, half = round(place), max(int(period / 2), 8)
    reach = max(int(_SEARCH * period), 2)
    low, high = round(period) - reach, round(period) + reach
    start = centre - half
    if start < 0 or centre + half + high + 1 > len(mono):
        return period
    here = mono[start : centre + half].astype(np.float64)
    wide = mono[start + low - 1 : centre + half + high + 2].astype(np.float64)
    frames = np.lib.stride_tricks.sliding_window_view(wide, len(here))
    energy = np.sqrt(np.square(frames).sum(axis=1) * np.square(here).sum())
    match = frames @ here / np.maximum(energy, 1e-12)
    best = int(np.argmax(match[1:-1])) + 1
    bend = match[best - 1] - 2 * match[best] + match[best + 1]
    shift = 0.5 * (match[best - 1] - match[best + 1]) / bend if bend < 0 else 0.0
    found = float(low - 1 + best + np.clip(shift, -0.5, 0.5))
    return found if abs(found / period - 1) < _FAR and match[best] > 0.3 else period
