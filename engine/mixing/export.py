"""A finished mix as a file: dithered 16 or 24 bit, or a lossy coding."""

from io import BytesIO
from typing import Final, Literal

import numpy as np
import soundfile

from engine.arrays import Signal, as_signal
from engine.dsp.dither import quantised
from engine.errors import OutOfRangeError
from engine.io import audio

ExportFormat = Literal["wav", "flac", "ogg", "mp3"]

# Channel order in every file that we write, as WAVE_FORMAT_EXTENSIBLE has it.
CHANNEL_ORDER: Final[dict[int, tuple[str, ...]]] = {
    1: ("M",),
    2: ("L", "R"),
    5: ("L", "R", "C", "Ls", "Rs"),
    6: ("L", "R", "C", "LFE", "Ls", "Rs"),
    8: ("L", "R", "C", "LFE", "Lb", "Rb", "Ls", "Rs"),
}
_BLOCK_FRAMES: Final = 1 << 16


def export(
    signal: Signal, *, sample_rate_hz: int, format: ExportFormat = "wav", bits: int = 24, seed: int = 0
) -> bytes:
    """Encode `signal`, beyond full scale clipped; the same signal and seed give the same bytes.

    Parameters
    ----------
    signal : (channels, samples) float32, in the order of `CHANNEL_ORDER`
    bits : 16 or 24, for WAV and FLAC, which are dithered (TPDF); ogg and mp3 keep no bits

    Raises
    ------
    OutOfRangeError
        If the format cannot hold the sampling rate, the channels or the bits.
    """
    checked = as_signal(signal)
    if format in ("ogg", "mp3"):
        return audio.write(checked, sample_rate_hz=sample_rate_hz, format=format)
    # libsndfile takes whole numbers as 32 bit, the wanted ones on top.
    frames = np.ascontiguousarray(quantised(checked, bits=bits, seed=seed).T) << (32 - bits)
    container = "FLAC" if format == "flac" else "WAVEX" if checked.shape[0] > 2 else "WAV"
    target = BytesIO()
    try:
        with soundfile.SoundFile(
            target, "w", sample_rate_hz, frames.shape[1], format=container, subtype=f"PCM_{bits}"
        ) as file:
            for start in range(0, len(frames), _BLOCK_FRAMES):
                file.write(frames[start : start + _BLOCK_FRAMES])
    except soundfile.LibsndfileError as error:
        raise OutOfRangeError(f"{format} cannot hold this signal: {error.error_string}") from None
    return target.getvalue()
