"""A recording as a stream of blocks, from bytes or from a file of any length, in bounded memory."""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final, Literal

import numpy as np
import soundfile

from engine.arrays import Signal, is_finite
from engine.errors import LimitExceededError, UnreadableFileError, UnsupportedFormatError
from engine.io import limits, ogg
from engine.io.sniff import Media, after_id3, mp3_frame_bytes, sniff

BLOCK_FRAMES: Final = 1 << 16
AUDIO_MEDIA: Final = ("wav", "aiff", "flac", "ogg", "mp3")
_HEAD_BYTES: Final = 1 << 20
_UNDECODED: Final = "the {media} file cannot be decoded: it is cut off or damaged"


class Recording:
    """An open recording; `frames` is what the file announces, and an MP3 may hold fewer."""

    def __init__(self, file: soundfile.SoundFile, media: Media) -> None:
        self._file, self.media = file, media
        self.sample_rate_hz, self.channels, self.frames = int(file.samplerate), int(file.channels), int(file.frames)

    @property
    def coding(self) -> str:
        """The coding of its samples as libsndfile names it, such as "PCM_24"."""
        return str(self._file.subtype)

    @property
    def fits_memory(self) -> bool:
        """Whether the whole signal may be held at once."""
        return (
            self.frames * self.channels <= limits.AUDIO_SAMPLES_MAX
            and self.frames // self.sample_rate_hz <= limits.AUDIO_SECONDS_MAX
        )

    def blocks(self, *, start: int = 0, stop: int | None = None, frames: int = BLOCK_FRAMES) -> Iterator[Signal]:
        """Blocks of (channels, at most `frames`) float32 from frame `start` to `stop` or the end.

        Raises
        ------
        UnreadableFileError
            If the sound breaks off, cannot be decoded, or holds values that are not finite; the message says where.
        """
        place, end = start, self.frames if stop is None else min(stop, self.frames)
        try:
            if self._file.tell() != start:
                self._file.seek(start)
            while place < end:
                block = self._file.read(min(frames, end - place), dtype="float32", always_2d=True)
                if not len(block):
                    break
                yield self._checked(np.ascontiguousarray(block.T), place)
                place += len(block)
        except soundfile.LibsndfileError as error:
            raise UnreadableFileError(_UNDECODED.format(media=self.media)) from error
        if self.media == "flac" and place < end:
            raise UnreadableFileError(f"the recording is cut off: {end} frames announced, {place} are there")
        if place == 0 and stop is None:
            raise UnreadableFileError(f"the {self.media} file holds no sound: its length is 0")

    def whole(self) -> Signal:
        """The whole signal, (channels, samples) float32; its memory is only used up as far as there is sound.

        Raises
        ------
        LimitExceededError
            If it is too long to be held at once.
        """
        limits.check_count(self.frames // self.sample_rate_hz, limits.AUDIO_SECONDS_MAX, "seconds")
        limits.check_count(self.frames * self.channels, limits.AUDIO_SAMPLES_MAX, "samples")
        signal = np.empty((self.channels, self.frames), dtype=np.float32)
        count = 0
        for block in self.blocks():
            signal[:, count : count + block.shape[1]] = block
            count += block.shape[1]
        return signal if count == self.frames else np.ascontiguousarray(signal[:, :count])

    def _checked(self, block: Signal, place: int) -> Signal:
        if not is_finite(block):
            seconds = place / self.sample_rate_hz
            raise UnreadableFileError(
                f"the {self.media} file holds values that are not finite, in the block that begins at {seconds:.1f} s"
            )
        return block


@contextmanager
def open_recording(source: bytes | Path) -> Iterator[Recording]:
    """Open a recording for reading block by block.

    Raises
    ------
    UnreadableFileError
        If the file is empty, cut off or broken.
    UnsupportedFormatError
        If it is no recording, or in a coding libsndfile does not know.
    LimitExceededError
        If it is longer or has more channels, or another sampling rate, than `engine.io.limits` allows.
    """
    media = media_of(source)
    if media not in AUDIO_MEDIA:
        raise UnsupportedFormatError(f"this is a {media} file, not a recording")
    if isinstance(source, bytes):
        limits.check_size(source, media)
    with _view(source) as data:
        _check_whole(data, media)
    with _opened(source) as handle, _decoder(handle, media) as file:
        recording = Recording(file, media)
        _check_form(recording)
        yield recording


def _opened(source: bytes | Path) -> BinaryIO:
    return BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _decoder(handle: BinaryIO, media: Media) -> soundfile.SoundFile:
    try:
        # By number: a file's name would decide how it is decoded.
        return soundfile.SoundFile(handle if isinstance(handle, BytesIO) else handle.fileno(), closefd=False)
    except soundfile.LibsndfileError as error:
        raise UnreadableFileError(_UNDECODED.format(media=media)) from error


def media_of(source: bytes | Path) -> Media:
    """As `engine.io.sniff.sniff`; of a file on disk that is a recording only the beginning is read."""
    if isinstance(source, bytes):
        return sniff(source)
    with source.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        if not head:
            raise UnreadableFileError("the file is empty")
        if head[:3] == b"ID3":  # its pictures may fill all that was read
            file.seek(after_id3(head))
            return "flac" if file.read(4) == b"fLaC" else "mp3"
    if head[:4] in (b"RIFF", b"RF64", b"FORM", b"fLaC", b"OggS") or head[:1] == b"\xff":
        return sniff(head)
    return sniff(head if len(head) < _HEAD_BYTES else read_small(source))


def read_small(source: bytes | Path) -> bytes:
    """The bytes of what is no recording; a file larger than any such may be is refused before it is read."""
    if isinstance(source, bytes):
        return source
    size_max = max(limits.BYTES_MAX.values())
    if source.stat().st_size > size_max:
        raise LimitExceededError(f"the file has {source.stat().st_size:,} bytes; at most {size_max:,} are read at once")
    return source.read_bytes()


@contextmanager
def _view(source: bytes | Path) -> Iterator[bytes]:
    """The bytes, or a map of the file that reads like bytes and loads what is looked at."""
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        yield view  # type: ignore[misc]  # slices, indexes and finds as bytes do


def _check_form(recording: Recording) -> None:
    rate = recording.sample_rate_hz
    if not limits.SAMPLE_RATE_HZ_MIN <= rate <= limits.SAMPLE_RATE_HZ_MAX:
        raise LimitExceededError(
            f"a sampling rate of {rate} Hz is outside {limits.SAMPLE_RATE_HZ_MIN}..{limits.SAMPLE_RATE_HZ_MAX} Hz"
        )
    limits.check_count(recording.channels, limits.CHANNELS_MAX, "channels")
    limits.check_count(recording.frames // rate, limits.STREAM_SECONDS_MAX, "seconds")
    limits.check_count(recording.frames * recording.channels, limits.STREAM_SAMPLES_MAX, "samples")


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
