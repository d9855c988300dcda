"""From rendered excerpts to what the verifier learns from: candidates that are notes or ghosts, and notes that end."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.random import Generator

from engine.arrays import Floats
from engine.transcription import candidates
from engine.transcription.features import FRAME_S
from engine.transcription.posteriors import KEYS, LOWEST_MIDI

MATCH_S: Final = 0.05  # a candidate this near to a note's onset is the note
_EASY_KEPT: Final = 0.25  # share of the weak ghosts that is kept, each counting for four
_EASY: Final = 0.3  # a ghost is weak where the front end hears less of an onset than this
_PAST_FRAMES: Final = 25  # frames after a note's end that are learned from
_LONGEST_FRAMES: Final = 260


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Onsets: what is seen, and rows of is_note, distance_s, velocity, weight. Tails: what is seen, and is_sounding."""

    onsets: Floats
    onset_truth: Floats
    tails: Floats
    tail_truth: Floats


def read(path: Path) -> tuple[Floats, Floats, Floats]:
    """keys, levels and notes of an excerpt that `engine.training.note_data` wrote."""
    with np.load(path) as archive:
        keys = archive["keys"].astype(np.float32) / np.float32(255)
        levels = archive["levels"].astype(np.float32) / np.float32(200)
        return keys, levels, archive["notes"]


def of_excerpt(path: Path, draw: Generator, *, is_whole: bool = False) -> Examples:
    """Examples of one excerpt; with `is_whole` every ghost is kept."""
    keys, levels, notes = read(path)
    surroundings = candidates.Surroundings(keys, levels)
    frames, found = candidates.find(keys, levels)
    truth = onset_truth(frames, found, notes)
    is_easy = (truth[:, 0] == 0) & (keys[frames, found, 2:4].max(axis=1) < _EASY)
    kept = ~is_easy | (draw.random(len(frames)) < (1.0 if is_whole else _EASY_KEPT))
    truth[:, 3] = np.where(is_easy & (not is_whole), 1 / _EASY_KEPT, 1.0)
    tails = list(_tails(surroundings, notes, len(keys)))
    return Examples(
        onsets=surroundings.around(frames[kept], found[kept]),
        onset_truth=truth[kept],
        tails=np.concatenate([seen for seen, _ in tails])
        if tails
        else np.zeros((0, candidates.TAIL_INPUTS), np.float32),
        tail_truth=np.concatenate([is_on for _, is_on in tails]) if tails else np.zeros(0, np.float32),
    )


def onset_truth(frames: candidates.Indexes, keys: candidates.Indexes, notes: Floats) -> Floats:
    """(candidates, 4): is a note, its onset less the frame's time in seconds, velocity 0..1, weight (1)."""
    truth = np.zeros((len(frames), 4), np.float32)
    for key in np.unique(keys):
        mine = notes[notes[:, 2] == key + LOWEST_MIDI]
        if not len(mine):
            continue
        rows = np.flatnonzero(keys == key)
        away = mine[np.newaxis, :, 0] - (frames[rows] * FRAME_S)[:, np.newaxis]
        nearest = np.abs(away).argmin(axis=1)
        distance = away[np.arange(len(rows)), nearest]
        truth[rows, 0] = np.abs(distance) <= MATCH_S
        truth[rows, 1] = np.clip(distance, -MATCH_S, MATCH_S)
        truth[rows, 2] = mine[nearest, 3] / 127
    truth[:, 3] = 1
    return truth


def _tails(surroundings: candidates.Surroundings, notes: Floats, length: int) -> Iterator[tuple[Floats, Floats]]:
    for onset_s, offset_s, pitch in notes[:, :3].tolist():
        key, start = int(pitch) - LOWEST_MIDI, round(onset_s / FRAME_S)
        if not 0 <= key < KEYS:
            continue
        later = notes[(notes[:, 2] == pitch) & (notes[:, 0] > onset_s + FRAME_S), 0]
        again = int(later.min() / FRAME_S) - 1 if len(later) else length
        stop = min(int(offset_s / FRAME_S) + _PAST_FRAMES, again, start + _LONGEST_FRAMES, length - 2)
        frames = np.arange(start + 1, stop)
        if len(frames):
            yield surroundings.along(start, key, frames), (frames * FRAME_S < offset_s).astype(np.float32)
