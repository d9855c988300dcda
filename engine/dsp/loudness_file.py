"""Loudness of a recording of any length, block by block."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from engine.dsp.loudness import Loudness, Meter
from engine.errors import LimitExceededError, UnreadableFileError
from engine.io import limits

_BLOCK_FRAMES: Final = 1 << 16


def measure_file(
    source: Path, *, weights: Sequence[float] | None = None, tell: Callable[[float, float], None] | None = None
) -> tuple[Loudness, int, int]:
    """Read `source` once in constant memory.

    tell : is called with the seconds done and the seconds in all

    Returns
    -------
    What the meter read, the sampling rate in Hz and the number of channels.

    Raises
    ------
    UnreadableFileError, LimitExceededError, ChannelsError
        If the file cannot be decoded, holds values that are not finite, or has a rate or channels beyond the limits.
    """
    source.open("rb").close()  # an OSError says what is wrong with the path
    try:
        with soundfile.SoundFile(source) as reader:
            rate, channels = int(reader.samplerate), int(reader.channels)
            if not limits.SAMPLE_RATE_HZ_MIN <= rate <= limits.SAMPLE_RATE_HZ_MAX:
                raise LimitExceededError(f"a sampling rate of {rate} Hz is outside the limits")
            limits.check_count(channels, limits.CHANNELS_MAX, "channels")
            meter, done = Meter(rate, channels, weights=weights), 0
            while len(frames := reader.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)):
                if not np.isfinite(frames.sum(dtype=np.float64)):
                    raise UnreadableFileError("the file holds values that are not finite")
                meter.push(np.ascontiguousarray(frames.T))
                done += len(frames)
                if tell is not None:
                    tell(done / rate, reader.frames / rate)
    except soundfile.LibsndfileError as error:
        empty = source.stat().st_size == 0
        reason = "the file is empty" if empty else f"this is no recording that can be decoded: {error.error_string}"
        raise UnreadableFileError(reason) from None
    return meter.read(), rate, channels
