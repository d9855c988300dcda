"""Notes from features, piece by piece: candidates, the verifier's word on each, and where each note ends.

Only the notes that still sound are kept between pieces, so a recording may be of any length.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.arrays import Doubles, Floats
from engine.transcription import candidates, verifier
from engine.transcription.candidates import Indexes, Surroundings
from engine.transcription.features import FRAME_S
from engine.transcription.posteriors import LOWEST_MIDI
from engine.transcription.values import DetectedNote

SURE: Final = 0.55  # chance from which a candidate is a note
_RIVAL_FRAMES: Final = 2  # of two candidates of a key this near, the surer one is the note
_SILENT: Final = 0.5  # chance of sounding below which a note has ended
_LET_GO: Final = 0.7  # and below which its key is up: what pedal and room hold on sounds less sure
_SHORTEST_S: Final = 0.03
_LONGEST_S: Final = 30.0


@dataclass(slots=True)
class _Open:
    """A note that has begun; frames count from the start of the recording."""

    onset_s: float
    frame: int
    velocity: float
    confidence: float
    peaks: tuple[float, float] = (0.0, 0.0)
    release: float | None = None  # frame, between frames, at which the key seems to be let go


class NoteDecoder:
    """`push` takes consecutive pieces and gives the notes that ended in them, `flush` gives the rest."""

    def __init__(self, *, sure: float = SURE) -> None:
        self._sure = sure
        self._open: dict[int, _Open] = {}
        self._frame = 0

    @property
    def earliest(self) -> int:
        """The frame at which the oldest note still open began; the next frame to decode where none is."""
        return min((note.frame for note in self._open.values()), default=self._frame)

    def push(self, keys: Floats, levels: Floats, *, before: int, after: int) -> list[DetectedNote]:
        """Decode a piece whose first `before` and last `after` frames are context that other pieces decode."""
        length = len(keys) - before - after
        surroundings = Surroundings(keys, levels)
        begun = self._begun(surroundings, keys, levels, (before, length))
        notes: list[DetectedNote] = []
        for key in sorted({*begun, *self._open}):
            notes += self._follow(surroundings, key, begun.get(key, []), (before, length))
        self._frame += length
        return sorted(notes, key=_order)

    def flush(self) -> list[DetectedNote]:
        """The notes still open, ended where the recording ends."""
        notes = [_closed(key, note, self._frame * FRAME_S) for key, note in sorted(self._open.items())]
        self._open.clear()
        return sorted(notes, key=_order)

    def _begun(
        self, surroundings: Surroundings, keys: Floats, levels: Floats, span: tuple[int, int]
    ) -> dict[int, list[_Open]]:
        """The notes that begin in the piece, key by key, in order of time."""
        before, length = span
        frames, found = candidates.find(keys, levels)
        # Rivals may lie across the edge of the piece: both pieces judge them, and come to the same end.
        inside = (frames >= before - _RIVAL_FRAMES) & (frames < before + length + _RIVAL_FRAMES)
        frames, found = frames[inside], found[inside]
        chance, late_s, velocity = verifier.onsets(surroundings, frames, found)
        begun: dict[int, list[_Open]] = {}
        for index in _winners(frames, found, chance, self._sure):
            frame = int(frames[index])
            if before <= frame < before + length:
                here = self._frame + frame - before
                note = _Open(
                    onset_s=max(here * FRAME_S + float(late_s[index]), 0.0),
                    frame=here,
                    velocity=float(velocity[index]),
                    confidence=float(chance[index]),
                )
                begun.setdefault(int(found[index]), []).append(note)
        return begun

    def _follow(
        self, surroundings: Surroundings, key: int, begun: list[_Open], span: tuple[int, int]
    ) -> list[DetectedNote]:
        """Close what ends in the piece: the open note of the key, then each that begins."""
        before, length = span
        notes = []
        carried = [self._open.pop(key)] if key in self._open else []
        queue = [*carried, *begun]
        for index, note in enumerate(queue):
            limit = queue[index + 1].frame if index + 1 < len(queue) else self._frame + length
            start = max(note.frame + 1, self._frame)
            frames = np.arange(start, limit) - self._frame + before
            end = self._end(surroundings, key, note, frames, before)
            if end is not None:
                notes.append(_closed(key, note, (self._frame + end - before) * FRAME_S))
            elif index + 1 < len(queue):
                notes.append(_closed(key, note, queue[index + 1].onset_s))
            elif (self._frame + length - note.frame) * FRAME_S > _LONGEST_S:
                notes.append(_closed(key, note, (self._frame + length) * FRAME_S))
            else:
                self._open[key] = note
        return notes

    def _end(self, surroundings: Surroundings, key: int, note: _Open, frames: Indexes, before: int) -> float | None:
        """The frame of the piece, between frames, at which the note ends; None if it still sounds after the last."""
        if not len(frames):
            return None
        origin = note.frame - self._frame + before
        chance = verifier.sounding(surroundings, origin, key, frames, peaks=note.peaks)
        if note.release is None and (release := _falls_below(_LET_GO, chance, frames)) is not None:
            note.release = release + self._frame - before
        end = _falls_below(_SILENT, chance, frames)
        if end is None:
            note.peaks = surroundings.peaks(key, frames, note.peaks)
        return end


def _winners(frames: Indexes, keys: Indexes, chance: Doubles, sure: float) -> list[int]:
    """Indexes of the candidates that are notes, in order of time: of rivals the surer, then the earlier."""
    taken: dict[int, list[int]] = {}
    won = []
    for index in sorted(np.flatnonzero(chance >= sure).tolist(), key=lambda i: (-chance[i], frames[i])):
        rivals = taken.setdefault(int(keys[index]), [])
        if all(abs(int(frames[index]) - other) > _RIVAL_FRAMES for other in rivals):
            rivals.append(int(frames[index]))
            won.append(index)
    return sorted(won, key=lambda i: (frames[i], keys[i]))


def _falls_below(level: float, chance: Doubles, frames: Indexes) -> float | None:
    """The frame, between two frames, at which the chance first falls below a level."""
    below = np.flatnonzero(chance < level)
    if not len(below):
        return None
    first = int(below[0])
    last = float(chance[first - 1]) if first else 1.0
    return float(frames[first]) - (level - float(chance[first])) / max(last - float(chance[first]), 1e-6)


def _closed(key: int, note: _Open, end_s: float) -> DetectedNote:
    offset_s = max(end_s, note.onset_s + _SHORTEST_S)
    release_s = offset_s if note.release is None else note.release * FRAME_S
    return DetectedNote(
        onset_s=note.onset_s,
        offset_s=offset_s,
        released_s=min(max(release_s, note.onset_s + _SHORTEST_S), offset_s),
        pitch_midi=key + LOWEST_MIDI,
        velocity=int(np.clip(round(note.velocity * 127), 1, 127)),
        confidence=min(max(note.confidence, 0.0), 1.0),
    )


def _order(note: DetectedNote) -> tuple[float, int]:
    return note.onset_s, note.pitch_midi
