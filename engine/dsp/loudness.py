"""Loudness and true peak after ITU-R BS.1770-5, EBU R 128 and EBU Tech 3341 and 3342.

Where we differ from pyloudnorm: the K filters are worked out for every sampling rate from the analogue prototypes (as
libebur128 does), blocks of silence at the end are kept, there is a true peak, and a file of hours needs little memory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from scipy import signal as filters

from engine.arrays import Doubles, Signal, as_signal
from engine.dsp.true_peak import SILENCE, Peaks, decibels, true_peak_dbtp
from engine.errors import ChannelsError, OutOfRangeError

ABSOLUTE_GATE_LUFS: Final = -70.0
RELATIVE_GATE_LU: Final = -10.0
RANGE_GATE_LU: Final = -20.0

__all__ = [
    "WEIGHTS", "Loudness", "Meter", "integrated_lufs", "k_weighting", "lufs", "measure", "true_peak_dbtp", "weight_of",
]  # fmt: skip

_OFFSET: Final = -0.691
_FINE_HZ: Final = 100  # windows move by 10 ms: at worst 5 ms of 400 are missed, which is 0.05 LU
_FINE_PER_STEP: Final = 10  # of which the gated blocks and the loudness range take every tenth
_MOMENTARY: Final = 40  # fine steps in 0.4 s
_SHORT_TERM: Final = 300  # in 3 s
_PIECE: Final = 1 << 16

# Weights by number of channels, in the order L R C LFE, then the backs and sides: 1.41 where a loudspeaker stands
# between 60 and 120 degrees and not high up, none for low frequency effects, else 1 (BS.1770-5, annexes 1 and 3).
WEIGHTS: Final[Mapping[int, tuple[float, ...]]] = MappingProxyType(
    {
        1: (1.0,),  # M
        2: (1.0, 1.0),  # L R
        3: (1.0, 1.0, 1.0),  # L R C
        4: (1.0, 1.0, 1.41, 1.41),  # L R Ls Rs
        5: (1.0, 1.0, 1.0, 1.41, 1.41),  # L R C Ls Rs
        6: (1.0, 1.0, 1.0, 0.0, 1.41, 1.41),  # L R C LFE Ls Rs
        7: (1.0, 1.0, 1.0, 0.0, 1.0, 1.41, 1.41),  # L R C LFE Cs Ls Rs
        8: (1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.41, 1.41),  # L R C LFE Lb Rb Ls Rs
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness:
    """What a meter has read; -inf where there was nothing to hear (LUFS, dB) and 0 for a range of nothing (LU)."""

    integrated_lufs: float
    loudness_range_lu: float
    momentary_max_lufs: float
    short_term_max_lufs: float
    true_peak_dbtp: float
    sample_peak_dbfs: float
    duration_s: float


def weight_of(azimuth_deg: float, elevation_deg: float = 0.0) -> float:
    """The weight of a loudspeaker by where it stands, 0 degrees in front: 1.41 at the sides, else 1.

    Source: ITU-R BS.1770-5, annex 3, table 4.
    """
    return 1.41 if abs(elevation_deg) < 30 and 60 <= abs(azimuth_deg) <= 120 else 1.0


def measure(signal: Signal, *, sample_rate_hz: int, weights: Sequence[float] | None = None) -> Loudness:
    """Everything about a whole signal at once.

    Parameters
    ----------
    signal : (channels, samples) float32
    weights : one a channel; those of `WEIGHTS` if not given
    """
    checked = as_signal(signal)
    meter = Meter(sample_rate_hz, checked.shape[0], weights=weights)
    meter.push(checked)
    return meter.read()


def integrated_lufs(signal: Signal, *, sample_rate_hz: int) -> float:
    """Gated loudness of the whole signal, LUFS; -inf for silence or for less than 0.4 s.

    Parameters
    ----------
    signal : (channels, samples) float32; 5 channels are L R C Ls Rs, 6 are L R C LFE Ls Rs

    Source: ITU-R BS.1770-5, annex 1, eq. (1)-(7).
    """
    checked = as_signal(signal)
    meter = Meter(sample_rate_hz, checked.shape[0], finds_peaks=False)
    meter.push(checked)
    return meter.integrated_lufs()


def k_weighting(sample_rate_hz: int) -> Doubles:
    """The two K filters (shelf for the head, high pass) as second-order sections, (2, 6) float64.

    The analogue prototypes are those behind the 48 kHz table of BS.1770; at 48 kHz the table comes out to 6 digits.
    """
    if sample_rate_hz < 8_000:
        raise OutOfRangeError(f"loudness needs at least 8,000 Hz, not {sample_rate_hz}")
    gain, quality, centre = 10 ** (3.999843853973347 / 20), 0.7071752369554196, 1681.974450955533
    warped = np.tan(np.pi * centre / sample_rate_hz)
    mid = gain**0.4996667741545416
    norm = 1 + warped / quality + warped**2
    shelf = [
        (gain + mid * warped / quality + warped**2) / norm,
        2 * (warped**2 - gain) / norm,
        (gain - mid * warped / quality + warped**2) / norm,
        1.0,
        2 * (warped**2 - 1) / norm,
        (1 - warped / quality + warped**2) / norm,
    ]
    quality, centre = 0.5003270373238773, 38.13547087602444
    warped = np.tan(np.pi * centre / sample_rate_hz)
    norm = 1 + warped / quality + warped**2
    high_pass = [1.0, -2.0, 1.0, 1.0, 2 * (warped**2 - 1) / norm, (1 - warped / quality + warped**2) / norm]
    return np.array([shelf, high_pass], dtype=np.float64)


class Meter:
    """Reads loudness while sound goes by; three hours of it need 3 MB.

    weights : one a channel; those of `WEIGHTS` if not given
    finds_peaks : whether the true peak is looked for, which costs more than all the rest
    """

    def __init__(
        self,
        sample_rate_hz: int,
        channels: int,
        *,
        weights: Sequence[float] | None = None,
        finds_peaks: bool = True,
    ) -> None:
        self._weights = _checked_weights(channels, weights)
        self._rate = sample_rate_hz
        self._sections = k_weighting(sample_rate_hz)
        self._state = np.zeros((2, channels, 2))
        self._peaks = Peaks(sample_rate_hz, channels) if finds_peaks else None
        self._taken = 0
        self._left = np.zeros(0)  # weighted squares of samples that fill no fine step yet
        self._fine = np.zeros((2, 0))  # energy and samples of the latest fine steps
        self._steps: list[Doubles] = []  # energy and samples of every 0.1 s
        self._fine_done = 0
        self._momentary_max = self._short_term_max = 0.0

    def push(self, block: Signal) -> None:
        """Take the next samples, (channels, any) float32.

        Raises
        ------
        ShapeError, ChannelsError
            If they are not finite, or of another number of channels.
        """
        checked = as_signal(block)
        if checked.shape[0] != len(self._weights):
            raise ChannelsError(f"the meter was made for {len(self._weights)} channels, not {checked.shape[0]}")
        for start in range(0, checked.shape[1], _PIECE):
            # In float64, for the high pass loses low levels in float32; in pieces, for memory.
            piece = checked[:, start : start + _PIECE].astype(np.float64)
            if self._peaks is not None:
                self._peaks.push(piece)
            weighted, self._state = filters.sosfilt(self._sections, piece, axis=1, zi=self._state)
            self._state[np.abs(self._state) < 1e-30] = 0.0
            self._add(self._weights @ np.square(weighted))

    def read(self) -> Loudness:
        """What has been heard so far."""
        return Loudness(
            integrated_lufs=self.integrated_lufs(),
            loudness_range_lu=self.loudness_range_lu(),
            momentary_max_lufs=float(lufs(self._momentary_max)),
            short_term_max_lufs=float(lufs(self._short_term_max)),
            true_peak_dbtp=decibels(self._peaks.true_peak()) if self._peaks else SILENCE,
            sample_peak_dbfs=decibels(self._peaks.highest) if self._peaks else SILENCE,
            duration_s=self._taken / self._rate,
        )

    def integrated_lufs(self) -> float:
        """Programme loudness: mean power of the blocks above both gates."""
        loud = _above(self.momentary_powers(), ABSOLUTE_GATE_LUFS)
        if not len(loud):
            return SILENCE
        return float(lufs(_above(loud, float(lufs(loud.mean())) + RELATIVE_GATE_LU).mean()))

    def loudness_range_lu(self) -> float:
        """Distance from the 10th to the 95th percentile of the short-term loudness above both gates.

        Source: EBU Tech 3342, section 3.
        """
        loud = _above(self._powers(_SHORT_TERM // _FINE_PER_STEP), ABSOLUTE_GATE_LUFS)
        if not len(loud):
            return 0.0
        levels = np.sort(lufs(_above(loud, float(lufs(loud.mean())) + RANGE_GATE_LU)))
        low, high = (levels[round((len(levels) - 1) * share)] for share in (0.10, 0.95))
        return float(high - low)

    def momentary_powers(self) -> Doubles:
        """Mean square of each 0.4 s, one every 0.1 s: (blocks,)."""
        return self._powers(_MOMENTARY // _FINE_PER_STEP)

    def short_term_powers(self) -> Doubles:
        """Mean square of each 3 s, one every 0.1 s: (blocks,)."""
        return self._powers(_SHORT_TERM // _FINE_PER_STEP)

    def _powers(self, steps: int) -> Doubles:
        if not self._steps:
            return np.zeros(0)
        return _windows(np.concatenate(self._steps, axis=1), steps)

    def _add(self, squares: Doubles) -> None:
        """Sum squares into fine steps; step k ends before sample (k + 1) * rate // 100."""
        heard = np.concatenate([self._left, squares])
        begin = self._taken - len(self._left)
        self._taken += len(squares)
        last = ((self._taken + 1) * _FINE_HZ - 1) // self._rate
        edges = np.arange(self._fine_done, last + 1) * self._rate // _FINE_HZ - begin
        if len(edges) < 2:
            self._left = heard
            return
        self._left = heard[edges[-1] :].copy()
        energy = np.add.reduceat(heard[: edges[-1]], edges[:-1])
        self._advance(np.stack([energy, np.diff(edges)]), last)

    def _advance(self, fresh: Doubles, last: int) -> None:
        fine = np.concatenate([self._fine, fresh], axis=1)
        for span, name in ((_MOMENTARY, "_momentary_max"), (_SHORT_TERM, "_short_term_max")):
            powers = _windows(fine[:, max(self._fine.shape[1] - span + 1, 0) :], span)
            setattr(self, name, max(getattr(self, name), float(powers.max(initial=0.0))))
        first = self._fine_done - self._fine.shape[1]  # number of the first fine step in `fine`
        begin, end = self._fine_done // _FINE_PER_STEP, last // _FINE_PER_STEP
        if end > begin:
            whole = fine[:, begin * _FINE_PER_STEP - first : end * _FINE_PER_STEP - first]
            self._steps.append(whole.reshape(2, end - begin, _FINE_PER_STEP).sum(axis=2))
        self._fine, self._fine_done = fine[:, -_SHORT_TERM:], last


def lufs(power: Doubles | float) -> Doubles:
    """Weighted mean squares as loudness; -inf for nothing."""
    with np.errstate(divide="ignore"):
        return np.asarray(_OFFSET + 10 * np.log10(power), dtype=np.float64)


def _above(powers: Doubles, gate_lufs: float) -> Doubles:
    return np.asarray(powers[lufs(powers) > gate_lufs])


def _windows(steps: Doubles, span: int) -> Doubles:
    """Mean square of each `span` steps, from (2, steps) energies and sample counts."""
    if steps.shape[1] < span:
        return np.zeros(0)
    energy, samples = np.lib.stride_tricks.sliding_window_view(steps, span, axis=1).sum(axis=2)
    return np.asarray(energy / samples)


def _checked_weights(channels: int, weights: Sequence[float] | None) -> Doubles:
    if weights is None:
        if channels not in WEIGHTS:
            raise ChannelsError(f"{channels} channels have no layout that is known: say their weights")
        weights = WEIGHTS[channels]
    if len(weights) != channels:
        raise ChannelsError(f"{len(weights)} weights for {channels} channels")
    if any(not 0 <= weight <= 10 for weight in weights):
        raise OutOfRangeError("a channel's weight lies in 0..10")
    return np.array(weights, dtype=np.float64)
