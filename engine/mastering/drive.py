"""How hard a limiter must be driven for a loudness, found with few passes over the sound."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import signal as filters
from scipy.ndimage import maximum_filter1d

from engine.arrays import Doubles, Signal
from engine.dsp import loudness
from engine.dsp.dynamics import FallingEnvelope, fall_db_per_sample
from engine.dsp.limiting import LOOK_AHEAD_S, MARGIN_DB, TRUE_PEAK_RATE_HZ, Reduction
from engine.dsp.oversample import PEAK_LATENCY, PeakFinder
from engine.mastering.peaks import peak_dbtp
from engine.mixing.plugin import BLOCK, decibels, linear

LIMITER_GAIN_DB_MAX: Final = 30.0
RELEASE_MS: Final = 100.0
CLOSE_LU: Final = 0.06
_ROUNDS: Final = 8
_HALVINGS: Final = 14
_STEP: Final = 32
_PIECE: Final = 8 * BLOCK
_MORE_DB: Final = 1.0  # peaks are looked at as if the gain were so much more: the next round seldom needs others
_GATED: Final = 4  # tenths of a second in a gated block
_SPARE_DB: Final = 0.05
_FIRST_DB: Final = 0.02  # below the ceiling from the start: so the first round nearly always keeps what is spared
_ODD_MARGIN_DB: Final = 0.4  # at rates where peaks are seen less well
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Driven:
    """A limited sound.

    entry : the limiter's; meter : has heard the sound; true_peak_dbtp : of it, looked at closely
    """

    entry: dict[str, Any]
    sound: Signal
    meter: loudness.Meter
    true_peak_dbtp: float


def driven(signal: Signal, *, sample_rate_hz: int, target_lufs: float, ceiling_dbtp: float) -> Driven:
    """Limit `signal`, (2, samples), so that it is as loud as `target_lufs` and no peak passes the ceiling.

    Where the target cannot be reached (a few clicks in silence), the sound is as loud as the limiter's range allows.
    """
    is_odd_rate = sample_rate_hz >= TRUE_PEAK_RATE_HZ or sample_rate_hz < _SLOW_RATE_HZ
    ceiling = ceiling_dbtp - (_ODD_MARGIN_DB if is_odd_rate else _FIRST_DB)
    limited, aimed = _Limited(signal, sample_rate_hz, target_lufs, ceiling), target_lufs
    peak = np.inf
    for _ in range(_ROUNDS):
        gain = limited.gain_db(aimed, ceiling)
        entry = limiter(gain_db=gain, ceiling_dbtp=ceiling, release_ms=RELEASE_MS)
        out, meter = limited.sound(entry["gain_db"], entry["ceiling_db"])
        missing = target_lufs - meter.integrated_lufs()
        is_close = abs(missing) <= CLOSE_LU or (missing > 0 and gain >= LIMITER_GAIN_DB_MAX)
        peak = peak_dbtp(out, ceiling_dbtp=ceiling_dbtp) if is_close else peak
        if is_close and peak <= ceiling_dbtp - _SPARE_DB:
            break
        aimed += missing  # by how much the model is wrong
        if is_close:  # hardly ever: a signal that fools the limiter's own meter
            ceiling -= peak - ceiling_dbtp + 2 * _SPARE_DB
    else:
        peak = peak_dbtp(out, ceiling_dbtp=ceiling_dbtp)
    return Driven(entry=entry, sound=out, meter=meter, true_peak_dbtp=peak)


class _Limited:
    """A signal whose true peaks are found once, for any number of limiters that differ in gain and ceiling.

    What comes out is the plugin's own sound, sample by sample. The gain for a loudness is found on a model of it in
    steps of 32 samples, on the peaks and the K-weighted energy of each, which leaves out the smoothing over the
    look-ahead: as good as to a few hundredths of a LU.
    """

    def __init__(self, signal: Signal, rate: int, target_lufs: float, ceiling_db: float) -> None:
        self._signal, self._rate = signal, rate
        steps = max(signal.shape[1] // _STEP, 1)
        self._energy = self._weighted(steps)
        self._looks_between = rate < TRUE_PEAK_RATE_HZ
        self._late = PEAK_LATENCY if self._looks_between else 0
        samples = np.abs(signal).max(axis=0)
        self._take(samples, steps)
        self._held = max(round(LOOK_AHEAD_S * rate / _STEP), 1) + 1
        self._fall_db = fall_db_per_sample(RELEASE_MS, round(rate / _STEP))
        self._edges = np.unique((np.arange(int(10 * steps * _STEP / rate) + 1) * rate / 10 / _STEP).astype(int))
        self._samples = rate / 10
        self._peaks, self._found_to_db = samples, np.inf
        if self._looks_between:
            self._find(self.gain_db(target_lufs, ceiling_db) + _MORE_DB, ceiling_db)

    def _weighted(self, steps: int) -> Doubles:
        """K-weighted energy of each step, (steps,)."""
        sections = loudness.k_weighting(self._rate)
        state = np.zeros((len(sections), 2, 2))
        energy = np.zeros(steps)
        for at in range(0, self._signal.shape[1], _PIECE):
            heard, state = filters.sosfilt(sections, self._signal[:, at : at + _PIECE].astype(np.float64), zi=state)
            squares = np.square(heard).sum(axis=0)
            whole = len(squares) // _STEP
            first = at // _STEP
            energy[first : first + whole] = squares[: whole * _STEP].reshape(whole, _STEP).sum(axis=1)
        return energy

    def _take(self, peaks: Doubles, steps: int) -> None:
        """Peaks of the samples as peaks of the steps, dB."""
        heard = peaks[: steps * _STEP]
        padded = np.pad(heard, (0, steps * _STEP - len(heard)))
        self._peak_db = 20 * np.log10(np.maximum(padded.reshape(steps, _STEP).max(axis=1), 1e-7))

    def _find(self, gain_db: float, ceiling_db: float) -> None:
        """The true peaks around every sample, exact wherever `gain_db` takes them over the ceiling."""
        finder = PeakFinder(2)
        counts_from = 10 ** ((ceiling_db - MARGIN_DB - gain_db) / 20)
        count = self._signal.shape[1] + self._late
        found = np.empty(-(-count // BLOCK) * BLOCK)
        for at, block in _blocks(self._signal, len(found)):
            found[at : at + BLOCK] = finder.run(block, counts_from=counts_from)
        self._peaks, self._found_to_db = found, gain_db - ceiling_db
        self._take(found[self._late :], len(self._peak_db))

    def sound(self, gain_db: float, ceiling_db: float) -> tuple[Signal, loudness.Meter]:
        """The limited sound, (2, samples) float32, and a meter that has heard it."""
        if self._looks_between and gain_db - ceiling_db > self._found_to_db:
            self._find(gain_db + _MORE_DB, ceiling_db)
        samples, factor = self._signal.shape[1], float(linear(np.asarray(gain_db)))
        limit_db = ceiling_db - (MARGIN_DB if self._looks_between else 0.0)
        reduction = Reduction(self._rate, RELEASE_MS)
        late = reduction.latency + self._late
        out = np.empty((2, samples), dtype=np.float32)
        meter = loudness.Meter(self._rate, 2, finds_peaks=False)
        for at in range(0, samples + late, BLOCK):
            peaks = self._peaks[at : at + BLOCK]
            peaks = np.pad(peaks, (0, BLOCK - len(peaks))) if len(peaks) < BLOCK else peaks
            smooth = reduction.run(_over_db(factor * peaks, limit_db))
            first, last = max(at - late, 0), min(at - late + BLOCK, samples)
            if last <= first:
                continue
            driven = self._signal[:, first:last].astype(np.float64) * factor
            turned = smooth[first - at + late : last - at + late]
            out[:, first:last] = driven * linear(-turned) if turned.any() else driven
            meter.push(out[:, first:last])
        return out, meter

    def gain_db(self, target_lufs: float, ceiling_db: float) -> float:
        """The gain for a loudness, within the limiter's range: by halving, since more gain is never less loud."""
        limit_db = ceiling_db - (MARGIN_DB if self._looks_between else 0.0)
        low, high = -LIMITER_GAIN_DB_MAX, LIMITER_GAIN_DB_MAX
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self._lufs(middle, limit_db) < target_lufs else (low, middle)
        return high

    def _lufs(self, gain_db: float, limit_db: float) -> float:
        over = np.maximum(self._peak_db + gain_db - limit_db, 0.0)
        held = maximum_filter1d(over, self._held, origin=-(self._held // 2))
        reduction = FallingEnvelope(self._fall_db, start_db=0.0).run(held)
        energy = np.add.reduceat(self._energy * 10 ** ((gain_db - reduction) / 10), self._edges[:-1])
        power = np.convolve(energy, np.ones(_GATED), "valid") / (_GATED * self._samples)
        loud = power[loudness.lufs(power) > loudness.ABSOLUTE_GATE_LUFS]
        if not len(loud):
            return -np.inf
        return float(loudness.lufs(loud[loud > loud.mean() * 10 ** (loudness.RELATIVE_GATE_LU / 10)].mean()))


def _over_db(peaks: Doubles, limit_db: float) -> Doubles:
    """By how much each peak is over the limit, dB; logarithms are taken of those alone that may be."""
    over = np.zeros(len(peaks))
    near = np.flatnonzero(peaks > 0.999 * 10 ** (limit_db / 20))
    over[near] = np.maximum(decibels(peaks[near]) - limit_db, 0.0)
    return over


def _blocks(signal: Signal, samples: int) -> Iterator[tuple[int, Doubles]]:
    """Whole blocks of float64, silence after the end."""
    for at in range(0, samples, BLOCK):
        block = signal[:, at : at + BLOCK].astype(np.float64)
        yield at, np.pad(block, ((0, 0), (0, BLOCK - block.shape[1]))) if block.shape[1] < BLOCK else block
