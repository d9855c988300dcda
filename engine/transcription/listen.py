"""From a recording to everything heard in it, block by block."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from scipy import signal as filters

from engine.analysis import beats, chords, chroma, key, meter
from engine.arrays import Doubles, Mono, Signal
from engine.errors import OutOfRangeError
from engine.transcription.blocks import Blocks, Meter, Rate, blocks_of, check_rate, mono_blocks
from engine.transcription.drums import DrumEar
from engine.transcription.ears import Ear, MonoEar, PolyEar
from engine.transcription.values import (
    ChordSpan,
    DetectedNote,
    KeyGuess,
    MeterGuess,
    TempoPoint,
    Texture,
    Transcription,
)

Progress = Callable[[float], None]
Heard = Callable[[Sequence[DetectedNote]], None]

BPM_MIN, BPM_MAX = 20.0, 400.0
DEFAULT_BPM: Final = 120.0
_RATE_HZ: Final = beats.RATE_HZ
_RUMBLE_HZ: Final = 10.0
_TEMPO_SLACK: Final = 0.02  # a beat may be this share of its length off before the tempo map gets a new point


def transcribe(
    signal: Signal,
    *,
    sample_rate_hz: int,
    texture: Texture = "poly",
    tempo_bpm: float | None = None,
    progress: Progress | None = None,
    heard: Heard | None = None,
) -> Transcription:
    """Hear notes, beats, chords and key in a recording.

    Parameters
    ----------
    signal : (samples,) or (channels, samples), full scale 1.0; a memory map is read block by block
    texture : "mono" for one voice or instrument line, "poly" for everything else with pitch, "drums"
    tempo_bpm : the project's tempo, whose grid begins at the first sample; estimated with a tempo map if not given
    progress : called with the share done, 0..1
    heard : called with the notes that have ended, as soon as they are known (mono and drums: all at the end)

    Raises
    ------
    ShapeError
        If the signal is no signal, is empty, or holds a value that is not finite.
    OutOfRangeError
        If the rate is outside 8,000..192,000 Hz or the tempo outside 20..400.
    MissingModelError
        If the package with the texture's network is not installed.
    """
    total = int(np.shape(signal)[-1]) if np.ndim(signal) else 0
    return transcribe_blocks(
        blocks_of(signal, check_rate(sample_rate_hz)),
        sample_rate_hz=sample_rate_hz,
        texture=texture,
        tempo_bpm=tempo_bpm,
        progress=(lambda samples: progress(min(samples / max(total, 1), 1.0))) if progress else None,
        heard=heard,
    )


def transcribe_blocks(
    blocks: Blocks,
    *,
    sample_rate_hz: int,
    texture: Texture = "poly",
    tempo_bpm: float | None = None,
    progress: Callable[[int], None] | None = None,
    heard: Heard | None = None,
) -> Transcription:
    """`transcribe` for a signal that arrives in (channels, samples) blocks, of any length in all.

    Memory stays bounded by a block plus a few kilobytes a second of sound. `progress` is told the samples taken so far.
    """
    rate = check_rate(sample_rate_hz)
    if tempo_bpm is not None and not BPM_MIN <= tempo_bpm <= BPM_MAX:
        raise OutOfRangeError(f"a tempo of {tempo_bpm} is outside {BPM_MIN:g}..{BPM_MAX:g} beats a minute")
    ear, listener = _ear(texture, rate), _Listener(rate)
    meter_of = Meter()
    notes: list[DetectedNote] = []
    for mono in mono_blocks(blocks, rate, meter=meter_of):
        low, clean = listener.push(mono)
        _tell(ear.push(clean if texture == "mono" else low), notes, heard)
        if progress is not None:
            progress(meter_of.samples)
    low, _ = listener.finish()
    rest = ear.push(low) if texture != "mono" else []
    _tell([*rest, *ear.finish()], notes, heard)
    return _joined(texture, meter_of.samples / rate, notes, listener, tempo_bpm)


def _ear(texture: Texture, rate: int) -> Ear:
    if texture == "mono":
        return MonoEar(rate)
    if texture == "poly":
        return PolyEar()
    if texture == "drums":
        return DrumEar()
    raise OutOfRangeError(f"a texture is mono, poly or drums, not {texture!r}")


def _tell(found: list[DetectedNote], notes: list[DetectedNote], heard: Heard | None) -> None:
    notes += found
    if found and heard is not None:
        heard(found)


class _Listener:
    """What every texture needs: rumble and DC taken off, beats and chroma gathered."""

    def __init__(self, rate: int) -> None:
        self._sections = filters.butter(2, _RUMBLE_HZ, "highpass", fs=rate, output="sos")
        self._state: Doubles | None = None
        self._rate = Rate(rate, _RATE_HZ)
        self.onsets = beats.OnsetGatherer()
        self.chroma = chroma.ChromaGatherer()

    def push(self, mono: Mono) -> tuple[Mono, Mono]:
        """The block at 22,050 Hz, and at its own rate."""
        if not len(mono):
            return mono, mono
        if self._state is None:
            # Settled on the first sample, so that a constant offset makes no click.
            self._state = filters.sosfilt_zi(self._sections) * float(mono[0])
        clean, self._state = filters.sosfilt(self._sections, mono, zi=self._state)
        return self._gather(self._rate.push(np.asarray(clean, np.float32))), np.asarray(clean, np.float32)

    def finish(self) -> tuple[Mono, Mono]:
        """What the change of rate held back."""
        empty = np.zeros(0, np.float32)
        return self._gather(self._rate.push(empty, last=True)), empty

    def _gather(self, low: Mono) -> Mono:
        self.onsets.push(low)
        self.chroma.push(low)
        return low


def _joined(
    texture: Texture, duration_s: float, notes: list[DetectedNote], listener: _Listener, tempo_bpm: float | None
) -> Transcription:
    registers, rows = listener.onsets.finish(), listener.chroma.finish()
    pulse = beats.beats_of(registers) if notes else None
    if tempo_bpm is not None:
        beat_s = 60 / tempo_bpm
        times = tuple(round(index * beat_s, 6) for index in range(int(duration_s / beat_s) + 1))
        points: tuple[TempoPoint, ...] = (TempoPoint(at_s=0.0, bpm=tempo_bpm),)
    else:
        times = pulse.times_s if pulse else ()
        points = tempo_map(times)
    guess = meter.of_beats(times, registers, rows) if len(times) >= 8 and notes else None
    tonal = texture != "drums" and bool(notes)
    spans = chords.of_chroma(rows, times) if tonal else ()
    found = key.of_rows(rows) if tonal else None
    return Transcription(
        texture=texture,
        duration_s=duration_s,
        notes=tuple(sorted(_inside(notes, duration_s), key=lambda note: (note.onset_s, note.pitch_midi))),
        tempo_map=points,
        beats_s=times,
        is_tempo_given=tempo_bpm is not None,
        meter=MeterGuess(
            numerator=guess[0],
            denominator=4,
            first_downbeat=guess[1],
            confidence=guess[2],
            downbeats=meter.downbeats_of(times, registers, rows, count=guess[0]),
        )
        if guess
        else None,
        key=KeyGuess(name=found[0], confidence=found[1]) if found else None,
        chords=tuple(ChordSpan(start_s=start, end_s=end, symbol=symbol) for start, end, symbol in spans),
    )


def _inside(notes: list[DetectedNote], duration_s: float) -> list[DetectedNote]:
    kept = (note for note in notes if note.onset_s < duration_s)
    return [
        replace(
            note,
            offset_s=min(note.offset_s, duration_s),
            released_s=None if note.released_s is None else min(note.released_s, duration_s),
        )
        for note in kept
    ]


def tempo_map(beats_s: Sequence[float]) -> tuple[TempoPoint, ...]:
    """As few points as keep every beat within `_TEMPO_SLACK` of a beat from where it was heard.

    The first point is at 0 s, and its tempo is such that the first beat falls on a whole quarter note.
    """
    if len(beats_s) < 2:
        return (TempoPoint(at_s=0.0, bpm=DEFAULT_BPM),)
    times = list(beats_s)
    period = (times[-1] - times[0]) / (len(times) - 1)
    if 0.02 < times[0] < period / 2 and len(times) > 2:
        times = times[1:]  # the first quarter note is a little longer rather than several times shorter
    points: list[TempoPoint] = []
    start = 0
    while start < len(times) - 1:
        stop = _straight(times, start)
        points.append(TempoPoint(at_s=times[start], bpm=round(60 * (stop - start) / (times[stop] - times[start]), 3)))
        start = stop
    lead = max(round(times[0] * points[0].bpm / 60), 1)
    if times[0] <= 0.02:
        return (TempoPoint(at_s=0.0, bpm=points[0].bpm), *points[1:])
    return (TempoPoint(at_s=0.0, bpm=round(60 * lead / times[0], 3)), *points)


def _straight(times: list[float], start: int) -> int:
    """The last beat up to which one tempo from `start` fits every beat between."""
    best = start + 1
    for stop in range(start + 2, min(len(times), start + 400)):
        step = (times[stop] - times[start]) / (stop - start)
        off = max(abs(times[index] - times[start] - (index - start) * step) for index in range(start + 1, stop))
        if off > _TEMPO_SLACK * step + 0.012:
            break
        best = stop
    return best
