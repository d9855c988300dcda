"""Notes from features, piece by piece: candidates, the verifier's word on each, and where each note ends.

Only the notes that still sound are kept between pieces, so a recording may be of any length.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from engine.arrays import Doubles, Floats
from engine.transcription import candidates, verifier
from engine.transcription.candidates import Indexes, Surroundings
from engine.transcription.endings import Peaks, Sounding, best_end
from engine.transcription.features import FRAME_S
from engine.transcription.posteriors import LOWEST_MIDI
from engine.transcription.values import DetectedNote

SURE: Final = 0.55  # chance from which a candidate is a note
_RIVAL_S: Final = 0.06  # of two candidates of a key whose notes would begin this near, the surer one is the note
_RIVAL_FRAMES: Final = 12  # so far from a piece's edge rivals may stand
_SILENT: Final = 0.2  # chance of sounding below which a note is over
_SILENT_FRAMES: Final = 10  # once it stays there for so many frames: only then its end is looked for
_SHORTEST_S: Final = 0.03
_LONGEST_S: Final = 30.0


@dataclass(slots=True)
class _Open:
    """A note that has begun; frames count from the start of the recording."""

    onset_s: float
    frame: int
    velocity: float
    confidence: float
    peaks: Peaks = (0.0, 0.0)
    life: list[Floats] = field(default_factory=list)  # what `verifier.lives` said of its frames, from `frame` + 1 on


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
        sounding = Sounding(keys, levels)
        notes: list[DetectedNote] = []
        for key in sorted({*begun, *self._open}):
            notes += self._follow(sounding, key, begun.get(key, []), (before, length))
        self._frame += length
        return sorted(notes, key=_order)

    def flush(self) -> list[DetectedNote]:
        """The notes still open, ended where the recording ends."""
        notes = [_closed(key, note) for key, note in sorted(self._open.items())]
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
        for index in _winners(frames * FRAME_S + late_s, found, chance, self._sure):
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

    def _follow(self, sounding: Sounding, key: int, begun: list[_Open], span: tuple[int, int]) -> list[DetectedNote]:
        """Close what ends in the piece: the open note of the key, then each that begins."""
        before, length = span
        notes = []
        carried = [self._open.pop(key)] if key in self._open else []
        queue = [*carried, *begun]
        for index, note in enumerate(queue):
            is_last = index + 1 == len(queue)
            limit = self._frame + length if is_last else queue[index + 1].frame
            start = max(note.frame + 1, self._frame)
            is_over = self._live(sounding, key, note, np.arange(start, limit) - self._frame + before, before)
            if is_over or not is_last or (self._frame + length - note.frame) * FRAME_S > _LONGEST_S:
                notes.append(_closed(key, note))
            else:
                self._open[key] = note
        return notes

    def _live(self, sounding: Sounding, key: int, note: _Open, frames: Indexes, before: int) -> bool:
        """Follow the note through `frames` of the piece; whether it is over before their end."""
        if not len(frames):
            return False
        life = verifier.lives(sounding, note.frame - self._frame + before, key, frames, peaks=note.peaks)
        seen = sum(len(part) for part in note.life)
        note.life.append(life)
        note.peaks = sounding.peaks(key, frames, note.peaks)
        silent = np.concatenate(note.life)[:, 0] < verifier.logit(_SILENT)
        runs = np.convolve(silent, np.ones(_SILENT_FRAMES, np.int64))[: len(silent)] == _SILENT_FRAMES
        over = np.flatnonzero(runs[seen:])
        if len(over):
            note.life[-1] = life[: over[0] + 1]
        return bool(len(over))


def _winners(times_s: Doubles, keys: Indexes, chance: Doubles, sure: float) -> list[int]:
    """Indexes of the candidates that are notes, in order of time: of rivals the surer, then the earlier."""
    taken: dict[int, list[float]] = {}
    won = []
    for index in sorted(np.flatnonzero(chance >= sure).tolist(), key=lambda i: (-chance[i], times_s[i])):
        rivals = taken.setdefault(int(keys[index]), [])
        if all(abs(times_s[index] - other) > _RIVAL_S for other in rivals):
            rivals.append(float(times_s[index]))
            won.append(index)
    return sorted(won, key=lambda i: (times_s[i], keys[i]))


def _closed(key: int, note: _Open) -> DetectedNote:
    shortest = note.onset_s + _SHORTEST_S
    life = np.concatenate([np.zeros((0, 3), np.float32), *note.life]).astype(np.float64)
    first_s = (note.frame + 1) * FRAME_S
    ends = [best_end(life[:, column], note.onset_s, first_s) if len(life) else shortest for column in (1, 2)]
    offset_s = max(ends[0], shortest)
    return DetectedNote(
        onset_s=note.onset_s,
        offset_s=offset_s,
        released_s=min(max(ends[1], shortest), offset_s),
        pitch_midi=key + LOWEST_MIDI,
        velocity=int(np.clip(round(note.velocity * 127), 1, 127)),
        confidence=min(max(note.confidence, 0.0), 1.0),
    )


def _order(note: DetectedNote) -> tuple[float, int]:
    return note.onset_s, note.pitch_midi
