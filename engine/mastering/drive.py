"""How hard a limiter must be driven for a loudness, found with few passes over the sound."""

from typing import Any, Final

import numpy as np
from scipy import signal as filters
from scipy.ndimage import maximum_filter1d

from engine.arrays import Signal
from engine.dsp import loudness
from engine.dsp.dynamics import FallingEnvelope, fall_db_per_sample
from engine.mastering.peaks import peak_dbtp
from engine.mixing.chain import apply

LIMITER_GAIN_DB_MAX: Final = 30.0
CLOSE_LU: Final = 0.06
_ROUNDS: Final = 8
_HALVINGS: Final = 14
_STEP: Final = 32
_GATED: Final = 4  # tenths of a second in a gated block
_LOOK_AHEAD_S: Final = 0.002
_SPARE_DB: Final = 0.05
_ODD_MARGIN_DB: Final = 0.4  # at rates where peaks are seen less well
_FAST_RATE_HZ: Final = 176_400  # from here on the limiter looks at samples alone
_SLOW_RATE_HZ: Final = 16_000  # below, much of the sound may lie close to half the rate


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
    The limiter's entry, the sound, and its true peak in dBTP. Where the target cannot be reached (a few clicks in
    silence), the sound is as loud as the limiter's range allows.
    """
    is_odd_rate = sample_rate_hz >= _FAST_RATE_HZ or sample_rate_hz < _SLOW_RATE_HZ
    ceiling = ceiling_dbtp - (_ODD_MARGIN_DB if is_odd_rate else 0.0)
    model, aimed = _Model(signal, sample_rate_hz, release_ms), target_lufs
    for _ in range(_ROUNDS):
        gain = model.gain_db(aimed, ceiling)
        entry = limiter(gain_db=gain, ceiling_dbtp=ceiling, release_ms=release_ms)
        out = apply(signal, [entry], sample_rate_hz=sample_rate_hz)
        missing = target_lufs - loudness.integrated_lufs(out, sample_rate_hz=sample_rate_hz)
        peak = peak_dbtp(out, ceiling_dbtp=ceiling_dbtp)
        is_close = abs(missing) <= CLOSE_LU or (missing > 0 and gain >= LIMITER_GAIN_DB_MAX)
        if is_close and peak <= ceiling_dbtp - _SPARE_DB:
            break
        aimed += missing  # by how much the model is wrong
        if peak > ceiling_dbtp - _SPARE_DB:  # hardly ever: a signal that fools the limiter's own meter
            ceiling -= peak - ceiling_dbtp + 2 * _SPARE_DB
    return entry, out, peak


class _Model:
    """A limiter in steps of 32 samples, on the peaks and the K-weighted energy of each: as good as to a tenth of a LU.

    What it leaves out: peaks between samples, and the smoothing over the look-ahead.
    """

    def __init__(self, signal: Signal, rate: int, release_ms: float) -> None:
        steps = max(signal.shape[1] // _STEP, 1)
        padded = np.pad(signal, ((0, 0), (0, max(steps * _STEP - signal.shape[1], 0))))[:, : steps * _STEP]
        weighted = filters.sosfilt(loudness.k_weighting(rate), padded.astype(np.float64), axis=1)
        self._energy = np.square(weighted).sum(axis=0).reshape(steps, _STEP).sum(axis=1)
        highest = np.abs(padded).max(axis=0).reshape(steps, _STEP).max(axis=1)
        self._peak_db = 20 * np.log10(np.maximum(highest, 1e-7))
        self._held = max(round(_LOOK_AHEAD_S * rate / _STEP), 1) + 1
        self._fall_db = fall_db_per_sample(release_ms, round(rate / _STEP))
        self._edges = np.unique((np.arange(int(10 * steps * _STEP / rate) + 1) * rate / 10 / _STEP).astype(int))
        self._samples = rate / 10

    def gain_db(self, target_lufs: float, ceiling_db: float) -> float:
        """The gain for a loudness, within the limiter's range: by halving, since more gain is never less loud."""
        low, high = -LIMITER_GAIN_DB_MAX, LIMITER_GAIN_DB_MAX
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self._lufs(middle, ceiling_db) < target_lufs else (low, middle)
        return high

    def _lufs(self, gain_db: float, ceiling_db: float) -> float:
        over = np.maximum(self._peak_db + gain_db - ceiling_db, 0.0)
        held = maximum_filter1d(over, self._held, origin=-(self._held // 2))
        reduction = FallingEnvelope(self._fall_db, start_db=0.0).run(held)
        energy = np.add.reduceat(self._energy * 10 ** ((gain_db - reduction) / 10), self._edges[:-1])
        power = np.convolve(energy, np.ones(_GATED), "valid") / (_GATED * self._samples)
        loud = power[loudness.lufs(power) > loudness.ABSOLUTE_GATE_LUFS]
        if not len(loud):
            return -np.inf
        return float(loudness.lufs(loud[loud > loud.mean() * 10 ** (loudness.RELATIVE_GATE_LU / 10)].mean()))
