"""Recordings: WAV, AIFF, FLAC, Ogg Vorbis and MP3 to a signal and back, through libsndfile."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Final, Literal

import numpy as np
import soundfile

from engine.arrays import Signal, as_signal
from engine.errors import LimitExceededError, OutOfRangeError
from engine.io import ogg
from engine.io.recording import BLOCK_FRAMES, Recording, open_recording

Tell = Callable[[float, float], None]
AudioFormat = Literal["ogg", "wav", "flac", "mp3"]

_WAV_BYTES_MAX: Final = 0xFFFF_FFFF  # its lengths have 32 bits
_WRITTEN_AS: Final[dict[str, tuple[str, str]]] = {
    "ogg": ("OGG", "VORBIS"),
    "wav": ("WAV", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
}


def read(source: bytes | Path) -> tuple[Signal, int]:
    """Decode a recording, from its bytes or from a file; longer ones are read by `engine.io.recording`.

    Returns
    -------
    (channels, samples) float32 with full scale 1.0, and the sampling rate in Hz.

    Raises
    ------
    UnreadableFileError
        If the file is empty, cut off, broken, or holds values that are not finite.
    UnsupportedFormatError
        If the bytes are no recording, or in a coding libsndfile does not know.
    LimitExceededError
        If it is longer or has more channels, or another sampling rate, than `engine.io.limits` allows.
    """
    with open_recording(source) as recording:
        return recording.whole(), recording.sample_rate_hz


def write(signal: Signal, *, sample_rate_hz: int, format: AudioFormat = "ogg", quality: float = 0.5) -> bytes:
    """Encode a signal; values beyond full scale are clipped. The same signal gives the same bytes.

    quality : 0..1 for the lossy formats (0.5 is about 160 kbit/s for stereo Ogg); WAV and FLAC are written with 16 bit.

    Raises
    ------
    OutOfRangeError
        If the format cannot hold the sampling rate or the number of channels.
    """
    container, subtype = _WRITTEN_AS[format]
    frames = np.clip(as_signal(signal).T, -1.0, 1.0)
    target = BytesIO()
    lossy = {"compression_level": 1.0 - quality} if format in ("ogg", "mp3") else {}
    try:
        with soundfile.SoundFile(
            target, "w", sample_rate_hz, frames.shape[1], format=container, subtype=subtype, **lossy
        ) as file:
            # In blocks: the Vorbis encoder keeps a whole write on its stack.
            for start in range(0, len(frames), BLOCK_FRAMES):
                file.write(frames[start : start + BLOCK_FRAMES])
    except soundfile.LibsndfileError as error:
        raise OutOfRangeError(f"{format} cannot hold this signal: {error.error_string}") from None
    return ogg.with_serial(target.getvalue(), 1) if format == "ogg" else target.getvalue()


def transcode(
    recording: Recording, target: Path, *, format: AudioFormat, quality: float = 0.5, tell: Tell | None = None
) -> None:
    """Write an open recording of any length to a file, block by block; the same bytes as `write` gives.

    tell : is called with the seconds done and the seconds in all

    Raises
    ------
    LimitExceededError
        If a WAV file cannot hold so much.
    OutOfRangeError
        As `write`.
    """
    if format == "wav" and recording.frames * recording.channels * 2 + 4096 > _WAV_BYTES_MAX:
        raise LimitExceededError("a wav file holds at most 4 GiB: write a flac file")
    container, subtype = _WRITTEN_AS[format]
    lossy = {"compression_level": 1.0 - quality} if format in ("ogg", "mp3") else {}
    rate, channels = recording.sample_rate_hz, recording.channels
    try:
        with soundfile.SoundFile(str(target), "w", rate, channels, format=container, subtype=subtype, **lossy) as file:
            done = 0
            for block in recording.blocks():
                file.write(np.clip(block.T, -1.0, 1.0))
                done += block.shape[1]
                if tell is not None:
                    tell(done / rate, recording.frames / rate)
    except soundfile.LibsndfileError as error:
        raise OutOfRangeError(f"{format} cannot hold this signal: {error.error_string}") from None
    if format == "ogg":
        ogg.give_serial(target, 1)
