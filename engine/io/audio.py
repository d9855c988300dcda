"""Recordings: WAV, AIFF, FLAC, Ogg Vorbis and MP3 to a signal and back, through libsndfile."""

from io import BytesIO
from typing import Final, Literal

import numpy as np
import soundfile

from engine.arrays import Signal, as_signal, is_finite
from engine.errors import LimitExceededError, OutOfRangeError, UnreadableFileError, UnsupportedFormatError
from engine.io import limits, ogg
from engine.io.sniff import mp3_frame_bytes, sniff

AudioFormat = Literal["ogg", "wav", "flac", "mp3"]

_BLOCK_FRAMES: Final = 1 << 16
_AUDIO: Final = ("wav", "aiff", "flac", "ogg", "mp3")
_WRITTEN_AS: Final[dict[str, tuple[str, str]]] = {
    "ogg": ("OGG", "VORBIS"),
    "wav": ("WAV", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
}


def read(data: bytes) -> tuple[Signal, int]:
    """Decode a recording.

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
    media = sniff(data)
    if media not in _AUDIO:
        raise UnsupportedFormatError(f"this is a {media} file, not a recording")
    limits.check_size(data, media)
    _check_whole(data, media)
    try:
        with soundfile.SoundFile(BytesIO(data)) as file:
            rate = int(file.samplerate)
            _check_format(rate, int(file.channels))
            signal = _frames(file, rate, exact=media == "flac")
    except soundfile.LibsndfileError as error:
        raise UnreadableFileError(f"the {media} file cannot be decoded: {error.error_string}") from None
    if signal.shape[1] == 0:
        raise UnreadableFileError(f"the {media} file holds no sound: its length is 0")
    if not is_finite(signal):
        raise UnreadableFileError(f"the {media} file holds values that are not finite")
    return signal, rate


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
            for start in range(0, len(frames), _BLOCK_FRAMES):
                file.write(frames[start : start + _BLOCK_FRAMES])
    except soundfile.LibsndfileError as error:
        raise OutOfRangeError(f"{format} cannot hold this signal: {error.error_string}") from None
    return ogg.with_serial(target.getvalue(), 1) if format == "ogg" else target.getvalue()


def _check_format(rate: int, channels: int) -> None:
    if not limits.SAMPLE_RATE_HZ_MIN <= rate <= limits.SAMPLE_RATE_HZ_MAX:
        raise LimitExceededError(
            f"a sampling rate of {rate} Hz is outside {limits.SAMPLE_RATE_HZ_MIN}..{limits.SAMPLE_RATE_HZ_MAX} Hz"
        )
    limits.check_count(channels, limits.CHANNELS_MAX, "channels")


def _frames(file: soundfile.SoundFile, rate: int, *, exact: bool) -> Signal:
    """Decode block by block into one array; its memory is only used up as far as there is sound."""
    announced, channels = int(file.frames), int(file.channels)
    limits.check_count(announced // rate, limits.AUDIO_SECONDS_MAX, "seconds")
    limits.check_count(announced * channels, limits.AUDIO_SAMPLES_MAX, "samples")
    signal = np.empty((channels, announced), dtype=np.float32)
    count = 0
    while count < announced:
        block = file.read(min(_BLOCK_FRAMES, announced - count), dtype="float32", always_2d=True)
        if not len(block):
            break
        signal[:, count : count + len(block)] = block.T
        count += len(block)
    if exact and count < announced:
        raise UnreadableFileError(f"the recording is cut off: {announced} frames announced, {count} are there")
    return signal if count == announced else np.ascontiguousarray(signal[:, :count])


def _check_whole(data: bytes, media: str) -> None:
    """Refuse a file that ends early: the decoders would return the rest without a word."""
    if media in ("wav", "aiff"):
        _check_chunks(data, media)
    elif media == "ogg":
        ogg.check_whole(data)
    elif media == "mp3":
        _check_mp3(data)


def _check_chunks(data: bytes, media: str) -> None:
    order: Literal["little", "big"] = "little" if media == "wav" else "big"
    position, sound = 12, b"data" if media == "wav" else b"SSND"
    if data[:4] == b"RF64":
        return  # 64-bit sizes stand elsewhere; libsndfile reads what is there
    while position + 8 <= len(data):
        kind = data[position : position + 4]
        length = int.from_bytes(data[position + 4 : position + 8], order)
        if kind == sound:
            there = len(data) - position - 8
            if length > there and length < 0xFFFF_FF00:  # the topmost lengths mean "written to a pipe, unknown"
                raise UnreadableFileError(
                    f"the {media} file is cut off: {length} bytes of sound announced, {there} there"
                )
            return
        position += 8 + length + length % 2
    raise UnreadableFileError(f"the {media} file is cut off before its sound begins")


def _check_mp3(data: bytes) -> None:
    position, found = 0, 0
    if data[:3] == b"ID3" and len(data) > 10:
        position = 10 + sum(byte << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
        if position > len(data):
            raise UnreadableFileError("the mp3 file is cut off inside its tag")
    while position + 4 <= len(data):
        length = mp3_frame_bytes(data[position : position + 4])
        if length == 0:
            if found:
                break  # a tag at the end, or padding
            position += 1
            continue
        if position + length > len(data):
            raise UnreadableFileError(f"the mp3 file is cut off inside frame {found + 1}")
        found += 1
        position += length
    if not found:
        raise UnreadableFileError("the mp3 file holds no whole frame")
    announced = _announced_mp3_frames(data)
    if found - 1 < announced:
        raise UnreadableFileError(f"the mp3 file is cut off: {announced} frames announced, {found - 1} are there")


def _announced_mp3_frames(data: bytes) -> int:
    """Number of frames that the encoder's index (Xing, Info) in the first frame gives; 0 where there is none."""
    for word in (b"Xing", b"Info"):
        place = data.find(word, 0, 1 << 17)
        if place >= 0 and int.from_bytes(data[place + 4 : place + 8], "big") & 1:
            return int.from_bytes(data[place + 8 : place + 12], "big")
    return 0
