"""One ear a texture: takes blocks of a mono signal, gives the notes that have ended."""

from dataclasses import replace
from typing import Final, Protocol

import numpy as np

from engine.arrays import Floats, Mono
from engine.transcription import bends, melody, pitch_track
from engine.transcription.bends import BendFollower
from engine.transcription.blocks import Rate
from engine.transcription.features import features
from engine.transcription.note_decoder import NoteDecoder
from engine.transcription.posteriors import RATE_HZ
from engine.transcription.spectrum import HOP
from engine.transcription.values import DetectedNote

_PIECE: Final = 430  # frames decoded at once, about 10 s
_CONTEXT: Final = 44  # frames heard before and after a piece, about 1 s
_LOUD_DB, _SOFT_DB = -6.0, -54.0  # levels of velocity 127 and 1


class Ear(Protocol):
    """What every texture's ear does."""

    def push(self, mono: Mono) -> list[DetectedNote]:
        """Take the next samples, at the rate the ear was made for."""

    def finish(self) -> list[DetectedNote]:
        """Give the rest."""


class PolyEar:
    """Many notes at once; memory is bounded by one piece."""

    def __init__(self, *, threads: int = 2) -> None:
        self._threads = threads
        self._decoder = NoteDecoder()
        self._bends = BendFollower()
        self._held = np.zeros(0, np.float32)
        self._held_from = 0  # first sample of `_held`, a whole number of frames
        self._frame = 0  # next frame to decode

    def push(self, mono: Mono) -> list[DetectedNote]:
        """Take samples at 22,050 Hz."""
        self._held = np.concatenate([self._held, mono])
        notes: list[DetectedNote] = []
        while self._held_from + len(self._held) >= (self._frame + _PIECE + _CONTEXT) * HOP:
            notes += self._decode(_PIECE)
        return notes

    def finish(self) -> list[DetectedNote]:
        """Decode what is left."""
        left = (self._held_from + len(self._held)) // HOP + 1 - self._frame
        notes = self._decode(left) if left > 0 and len(self._held) else []
        return notes + [self._with_bend(note) for note in self._decoder.flush()]

    def _decode(self, frames: int) -> list[DetectedNote]:
        before = self._frame - self._held_from // HOP
        stop = (before + frames + _CONTEXT) * HOP
        keys, levels = features(self._held[:stop], threads=self._threads)
        notes = self._decoder.push(keys, levels, before=before, after=len(keys) - before - frames)
        self._bends.push(self._held, skip=before, frames=frames)
        notes = [self._with_bend(note) for note in notes]
        self._frame += frames
        self._bends.forget(min(self._decoder.earliest, self._frame))
        drop = max(self._frame - _CONTEXT, 0) * HOP - self._held_from
        self._held, self._held_from = self._held[drop:], self._held_from + drop
        return notes

    def _with_bend(self, note: DetectedNote) -> DetectedNote:
        bend = self._bends.bend(note.pitch_midi, note.onset_s, note.written_end_s)
        if len(bend) > 2:
            # The wheel stays where it was when the key was let go; a bend spans the whole note, evenly.
            rest = max(round((note.offset_s - note.written_end_s) * bends.A_SECOND), 0)
            bend = (*bend, *bend[-1:] * rest)
        return replace(note, bend=bend)


class MonoEar:
    """One line; its pitch track (180 kB a minute of sound) is kept, and cut into notes at the end."""

    def __init__(self, sample_rate_hz: int, *, threads: int = 2) -> None:
        self._rate = Rate(sample_rate_hz, pitch_track.RATE_HZ)
        self._follower = pitch_track.Follower(threads=threads)

    def push(self, mono: Mono) -> list[DetectedNote]:
        """Take samples at the rate the ear was made for."""
        self._follower.push(self._rate.push(mono))
        return []

    def finish(self) -> list[DetectedNote]:
        """The notes of the whole line."""
        self._follower.push(self._rate.push(np.zeros(0, np.float32), last=True))
        return notes_of(self._follower.finish())


def notes_of(track: pitch_track.PitchTrack) -> list[DetectedNote]:
    """Notes of a pitch track, each with its bend and a velocity from its level."""
    found = []
    for line in melody.segment(track):
        span = slice(line.start, line.stop)
        level_db = float(np.percentile(track.level_db[span], 80))
        found.append(
            DetectedNote(
                onset_s=line.start * pitch_track.FRAME_S,
                offset_s=line.stop * pitch_track.FRAME_S,
                pitch_midi=line.pitch_midi,
                velocity=velocity_of(level_db),
                confidence=float(np.clip(track.confidence[span].mean(), 0, 1)),
                bend=_bend(track, line),
            )
        )
    return found


def velocity_of(level_db: float) -> int:
    """1..127 for -54..-6 dB re full scale."""
    return int(np.clip(round(1 + 126 * (level_db - _SOFT_DB) / (_LOUD_DB - _SOFT_DB)), 1, 127))


def _bend(track: pitch_track.PitchTrack, line: melody.LineNote) -> tuple[float, ...]:
    frames = np.arange(line.start, line.stop)
    voiced = frames[track.voiced[line.start : line.stop]]
    cents: Floats = 1200 * np.log2(track.pitch_hz[voiced] / 440) + 100 * (69 - line.pitch_midi)
    # An octave slip of the tracker is no bend.
    kept = np.abs(cents - np.median(cents)) < 300
    count = max(int((line.stop - line.start) * pitch_track.FRAME_S * bends.A_SECOND), 2)
    places = np.linspace(line.start, line.stop - 1, count)
    return tuple(np.round(np.interp(places, voiced[kept], cents[kept]), 1).tolist())


def rate_of(texture: str) -> int | None:
    """The rate at which a texture's ear listens; None for the ear that takes any."""
    return None if texture == "mono" else RATE_HZ
