"""Four times the sampling rate and back, in two half-band steps that keep their state between blocks.

A half-band filter has every other tap zero, so one of its two phases is a plain delay. The odd phase at distance
k - Z + 1/2 samples, k = 0..2Z-1, is g[k] = sinc(k - Z + 1/2) times a Kaiser window of 2Z points' span, scaled to sum 1.
"""

from typing import Final

import numpy as np

from engine.arrays import Doubles

FACTOR: Final = 4
_REACH: Final = (16, 6)  # Z of the step to 2x, and of the step from 2x to 4x, which may be short
_BETA: Final = 7.0
LATENCY: Final = _REACH[0] + _REACH[1] // 2  # samples at the low rate, one way


def odd_phase(reach: int) -> Doubles:
    """The taps between two samples, (2 * reach,) float64, symmetrical, sum 1."""
    at = np.arange(2 * reach) - reach + 0.5
    window = np.i0(_BETA * np.sqrt(1 - np.square(at / reach))) / np.i0(_BETA)
    taps = np.sinc(at) * window
    return np.asarray(taps / taps.sum(), dtype=np.float64)


class _Doubler:
    """(channels, samples) to (channels, 2 * samples), `reach` samples late."""

    def __init__(self, reach: int, channels: int) -> None:
        self._taps, self._reach = odd_phase(reach), reach
        self._past = np.zeros((channels, 2 * reach))

    def run(self, block: Doubles) -> Doubles:
        count, reach = block.shape[1], self._reach
        heard = np.concatenate([self._past, block], axis=1)
        self._past = heard[:, count:]
        out = np.empty((block.shape[0], 2 * count))
        out[:, 0::2] = heard[:, reach : reach + count]
        for row, line in zip(out, heard, strict=True):
            row[1::2] = np.convolve(line[1:], self._taps, mode="valid")
        return out


class _Halver:
    """(channels, 2 * samples) to (channels, samples), `reach` samples (of the low rate) late."""

    def __init__(self, reach: int, channels: int) -> None:
        self._taps, self._reach = odd_phase(reach), reach
        self._past = np.zeros((channels, 4 * reach))

    def run(self, block: Doubles) -> Doubles:
        count, reach = block.shape[1] // 2, self._reach
        heard = np.concatenate([self._past, block], axis=1)
        self._past = heard[:, 2 * count :]
        even, odd = heard[:, 0::2], heard[:, 1::2]
        out = np.empty((block.shape[0], count))
        for row, on, between in zip(out, even, odd, strict=True):
            row[:] = (on[reach : reach + count] + np.convolve(between[:-1], self._taps, mode="valid")) / 2
        return out


class Upsampler:
    """(channels, samples) to (channels, 4 * samples), `LATENCY` low-rate samples late."""

    def __init__(self, channels: int) -> None:
        self._steps = [_Doubler(reach, channels) for reach in _REACH]

    def run(self, block: Doubles) -> Doubles:
        """The next block."""
        for step in self._steps:
            block = step.run(block)
        return block


class Downsampler:
    """(channels, 4 * samples) to (channels, samples), `LATENCY` low-rate samples late."""

    def __init__(self, channels: int) -> None:
        self._steps = [_Halver(reach, channels) for reach in reversed(_REACH)]

    def run(self, block: Doubles) -> Doubles:
        """The next block."""
        for step in self._steps:
            block = step.run(block)
        return block
