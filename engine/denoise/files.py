"""File to file, in blocks: hours of sound in little memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile

from engine.arrays import Floats, Signal, is_finite
from engine.convert import form_of_name
from engine.denoise.api import profile_of, region_samples
from engine.denoise.stream import Denoiser
from engine.errors import LimitExceededError, OutOfRangeError, UnreadableFileError, UnsupportedFormatError
from engine.io import limits

_BLOCK_FRAMES: Final = 1 << 16
_CONTAINERS: Final = {"wav": "WAV", "flac": "FLAC", "ogg": "OGG", "mp3": "MP3"}
_LOSSY: Final = {"ogg": "VORBIS", "mp3": "MPEG_LAYER_III"}
_KEPT_DEPTHS: Final = ("PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was done to a file."""

    sample_rate_hz: int
    channels: int
    samples: int
    removed_db: float  # energy of what was taken away against what came in; -inf if nothing


def denoise_file(
    source: Path,
    target: Path,
    *,
    method: str,
    strength: float = 1.0,
    noise: tuple[float, float] | None = None,
    estimator: str | None = None,
    is_linked: bool = True,
    form: str | None = None,
    tell: Callable[[float, float], None] | None = None,
) -> Report:
    """Take the noise out of a recording of any length; the samples are those of `denoise`.

    Parameters
    ----------
    source : WAV, AIFF, FLAC, Ogg Vorbis or MP3
    target : written block by block; WAV and FLAC keep the source's bit depth where they can
    is_linked : as `denoise`
    form : "wav", "flac", "ogg" or "mp3"; by the ending of `target` if not given
    tell : is called with the seconds done and the seconds in all

    Raises
    ------
    UnreadableFileError, UnsupportedFormatError
        If the source cannot be decoded, holds values that are not finite, or ends early.
    OutOfRangeError
        As `denoise`, or if the target's format cannot hold the signal.
    """
    wanted = form or form_of_name(target.name)
    if wanted not in _CONTAINERS:
        raise UnsupportedFormatError(f"a recording cannot be written as {wanted}")
    with _opened(source) as reader:
        rate, channels = int(reader.samplerate), int(reader.channels)
        _check_format(rate, channels)
        profile = None if noise is None else _profile(reader, noise)
        stream = Denoiser(
            method=method,
            sample_rate_hz=rate,
            channels=channels,
            strength=strength,
            noise_profile=profile,
            estimator=estimator,
            is_linked=is_linked,
        )
        with created(target, wanted, rate=rate, channels=channels, coding=reader.subtype) as writer:
            return _copy(reader, writer, stream, tell or (lambda done_s, total_s: None))


def _copy(reader: Any, writer: Any, stream: Denoiser, tell: Callable[[float, float], None]) -> Report:
    rate, announced = int(reader.samplerate), int(reader.frames)
    waiting: list[Signal] = []  # what went in and did not come out yet
    before = taken = 0.0
    count = 0

    def give(done: Signal) -> None:
        nonlocal taken
        came = np.concatenate(waiting, axis=1)
        taken += _energy(came[:, : done.shape[1]] - done)
        waiting[:] = [came[:, done.shape[1] :]]
        writer.write(np.clip(done, -1.0, 1.0).T)

    waiting.append(np.zeros((int(reader.channels), 0), dtype=np.float32))
    for block in _blocks(reader):
        before += _energy(block)
        count += block.shape[1]
        waiting.append(block)
        give(stream.process(block))
        tell(count / rate, announced / rate)
    if count < announced and reader.format in ("WAV", "AIFF", "FLAC"):
        raise UnreadableFileError(f"the recording is cut off: {announced} frames announced, {count} are there")
    give(stream.flush())
    removed_db = float(10 * np.log10(taken / before)) if taken > 0 and before > 0 else float("-inf")
    return Report(sample_rate_hz=rate, channels=int(reader.channels), samples=count, removed_db=removed_db)


def _blocks(reader: Any) -> Iterator[Signal]:
    while True:
        try:
            frames = reader.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise UnreadableFileError(f"the file cannot be decoded: {error.error_string}") from None
        if not len(frames):
            return
        if not is_finite(frames):
            raise UnreadableFileError("the file holds values that are not finite")
        yield np.ascontiguousarray(frames.T)


def _profile(reader: Any, noise: tuple[float, float]) -> Floats:
    rate = int(reader.samplerate)
    first, last = region_samples(noise, sample_rate_hz=rate, samples=int(reader.frames))
    limits.check_count(
        (last - first) * int(reader.channels), limits.AUDIO_SAMPLES_MAX, "samples in the region of noise"
    )
    reader.seek(first)
    region = reader.read(last - first, dtype="float32", always_2d=True)
    reader.seek(0)
    if len(region) < last - first or not is_finite(region):
        raise UnreadableFileError("the region of noise cannot be read")
    return profile_of(np.ascontiguousarray(region.T), sample_rate_hz=rate)


def _opened(source: Path) -> Any:
    source.open("rb").close()  # an OSError says what is wrong with the path
    try:
        return soundfile.SoundFile(source)
    except soundfile.LibsndfileError as error:
        if source.stat().st_size == 0:
            raise UnreadableFileError("the file is empty") from None
        raise UnsupportedFormatError(f"this is no recording that can be read: {error.error_string}") from None


def created(target: Path, form: str, *, rate: int, channels: int, coding: str) -> Any:
    """A recording to write to, of the depth that `coding` names where the form has it.

    Raises
    ------
    UnsupportedFormatError, OutOfRangeError
        If the form is none for recordings, or cannot hold the signal.
    """
    if form not in _CONTAINERS:
        raise UnsupportedFormatError(f"a recording cannot be written as {form}")
    depth = coding if coding in _KEPT_DEPTHS else "PCM_16"
    if not soundfile.check_format(_CONTAINERS[form], depth):
        depth = "PCM_24"
    try:
        return soundfile.SoundFile(
            target, "w", rate, channels, format=_CONTAINERS[form], subtype=_LOSSY.get(form, depth)
        )
    except soundfile.LibsndfileError as error:
        raise OutOfRangeError(f"{form} cannot hold this signal: {error.error_string}") from None


def _check_format(rate: int, channels: int) -> None:
    if not limits.SAMPLE_RATE_HZ_MIN <= rate <= limits.SAMPLE_RATE_HZ_MAX:
        raise LimitExceededError(
            f"a sampling rate of {rate} Hz is outside {limits.SAMPLE_RATE_HZ_MIN}..{limits.SAMPLE_RATE_HZ_MAX} Hz"
        )
    limits.check_count(channels, limits.CHANNELS_MAX, "channels")


def _energy(signal: Signal) -> float:
    return float(np.square(signal, dtype=np.float64).sum())
