"""A compressor that brings the crest down to what is wanted, found on the loudest stretch."""

from typing import Any, Final

import numpy as np

from engine.analysis.band_powers import BandPowers, band_powers, decibels, k_weight
from engine.arrays import Doubles, Signal
from engine.mastering.drive import limiter
from engine.mastering.profile import loud_frames
from engine.mixing.chain import apply

_STRETCH_S: Final = 6.0
_RATIO: Final = 2.0
_CLOSE_DB: Final = 0.2
_ROUNDS: Final = 4
_ABOVE_DB, _BELOW_DB = 9.0, -9.0  # of the threshold against the loudness, dB


def loudest(signal: Signal, powers: BandPowers, *, sample_rate_hz: int) -> Signal:
    """The loudest stretch of 6 s, or the whole signal if it is shorter."""
    samples = int(_STRETCH_S * sample_rate_hz)
    if signal.shape[1] <= samples:
        return signal
    power = powers.total @ k_weight()
    span = min(max(round(len(power) * samples / signal.shape[1]), 1), len(power))
    sums = np.convolve(power, np.ones(span), "valid")
    start = int(np.argmax(sums)) * signal.shape[1] // len(power)
    start = min(start, signal.shape[1] - samples)
    return signal[:, start : start + samples]


class Stretch:
    """A stretch of music on which settings are tried: what becomes of crest and balance behind a limiter."""

    def __init__(self, signal: Signal, *, sample_rate_hz: int, gain_db: float, ceiling_dbtp: float) -> None:
        self._signal, self._rate = signal, sample_rate_hz
        self._limiter = limiter(gain_db=gain_db, ceiling_dbtp=ceiling_dbtp, release_ms=100.0, is_true_peak=False)
        self.level_db = _rms_db(signal)

    def heard(self, plugins: list[dict[str, Any]], *, is_limited: bool = True) -> tuple[float, Doubles]:
        """Crest, dB, and balance, (30,) dB at unit power, behind `plugins` and, if asked, the limiter."""
        chain = [*plugins, self._limiter] if is_limited else plugins
        out = apply(self._signal, chain, sample_rate_hz=self._rate) if chain else self._signal
        powers = band_powers(out, sample_rate_hz=self._rate)
        loud = loud_frames(powers.total)
        crest = decibels(np.square(powers.peak[loud])) - decibels(powers.total[loud].sum(axis=1))
        balance = powers.total[loud].mean(axis=0)
        return float(crest.mean()), decibels(balance / max(float(balance.sum()), 1e-12))


def compressor(stretch: Stretch, *, crest_db: float, share: float) -> dict[str, Any] | None:
    """The compressor behind which the crest is `share` of the way to `crest_db`; None where it is low enough."""
    now, _ = stretch.heard([])
    wanted = now + share * (crest_db - now)
    if now - wanted <= _CLOSE_DB:
        return None
    low, high = _BELOW_DB, _ABOVE_DB
    middle = (low + high) / 2
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        crest, _ = stretch.heard([entry(stretch.level_db + middle)])
        if abs(crest - wanted) <= _CLOSE_DB:
            break
        low, high = (low, middle) if crest > wanted else (middle, high)
    return entry(stretch.level_db + middle)


def entry(threshold_db: float) -> dict[str, Any]:
    """A compressor for a whole mix: gentle, quick enough for beats, its detector deaf to sub-bass."""
    return {
        "type": "compressor",
        "threshold_db": round(float(np.clip(threshold_db, -80, 0)), 1),
        "ratio": _RATIO,
        "attack_ms": 5.0,
        "release_ms": 150.0,
        "knee_db": 6.0,
        "side_chain_high_pass_hz": 80.0,
    }


def _rms_db(signal: Signal) -> float:
    return float(decibels(np.asarray(np.square(signal, dtype=np.float64).mean())))
