"""Scores of a cleaned recording against the clean one."""

import numpy as np

from engine.arrays import Mono
from engine.dsp.resample import resample

_TINY = 1e-10


def si_sdr_db(clean: Mono, heard: Mono) -> float:
    """Scale-invariant signal-to-distortion ratio (Le Roux et al., ICASSP 2019)."""
    clean, heard = clean - clean.mean(), heard - heard.mean()
    target = clean * (np.dot(heard, clean) / (np.dot(clean, clean) + _TINY))
    return float(10 * np.log10((np.square(target).sum() + _TINY) / (np.square(heard - target).sum() + _TINY)))


def segmental_snr_db(clean: Mono, heard: Mono, *, rate_hz: int) -> float:
    """Mean SNR of frames of 30 ms, three quarters overlapping, each held to -10..35 dB (Loizou)."""
    size = int(0.03 * rate_hz)
    views = (np.lib.stride_tricks.sliding_window_view(wave, size)[:: size // 4] for wave in (clean, heard - clean))
    powers = [np.square(view, dtype=np.float64).sum(axis=1) for view in views]
    return float(np.clip(10 * np.log10((powers[0] + _TINY) / (powers[1] + _TINY)), -10, 35).mean())


def pesq_score(clean: Mono, heard: Mono, *, rate_hz: int) -> float:
    """PESQ: narrow band at 8 kHz, else wide band at 16 kHz; not a number where the package is not installed."""
    try:
        from pesq import pesq
    except ImportError:
        return float("nan")
    target = 8_000 if rate_hz == 8_000 else 16_000
    pair = [resample(wave[None], from_hz=rate_hz, to_hz=target)[0] for wave in (clean, heard)]
    try:
        return float(pesq(target, *pair, "nb" if target == 8_000 else "wb"))
    except Exception:
        return float("nan")


def stoi_score(clean: Mono, heard: Mono, *, rate_hz: int) -> float:
    """STOI in per cent; not a number where the package is not installed."""
    try:
        from pystoi import stoi
    except ImportError:
        return float("nan")
    return 100 * float(stoi(clean, heard, rate_hz))
