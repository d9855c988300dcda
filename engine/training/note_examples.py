"""From rendered excerpts to what the verifier learns from: candidates that are notes or ghosts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.random import Generator

from engine.arrays import Floats
from engine.transcription import candidates
from engine.transcription.features import FRAME_S
from engine.transcription.posteriors import LOWEST_MIDI

MATCH_S: Final = 0.05  # a candidate this near to a note's onset is the note
LATE_S: Final = 0.12  # and one so much later, where no other is nearer
_EASY_KEPT: Final = 0.25  # share of the weak ghosts that is kept, each counting for four
_EASY: Final = 0.3  # a ghost is weak where the front end hears less of an onset than this


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """What is seen of each candidate, and rows of is_note, distance_s, velocity, weight."""

    onsets: Floats
    onset_truth: Floats


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
    kept = (~is_easy | (draw.random(len(frames)) < (1.0 if is_whole else _EASY_KEPT))) & (truth[:, 3] > 0)
    truth[:, 3] = np.where(is_easy & (not is_whole), 1 / _EASY_KEPT, 1.0)
    return Examples(onsets=surroundings.around(frames[kept], found[kept]), onset_truth=truth[kept])


def onset_truth(frames: candidates.Indexes, keys: candidates.Indexes, notes: Floats) -> Floats:
    """(candidates, 4): is a note, its onset less the frame's time in seconds, velocity 0..1, weight (0 or 1).

    A note that begins slowly may have its only candidate late; later candidates of a note that has an earlier one are
    neither notes nor ghosts, and weigh nothing.
    """
    truth = np.zeros((len(frames), 4), np.float32)
    truth[:, 3] = 1
    for key in np.unique(keys):
        mine = notes[notes[:, 2] == key + LOWEST_MIDI]
        if not len(mine):
            continue
        rows = np.flatnonzero(keys == key)
        away = mine[np.newaxis, :, 0] - (frames[rows] * FRAME_S)[:, np.newaxis]
        nearest = np.abs(away).argmin(axis=1)
        distance = away[np.arange(len(rows)), nearest]
        is_near = np.abs(distance) <= MATCH_S
        is_late = (distance < -MATCH_S) & (distance >= -LATE_S)
        for note in set(nearest[is_late].tolist()):
            late = np.flatnonzero(is_late & (nearest == note))
            truth[rows[late], 3] = 0
            if not is_near[nearest == note].any():
                first = late[np.argmax(distance[late])]
                is_near[first], truth[rows[first], 3] = True, 1
        truth[rows, 0] = is_near
        truth[rows, 1] = np.clip(distance, -LATE_S, MATCH_S)
        truth[rows, 2] = mine[nearest, 3] / 127
    return truth
