"""Notes of a single line: a hidden Markov model over the pitch track, cut again where the level says so.

States are silence and the semitones. A note's pitch may bend freely around its semitone, so the model asks where the
singer settles, not where each frame is. Source of the idea: M. Mauch et al., "Computer-aided melody note transcription
using the Tony software", TENOR 2015; the state space here is smaller (no attack state), the level cuts are ours.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Doubles
from engine.transcription.pitch_track import FRAME_S, PitchTrack

_LOWEST, _HIGHEST = 28, 98
_SPREAD_CENTS: Final = 65.0  # of a frame's pitch around its note: vibrato, glides
_STRAY: Final = 1e-3  # chance of a frame anywhere
_CHANGE: Final = -12.0  # log chance of leaving a note for another
_STOP: Final = -3.5  # and for silence
_SHORTEST_S: Final = 0.07
_DIP_DB: Final = 5.0  # a fall and rise of the level that divides one pitch into two notes
_DIP_S: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class LineNote:
    """A note as frames [start, stop) of the track, its semitone, and its mean distance from it in cents."""

    start: int
    stop: int
    pitch_midi: int
    cents: float


def segment(track: PitchTrack) -> list[LineNote]:
    """The notes of the line, in order, none overlapping."""
    if not len(track) or not track.voiced.any():
        return []
    pitch = _midi(track.pitch_hz)
    tuning = tuning_cents(pitch[track.voiced])
    states = _viterbi(_likelihoods(pitch - tuning / 100, track.confidence))
    found = []
    for start, stop in _runs(states):
        for begin, end in _cut_at_dips(track.level_db, start, stop):
            note = _note(pitch, track, begin, end)
            if note is not None:
                found.append(note)
    return found


def tuning_cents(pitch_midi: Doubles) -> float:
    """How far above equal temperament at 440 Hz the pitches lie, -50..50, by the mean direction on a circle."""
    if not len(pitch_midi):
        return 0.0
    turn = np.exp(2j * np.pi * pitch_midi).mean()
    # A line without a clear tuning (glides, speech) is left at 440 Hz.
    return float(np.angle(turn) / (2 * np.pi) * 100) if abs(turn) > 0.2 else 0.0


def _midi(pitch_hz: Doubles) -> Doubles:
    return np.asarray(69 + 12 * np.log2(np.maximum(pitch_hz, 1.0) / 440), np.float64)


def _likelihoods(pitch: Doubles, confidence: Doubles) -> Doubles:
    """Log likelihood of each frame, (frames, 1 + semitones); column 0 is silence."""
    semitones = np.arange(_LOWEST, _HIGHEST + 1)
    away = (pitch[:, np.newaxis] - semitones) * 100 / _SPREAD_CENTS
    fit = np.exp(-0.5 * np.square(away)) + _STRAY
    voiced = np.clip(confidence, 0.02, 0.98)[:, np.newaxis]
    return np.asarray(np.log(np.concatenate([(1 - voiced) * 0.5, voiced * fit], axis=1)), np.float64)


def _viterbi(likelihoods: Doubles) -> NDArray[np.int64]:
    """The likeliest path; changes cost the same whatever the interval, so each step is O(states)."""
    frames, states = likelihoods.shape
    score = likelihoods[0].copy()
    came = np.zeros((frames, states), np.int64)
    everyone = np.arange(states)
    for frame in range(1, frames):
        leader = int(np.argmax(score[1:])) + 1
        best, source = score.copy(), everyone.copy()
        challenge = np.full(states, score[leader] + _CHANGE)
        challenge[0] = score[leader] + _STOP
        from_silence = score[0] + _STOP
        for rival, where in ((challenge, leader), (np.full(states, from_silence), 0)):
            wins = rival > best
            best[wins], source[wins] = rival[wins], where
        came[frame] = source
        score = best + likelihoods[frame]
    path = np.empty(frames, np.int64)
    path[-1] = int(np.argmax(score))
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = came[frame, path[frame]]
    return path


def _runs(states: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Stretches of one sounding state."""
    edges = np.flatnonzero(np.diff(states)) + 1
    bounds = [0, *edges.tolist(), len(states)]
    return [(a, b) for a, b in pairwise(bounds) if states[a] > 0]


def _cut_at_dips(level_db: Doubles, start: int, stop: int) -> list[tuple[int, int]]:
    """The stretch, divided where the level falls and rises again: the same pitch sung or played once more."""
    reach = max(int(_DIP_S / FRAME_S), 2)
    cuts = [start]
    for frame in range(start + reach, stop - reach):
        here = level_db[frame]
        before = level_db[max(frame - reach, start) : frame].max()
        after = level_db[frame + 1 : frame + 1 + reach].max()
        lowest = here <= level_db[frame - 1 : frame + 2].min()
        if lowest and min(before, after) - here > _DIP_DB and frame - cuts[-1] >= reach:
            cuts.append(frame)
    return list(zip(cuts, [*cuts[1:], stop], strict=True))


def _note(pitch: Doubles, track: PitchTrack, start: int, stop: int) -> LineNote | None:
    voiced = np.flatnonzero(track.voiced[start:stop]) + start
    if not len(voiced) or (stop - start) * FRAME_S < _SHORTEST_S:
        return None
    settled = _middle(pitch, voiced)
    nearest = int(np.clip(np.round(settled), 0, 127))
    return LineNote(start=start, stop=stop, pitch_midi=nearest, cents=(settled - nearest) * 100)


def _middle(pitch: Doubles, voiced: NDArray[Any]) -> float:
    """Median pitch, without the edges where a singer still glides."""
    trim = len(voiced) // 6
    kept = voiced[trim : len(voiced) - trim] if len(voiced) > 6 else voiced
    return float(np.median(pitch[kept]))
