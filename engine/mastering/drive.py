"""How hard a limiter must be driven for a loudness, found with few passes over the sound."""

from typing import Any, Final

import numpy as np

from engine.arrays import Signal
from engine.dsp import loudness
from engine.mastering.peaks import peak_dbtp
from engine.mixing.chain import apply

LIMITER_GAIN_DB_MAX: Final = 30.0
CLOSE_LU: Final = 0.05
_ROUNDS: Final = 8
_TRUE_ROUNDS: Final = 4
_MARGIN_DB: Final = 0.0  # the limiter itself keeps a tenth below its ceiling
_SPARE_DB: Final = 0.05
_FAST_MARGIN_DB: Final = 0.4  # at 176.4 kHz and above, where the limiter looks at samples alone
_FAST_RATE_HZ: Final = 176_400


def limiter(*, gain_db: float, ceiling_dbtp: float, release_ms: float, is_true_peak: bool = True) -> dict[str, Any]:
    """A limiter's entry in a mix setting."""
    return {
        "type": "limiter",
        "gain_db": round(float(gain_db), 3),
        "ceiling_db": round(float(ceiling_dbtp), 3),
        "release_ms": release_ms,
        "is_true_peak": is_true_peak,
    }


def driven(
    signal: Signal, *, sample_rate_hz: int, target_lufs: float, ceiling_dbtp: float, release_ms: float = 100.0
) -> tuple[dict[str, Any], Signal, float]:
    """Limit `signal`, (2, samples), so that it is as loud as `target_lufs` and no peak passes the ceiling.

    Returns
    -------
    The limiter's entry, the sound, and its true peak in dBTP. Where the target cannot be reached
    (a few clicks in silence), the sound is as loud as the limiter's range allows.
    """
    margin = _MARGIN_DB if sample_rate_hz < _FAST_RATE_HZ else _FAST_MARGIN_DB
    ceiling = ceiling_dbtp - margin
    trial = _Trial(signal, sample_rate_hz, target_lufs, release_ms)
    gain = trial.search(ceiling, is_true_peak=False, rounds=_ROUNDS, start_db=None)
    for _ in range(_TRUE_ROUNDS):
        gain = trial.search(ceiling, is_true_peak=True, rounds=_TRUE_ROUNDS, start_db=gain)
        peak = peak_dbtp(trial.out, ceiling_dbtp=ceiling_dbtp)
        if peak <= ceiling_dbtp - _SPARE_DB:
            break
        ceiling -= peak - ceiling_dbtp + 2 * _SPARE_DB  # hardly ever: a signal that fools the limiter's own meter
    return trial.entry, trial.out, peak


class _Trial:
    """Passes through a limiter, each a little nearer to the wanted loudness."""

    def __init__(self, signal: Signal, rate: int, target_lufs: float, release_ms: float) -> None:
        self._signal, self._rate, self._target, self._release_ms = signal, rate, target_lufs, release_ms
        self._before = loudness.integrated_lufs(signal, sample_rate_hz=rate)
        self.entry: dict[str, Any] = {}
        self.out = signal
        self.loudness_lufs = self._before

    def search(self, ceiling: float, *, is_true_peak: bool, rounds: int, start_db: float | None) -> float:
        """The gain, dB, by secants: a limiter gives less than a decibel for a decibel."""
        gain = self._target - self._before if start_db is None else start_db
        slope, last = 1.0, None
        for _ in range(rounds):
            gain = float(np.clip(gain, -LIMITER_GAIN_DB_MAX, LIMITER_GAIN_DB_MAX))
            self._pass(gain, ceiling, is_true_peak)
            missing = self._target - self.loudness_lufs
            if abs(missing) <= CLOSE_LU or (gain == LIMITER_GAIN_DB_MAX and missing > 0):
                break
            if last is not None and gain != last[0]:
                slope = float(np.clip((self.loudness_lufs - last[1]) / (gain - last[0]), 0.08, 1.2))
            last = (gain, self.loudness_lufs)
            gain += missing / slope
        return gain

    def _pass(self, gain: float, ceiling: float, is_true_peak: bool) -> None:
        self.entry = limiter(gain_db=gain, ceiling_dbtp=ceiling, release_ms=self._release_ms, is_true_peak=is_true_peak)
        self.out = apply(self._signal, [self.entry], sample_rate_hz=self._rate)
        self.loudness_lufs = loudness.integrated_lufs(self.out, sample_rate_hz=self._rate)
