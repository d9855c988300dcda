"""Notes from activations: an onset opens a note, silence or the key's next onset closes it.

The decoder takes activations piece by piece and keeps only the notes that are still open.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Floats
from engine.transcription.activations import Activations, Thresholds
from engine.transcription.features import FRAME_S
from engine.transcription.posteriors import LOWEST_MIDI
from engine.transcription.values import DetectedNote

LOOKAHEAD: Final = 3  # frames past the end of a piece that decide whether its last onsets are peaks
_CONTEXT: Final = 2


@dataclass(slots=True)
class _Open:
    """A note that has begun; frames are counted from the start of the recording."""

    onset: float
    begun: int
    last_heard: int
    last_level: float
    velocity: float
    confidence: float


class NoteDecoder:
    """Decodes consecutive pieces of activations; `push` gives the notes that ended, `flush` the rest."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._limits = thresholds
        self._open: dict[int, _Open] = {}
        self._frame = 0

    def push(self, piece: Activations, *, before: int, after: int) -> list[DetectedNote]:
        """Decode `piece`, whose first `before` and last `after` frames are context that other pieces decode."""
        frames = len(piece) - before - after
        active = piece.sounding.max(axis=0) >= self._limits.sounding
        active |= piece.onset.max(axis=0) >= self._limits.onset
        notes: list[DetectedNote] = []
        for key in sorted({*np.flatnonzero(active).tolist(), *self._open}):
            onset, sounding = piece.onset[:, key], piece.sounding[:, key]
            peaks = _peaks(onset, self._limits.onset, before, before + frames)
            starts = {frame - before: _refined(onset, frame) - before for frame in peaks}
            notes += self._walk(key, starts, piece, before, frames, sounding)
        self._frame += frames
        return sorted(notes, key=lambda note: (note.onset_s, note.pitch_midi))

    def flush(self) -> list[DetectedNote]:
        """The notes still open, ended where they were last heard."""
        notes = [note for key in sorted(self._open) for note in self._close(key, self._open[key].last_heard + 1.0)]
        self._open.clear()
        return sorted(notes, key=lambda note: (note.onset_s, note.pitch_midi))

    def _walk(
        self, key: int, starts: dict[int, float], piece: Activations, before: int, frames: int, sounding: Floats
    ) -> Iterator[DetectedNote]:
        """Go through the frames where something changes: onsets, and the edges of what sounds."""
        heard = sounding[before : before + frames] >= self._limits.sounding
        for frame in _events(heard, starts, is_open=key in self._open):
            here = self._frame + frame
            note = self._open.get(key)
            if note is not None and here - note.last_heard > self._limits.gap_frames:
                yield from self._close(key, _end(note, self._limits.sounding))
            if frame in starts:
                note = self._open.get(key)
                if note is not None:
                    yield from self._close(key, self._frame + starts[frame])
                at = before + frame
                self._open[key] = _Open(
                    onset=self._frame + starts[frame],
                    begun=here,
                    last_heard=here,
                    last_level=1.0,
                    velocity=float(piece.velocity[max(at - 1, 0) : at + 3, key].max()),
                    confidence=float(piece.onset[at, key]),
                )
            note = self._open.get(key)
            if note is not None and frame < frames and heard[frame]:
                note.last_heard, note.last_level = here, float(sounding[before + frame])

    def _close(self, key: int, end: float) -> Iterator[DetectedNote]:
        note = self._open.pop(key) if key in self._open else None
        if note is None:
            return
        end = max(end, note.onset + 1)
        if end - note.onset < self._limits.shortest_frames:
            return
        yield DetectedNote(
            onset_s=max(note.onset, 0.0) * FRAME_S,
            offset_s=end * FRAME_S,
            pitch_midi=key + LOWEST_MIDI,
            velocity=int(np.clip(round(note.velocity * 127), 1, 127)),
            confidence=min(max(note.confidence, 0.0), 1.0),
        )


def _events(heard: NDArray[np.bool_], starts: dict[int, float], *, is_open: bool) -> list[int]:
    if not starts and not is_open:
        return []
    edges = np.flatnonzero(heard).tolist()
    return sorted({*edges, *starts, len(heard)})


def _end(note: _Open, threshold: float) -> float:
    """Where the note was last heard, half a frame on."""
    return note.last_heard + 0.5 + min(max(note.last_level - threshold, 0.0), 0.5)


def _peaks(onset: Floats, least: float, start: int, stop: int) -> list[int]:
    """Frames in [start, stop) whose onset is at least `least` and above its neighbours; the earlier wins a tie."""
    found = []
    for frame in (np.flatnonzero(onset[start:stop] >= least) + start).tolist():
        before = onset[max(frame - _CONTEXT, 0) : frame]
        after = onset[frame + 1 : frame + 1 + _CONTEXT]
        if (not len(before) or onset[frame] > before.max()) and (not len(after) or onset[frame] >= after.max()):
            found.append(frame)
    return found


def _refined(onset: Floats, frame: int) -> float:
    """The onset between frames, from the heights on both sides of its peak.

    Source: Q. Kong et al., "High-resolution piano transcription with pedals by regressing onset and offset times",
    2021, eq. (7) for a triangle.
    """
    if frame == 0 or frame + 1 >= len(onset):
        return float(frame)
    before, here, after = (float(value) for value in onset[frame - 1 : frame + 2])
    low = min(before, after)
    return frame + 0.5 * (after - before) / (here - low) if here - low > 1e-6 else float(frame)
