"""All that is heard in one recording: whole where it fits into memory, else block by block in bounded memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.analysis import fingerprint, key, peaks, tempo
from engine.arrays import Floats, Mono, Signal, to_mono
from engine.dsp import loudness
from engine.dsp.resample import resample
from engine.errors import UnreadableFileError
from engine.io.recording import Recording
from engine.picture import COLUMNS, Picture
from engine.picture import of_signal as picture_of

_ANALYSED_S: Final = 240  # tempo and key are heard in the first four minutes
_HEARD_HZ_MAX: Final = 48_000  # above it, nothing that tempo, key and sketch listen for
_OUTLINE_FRAMES: Final = 1024
_SKETCHED_S: Final = 240
_OVERLAP_S: Final = 4
_SHOTS: Final = 4 * COLUMNS  # moments that the picture looks at
_SHOT_FRAMES: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a description says of a recording; units in the names, levels may be -inf."""

    frames: int
    tempo_bpm: float | None
    key: str | None
    integrated_lufs: float
    true_peak_dbtp: float
    peaks: tuple[tuple[float, float], ...]
    fingerprint: tuple[int, ...]
    picture: Picture


def of_signal(recording: Recording) -> Heard:
    """Hear a recording that fits into memory; errors as `Recording.whole`."""
    signal, rate = recording.whole(), recording.sample_rate_hz
    mono, level = to_mono(signal), loudness.measure(signal, sample_rate_hz=rate)
    heard, heard_hz = _lowered(mono[: _ANALYSED_S * rate], rate)
    found = key.of_signal(heard, sample_rate_hz=heard_hz)
    return Heard(
        frames=signal.shape[1],
        tempo_bpm=tempo.of_signal(heard, sample_rate_hz=heard_hz),
        key=found,
        integrated_lufs=level.integrated_lufs,
        true_peak_dbtp=level.true_peak_dbtp,
        peaks=peaks.peaks(signal),
        fingerprint=fingerprint.of_signal(mono, sample_rate_hz=rate),
        picture=picture_of(mono, sample_rate_hz=rate, key=found),
    )


def of_stream(recording: Recording, *, tell: Callable[[float, float], None] | None = None) -> Heard:
    """Hear a recording of any length in one pass; `tell` is called with the seconds heard and the seconds in all.

    Where it differs from `of_signal`: the outline is taken from pieces of 1,024 frames, the sketch from stretches of
    four minutes that overlap, and the picture from 192 moments. Loudness and true peak are the same.

    Raises
    ------
    UnreadableFileError
        As `Recording.blocks`.
    """
    listener = _Listener(recording)
    for block in recording.blocks():
        listener.hear(block)
        if tell is not None:
            tell(listener.frames / recording.sample_rate_hz, recording.frames / recording.sample_rate_hz)
    return listener.heard()


def _lowered(mono: Mono, rate: int) -> tuple[Mono, int]:
    if rate <= _HEARD_HZ_MAX:
        return mono, rate
    return resample(mono[np.newaxis], from_hz=rate, to_hz=_HEARD_HZ_MAX)[0], _HEARD_HZ_MAX


class _Listener:
    """Takes blocks in order and keeps little of each."""

    def __init__(self, recording: Recording) -> None:
        self.rate, self.frames = recording.sample_rate_hz, 0
        self.step = max(recording.frames // _SHOTS, _SHOT_FRAMES)  # frames from one moment of the picture to the next
        self.meter = loudness.Meter(self.rate, recording.channels)
        self.lows: list[Floats] = []
        self.highs: list[Floats] = []
        self.start: list[Mono] = []
        self.shots: list[Mono] = []
        self.stretch: list[Mono] = []
        self.stretch_frames = 0
        self.sketch: set[int] = set()

    def hear(self, block: Signal) -> None:
        """Take the next block, (channels, frames)."""
        mono = to_mono(block)
        self.meter.push(block)
        for low, high in _extremes(block):
            self.lows.append(low)
            self.highs.append(high)
        if self.frames < _ANALYSED_S * self.rate:
            self.start.append(mono[: _ANALYSED_S * self.rate - self.frames])
        self._look(mono)
        self._sketch(mono)
        self.frames += len(mono)

    def heard(self) -> Heard:
        """All together, after the last block."""
        if not self.frames:
            raise UnreadableFileError("the recording holds no sound: its length is 0")
        self._end_stretch(0)
        start, heard_hz = _lowered(np.concatenate(self.start), self.rate)
        found = key.of_signal(start, sample_rate_hz=heard_hz)
        level = self.meter.read()
        outline = np.stack([np.concatenate(self.lows), np.concatenate(self.highs)])
        return Heard(
            frames=self.frames,
            tempo_bpm=tempo.of_signal(start, sample_rate_hz=heard_hz),
            key=found,
            integrated_lufs=level.integrated_lufs,
            true_peak_dbtp=level.true_peak_dbtp,
            peaks=peaks.peaks(outline),
            fingerprint=tuple(sorted(self.sketch)[: fingerprint.SKETCH_MAX]),
            picture=picture_of(np.concatenate(self.shots), sample_rate_hz=self.rate, key=found),
        )

    def _look(self, mono: Mono) -> None:
        """Keep the frames of this block that belong to a moment of the picture."""
        place = self.frames
        while place < self.frames + len(mono):
            inside = place % self.step
            if inside >= _SHOT_FRAMES:
                place += self.step - inside
                continue
            length = min(_SHOT_FRAMES - inside, self.frames + len(mono) - place)
            self.shots.append(mono[place - self.frames : place - self.frames + length].copy())
            place += length

    def _sketch(self, mono: Mono) -> None:
        self.stretch.append(mono)
        self.stretch_frames += len(mono)
        if self.stretch_frames >= _SKETCHED_S * self.rate:
            self._end_stretch(_OVERLAP_S * self.rate)

    def _end_stretch(self, kept_frames: int) -> None:
        whole = np.concatenate(self.stretch)
        if len(whole) > _OVERLAP_S * self.rate or not self.sketch:
            low, rate = _lowered(whole, self.rate)
            self.sketch.update(fingerprint.of_signal(low, sample_rate_hz=rate))
            self.sketch = set(sorted(self.sketch)[: fingerprint.SKETCH_MAX])
        rest = whole[len(whole) - kept_frames :].copy() if kept_frames else whole[:0]
        self.stretch, self.stretch_frames = [rest], len(rest)


def _extremes(block: Signal) -> Iterator[tuple[Floats, Floats]]:
    """Least and greatest values of pieces of the block."""
    starts = np.arange(0, block.shape[1], _OUTLINE_FRAMES)
    yield (
        np.minimum.reduceat(block.min(axis=0), starts),
        np.maximum.reduceat(block.max(axis=0), starts),
    )
