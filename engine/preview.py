"""What a visitor may hear before buying: at most half a minute, lossy, for every kind of element."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from engine.arrays import Signal
from engine.dsp import loudness
from engine.dsp.resample import resample
from engine.io import audio, mix_setting, notes, soundfont
from engine.io.recording import AUDIO_MEDIA, Recording, media_of, open_recording, read_small
from engine.mixing import apply, mix, mixdown
from engine.score import Score
from engine.timbre import phrases, sampler

SECONDS_MAX: Final = 30.0
_RATE_HZ: Final = 44_100
_QUALITY: Final = 0.3
_LOUDNESS_LUFS: Final = -16.0
_DRY_LUFS: Final = -20.0
_PEAK_MAX: Final = 0.89  # -1 dBFS
_FADE_S: Final = 0.5


def listenable(source: bytes | Path, *, seconds_max: float = SECONDS_MAX, bank: Path | bytes | None = None) -> bytes:
    """An Ogg Vorbis preview of any file the library takes; the same file gives the same bytes.

    Recordings: their loudest stretch. Notes: played by the library's instruments from the first note on. Sounds: a
    phrase with their first preset. Mix settings: a phrase of a small band through the chain.

    Raises
    ------
    EngineError
        As the reader of the file's kind, and MissingBankError where the library's instruments are not installed.
    """
    return audio.write(signal(source, seconds_max=seconds_max, bank=bank), sample_rate_hz=_RATE_HZ, quality=_QUALITY)


def signal(source: bytes | Path, *, seconds_max: float = SECONDS_MAX, bank: Path | bytes | None = None) -> Signal:
    """The preview before it is encoded: (1 or 2, samples) float32 at 44.1 kHz."""
    media = media_of(source)
    if media in AUDIO_MEDIA:
        with open_recording(source) as recording:
            return _excerpt(recording, seconds_max)
    data = read_small(source)
    if media in notes.MEDIA:
        return _levelled(_played(notes.read(data), seconds_max, bank))
    if media in ("sf2", "sf3"):
        score = phrases.for_preset(soundfont.read(data).presets[0])
        return _levelled(sampler.render(score, sample_rate_hz=_RATE_HZ, bank=data, seconds_max=seconds_max))
    if mix.is_mix(data):
        return _mixed(mix.read(data), seconds_max, bank)
    setting = mix_setting.read(data)
    dry = _levelled(_played(phrases.band(), seconds_max, bank), target_lufs=_DRY_LUFS)
    return _safe(apply(dry, setting, sample_rate_hz=_RATE_HZ)[:, : int(seconds_max * _RATE_HZ)])


def _played(score: Score, seconds_max: float, bank: Path | bytes | None) -> Signal:
    first = min((note.onset for note in score.notes()), default=score.end)
    heard = score.between(first, max(score.end, first) + 1) if first > 0 else score
    return sampler.render(heard, sample_rate_hz=_RATE_HZ, bank=bank, seconds_max=seconds_max)


def _mixed(found: mix.Mix, seconds_max: float, bank: Path | bytes | None) -> Signal:
    """A phrase of a small band through the console: its players take the tracks in turn."""
    band = phrases.band()
    sources: dict[str, Signal] = {}
    for index, strip in enumerate(found.tracks):
        player = replace(band, parts=(band.parts[index % len(band.parts)],))
        sources[strip.name] = (
            _played(player, seconds_max, bank) if index < len(band.parts) else np.zeros((2, 1), np.float32)
        )
    heard = mixdown(found, sources, sample_rate_hz=_RATE_HZ) if sources else np.zeros((2, 1), np.float32)
    return _levelled(heard[:, : int(seconds_max * _RATE_HZ)])


def _excerpt(recording: Recording, seconds_max: float) -> Signal:
    """The loudest stretch of `seconds_max`, in whole seconds, as one or two channels with soft edges."""
    rate = recording.sample_rate_hz
    length = int(seconds_max * rate)
    start = _loudest(recording, length) if recording.frames > length else 0
    part = np.concatenate(list(recording.blocks(start=start, stop=start + length)), axis=1)
    if part.shape[0] > 2:
        # Front left and right, each with a share of the others: good enough to know the piece.
        rest = part[2:].mean(axis=0, keepdims=True)
        part = part[:2] * np.float32(0.7) + rest * np.float32(0.5)
    cut = np.array(resample(part, from_hz=rate, to_hz=_RATE_HZ))
    fade = min(int(_FADE_S * _RATE_HZ), cut.shape[1] // 4)
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    if start > 0:
        cut[:, :fade] *= ramp
    if start + length < recording.frames:
        cut[:, cut.shape[1] - fade :] *= ramp[::-1]
    return _safe(cut[:, : int(seconds_max * _RATE_HZ)])


def _loudest(recording: Recording, length: int) -> int:
    """First frame of the loudest `length` frames, heard second by second."""
    rate = recording.sample_rate_hz
    energy = [float(np.square(second).mean()) for second in recording.blocks(frames=rate) if second.shape[1] == rate]
    sums = np.concatenate([[0.0], np.cumsum(energy)])
    span = max(length // rate, 1)
    windows = sums[span:] - sums[:-span]
    return int(np.argmax(np.round(windows, 9))) * rate if len(windows) else 0


def _levelled(heard: Signal, *, target_lufs: float = _LOUDNESS_LUFS) -> Signal:
    """Brought to the loudness of the other previews, as far as its peak allows."""
    level = loudness.integrated_lufs(heard, sample_rate_hz=_RATE_HZ)
    if not np.isfinite(level):
        return _safe(heard)
    return _safe(heard * np.float32(10 ** ((target_lufs - level) / 20)))


def _safe(heard: Signal) -> Signal:
    peak = float(np.abs(heard).max(initial=0.0))
    return heard * np.float32(_PEAK_MAX / peak) if peak > _PEAK_MAX else heard
