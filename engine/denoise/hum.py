"""Mains hum: found near 50 or 60 Hz, followed, and notched out with those of its partials that are there."""

from typing import Final

import numpy as np
from scipy import fft, ndimage
from scipy import signal as filters

from engine.arrays import Doubles, Signal, as_signal
from engine.denoise.repaired import Repaired, repaired
from engine.denoise.stream import check_stream
from engine.errors import OutOfRangeError

_MAINS_HZ: Final = (50.0, 60.0)
_DRIFT_HZ: Final = 0.5  # grids keep within this
_STEP_HZ: Final = 0.01
_SPAN_S: Final = 8.0  # how long one look is; the frequency is followed from look to look
_PARTIALS_MAX: Final = 40
_JUDGED: Final = 10  # partials that decide whether there is hum at all
_PROMINENCE_DB: Final = 12.0  # over the median around it
_AROUND_HZ: Final = 12.0
_STEADY: Final = 0.2  # least ratio of a line's power in quiet and in loud moments
_SLACK_HZ: Final = 0.3  # a partial may lie this far from its multiple
_LOBE_HZ: Final = 1.2  # half the width of a line under the window
_LOW_RATE_HZ: Final = 6_000  # partials are looked for below half of this
_LEAST_PARTIALS: Final = 2
_WIDTH_HZ: Final = 1.5  # of a notch at -3 dB


def remove_hum(
    signal: Signal, *, sample_rate_hz: int, mains_hz: float | None = None, strength: float = 1.0
) -> Repaired:
    """Notch out mains hum and its partials up to the fortieth.

    A partial is notched only where it stands out of its neighbourhood as a line does, so notes that lie near are kept.

    Parameters
    ----------
    signal : (channels, samples) float32
    mains_hz : where to look, within 0.5 Hz; 50 and 60 Hz are tried if not given
    strength : 0 (nothing changes) to 1

    Returns
    -------
    `found` is the number of partials notched in the first look that had any; without hum nothing is changed.

    Raises
    ------
    OutOfRangeError
        If `mains_hz` is not in 40..70, or another argument outside its range.
    """
    checked = as_signal(signal)
    check_stream(sample_rate_hz, checked.shape[0])
    _check(mains_hz, strength)
    span = int(_SPAN_S * sample_rate_hz)
    wet, found = checked.astype(np.float64), 0
    states: dict[int, Doubles] = {}
    for start in range(0, checked.shape[1], span):
        # The last look reaches back, so that a short rest is judged by as much sound as any other.
        low = max(min(start, checked.shape[1] - span), 0)
        partials = hum_partials(checked[:, low : low + span], sample_rate_hz=sample_rate_hz, mains_hz=mains_hz)
        found = found or len(partials)
        wet[:, start : start + span] = _notched(wet[:, start : start + span], partials, sample_rate_hz, states)
    return repaired(checked, np.asarray(wet, dtype=np.float32), found=found, strength=strength)


def hum_partials(signal: Signal, *, sample_rate_hz: int, mains_hz: float | None = None) -> dict[int, float]:
    """Number of each partial that stands out, and its frequency in Hz; empty where there is no hum."""
    if signal.shape[1] < sample_rate_hz:
        return {}  # less than a second cannot tell hum from a note
    standing_db, bin_hz = _prominence_db(signal, sample_rate_hz)
    mains, score = 0.0, 0.0
    for centre_hz in (mains_hz,) if mains_hz else _MAINS_HZ:
        grid = np.arange(centre_hz - _DRIFT_HZ, centre_hz + _DRIFT_HZ + _STEP_HZ / 2, _STEP_HZ)
        places = np.rint(grid[:, None] * np.arange(1, _JUDGED + 1) / bin_hz).astype(np.intp)
        scores = np.clip(standing_db[np.minimum(places, len(standing_db) - 1)], 0, 40).sum(axis=1)
        best = np.flatnonzero(scores == scores.max())
        if scores.max() > score:
            mains, score = float(grid[best[len(best) // 2]]), float(scores.max())
    if not mains:
        return {}
    reach = max(round(_LOBE_HZ / bin_hz), 1)
    standing = {}
    for number in range(1, min(_PARTIALS_MAX, int(0.9 * (len(standing_db) - 1) * bin_hz / mains)) + 1):
        low = round(number * mains / bin_hz) - reach
        place = low + int(standing_db[low : low + 2 * reach + 1].argmax())
        # The flank of a note nearby is high, too, but its top lies elsewhere.
        if standing_db[place] > _PROMINENCE_DB and abs(place * bin_hz - number * mains) < _SLACK_HZ:
            standing[number] = place * bin_hz
    return standing if sum(number <= _JUDGED for number in standing) >= _LEAST_PARTIALS else {}


def _check(mains_hz: float | None, strength: float) -> None:
    if mains_hz is not None and not 40 <= mains_hz <= 70:
        raise OutOfRangeError(f"mains hum lies between 40 and 70 Hz, not at {mains_hz} Hz")
    if not 0 <= strength <= 1:
        raise OutOfRangeError(f"strength is between 0 and 1, not {strength}")


def _prominence_db(signal: Signal, rate: int) -> tuple[Doubles, float]:
    """How far each bin stands over the median around it, in the quieter part of the look, where hum is not covered."""
    factor = max(rate // _LOW_RATE_HZ, 1)
    mono = filters.resample_poly(signal.mean(axis=0, dtype=np.float64), 1, factor)
    low_rate = rate / factor
    size = fft.next_fast_len(int(16 * low_rate), real=True)
    window = min(int(2 * low_rate), len(mono))
    frames = np.lib.stride_tricks.sliding_window_view(mono, window)[:: max(window // 4, 1)]
    spectra = np.square(np.abs(fft.rfft(frames * np.hanning(window), size, axis=1)))
    power, louder = np.quantile(spectra, (0.25, 0.75), axis=0) + 1e-12
    bin_hz = low_rate / size
    around = ndimage.median_filter(power, size=int(_AROUND_HZ / bin_hz), mode="nearest")
    # Hum stays as loud as it is; a note on the same frequency comes and goes.
    return np.where(power > _STEADY * louder, 10 * np.log10(power / around), 0.0), bin_hz


def _notched(wet: Doubles, partials: dict[int, float], rate: int, states: dict[int, Doubles]) -> Doubles:
    for gone in set(states) - set(partials):
        del states[gone]
    for number, frequency_hz in partials.items():
        b, a = filters.iirnotch(frequency_hz, frequency_hz / _WIDTH_HZ, fs=rate)
        if number not in states:  # as if the sound had always been at its first value
            states[number] = filters.lfilter_zi(b, a)[None] * wet[:, :1]
        wet, states[number] = filters.lfilter(b, a, wet, axis=1, zi=states[number])
    return wet
