"""A recording in blocks of bounded size: mono, free of DC, at the rate an analysis wants."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import numpy as np
import soxr

from engine.arrays import Mono, Signal, as_signal
from engine.errors import OutOfRangeError, ShapeError
from engine.io import limits

RATE_HZ_MIN, RATE_HZ_MAX = limits.SAMPLE_RATE_HZ_MIN, limits.SAMPLE_RATE_HZ_MAX
BLOCK_S: Final = 20.0

Blocks = Iterable[Signal]
Tell = Callable[[float], None]


def blocks_of(signal: Signal, sample_rate_hz: int) -> Iterator[Signal]:
    """Views of `BLOCK_S` seconds each of a (channels, samples) signal.

    Raises
    ------
    ShapeError
        If the array has more than two axes, no channel or no sample.
    """
    array = np.atleast_2d(np.asarray(signal))
    if array.ndim != 2 or array.shape[0] == 0:
        raise ShapeError(f"a signal has the axes (channels, samples), not {array.shape}")
    if array.shape[1] == 0:
        raise ShapeError("the signal holds no samples")
    step = int(BLOCK_S * sample_rate_hz)
    for start in range(0, array.shape[1], step):
        yield array[:, start : start + step]


def check_rate(sample_rate_hz: int) -> int:
    """The rate, if sound can be heard at it.

    Raises
    ------
    OutOfRangeError
        If it is outside 8,000..192,000 Hz or whatever `engine.io.limits` allows.
    """
    if not RATE_HZ_MIN <= sample_rate_hz <= RATE_HZ_MAX:
        raise OutOfRangeError(f"a sampling rate of {sample_rate_hz} Hz is outside {RATE_HZ_MIN}..{RATE_HZ_MAX} Hz")
    return int(sample_rate_hz)


class Meter:
    """Counts what has passed, and tells it."""

    def __init__(self) -> None:
        self.samples = 0
        self.peak = 0.0


def mono_blocks(blocks: Blocks, sample_rate_hz: int, *, meter: Meter) -> Iterator[Mono]:
    """The mean of the channels, block by block.

    Raises
    ------
    ShapeError
        If a block is no signal or holds a value that is not finite; the message says where.
    """
    for block in blocks:
        try:
            checked = as_signal(block)
        except ShapeError as error:
            place_s = meter.samples / sample_rate_hz
            raise ShapeError(f"{error.message} (in the block that begins at {place_s:.1f} s)") from None
        mono = np.asarray(checked.mean(axis=0), np.float32)
        meter.samples += len(mono)
        meter.peak = max(meter.peak, float(np.abs(mono).max(initial=0.0)))
        yield mono


class Rate:
    """One stream of blocks changed to another rate; what it gives lags behind what it takes."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._stream = None if from_hz == to_hz else soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32")

    def push(self, mono: Mono, *, last: bool = False) -> Mono:
        """What comes out for `mono`; with `last`, all that was held back too."""
        if self._stream is None:
            return mono
        return np.asarray(self._stream.resample_chunk(mono, last=last), np.float32)
