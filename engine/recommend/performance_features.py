"""What a player sees of a note before deciding how loud to play it: place, pitch, company and neighbours.

Nothing here knows how loud any note is. The same features are made of a song of the training data and of what a person
hands in, so a model never meets a piece in another form than it learned from.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Doubles, Floats

MELODY, BRIDGE, ACCOMPANIMENT = range(3)
ROLES: Final = 3
PLACES: Final = 16  # a bar in sixteenths of itself
FEATURES: Final = 46
TOGETHER_PER_BEAT: Final = 12  # onsets closer than this part of a beat are one chord
_GAP_BEATS_MAX: Final = 8.0
_PHRASE_REST_BEATS: Final = 1.0

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Written:
    """Notes as they stand on the page, in order of onset, then pitch. Arrays of equal length.

    onset, duration : beats
    pitch : MIDI numbers; role : `MELODY`, `BRIDGE` or `ACCOMPANIMENT`
    bar : index of the bar, 0 for the first that holds a note, never falling
    place : where in its bar, 0 on the bar line, 1 on the next
    bpm : beats a minute of the whole piece
    """

    onset: Doubles
    duration: Doubles
    pitch: Whole
    role: Whole
    bar: Whole
    place: Doubles
    bpm: float


def features(written: Written) -> Floats:
    """(notes, FEATURES) float32; every column lies roughly within -3..3."""
    at_once = np.round(written.onset * TOGETHER_PER_BEAT).astype(np.int64)
    columns = [
        *_one_hot(written.role, ROLES),
        *_one_hot(np.round(written.place * PLACES).astype(np.int64) % PLACES, PLACES),
        np.abs(written.place * PLACES - np.round(written.place * PLACES)) > 0.1,
        *_heights(written),
        np.log2(np.maximum(written.duration, 1 / 16)),
        *_company(written, at_once),
        *_neighbours(written, at_once),
        *_section(written),
        np.full(len(written.onset), np.log2(max(written.bpm, 1.0) / 90)),
    ]
    return np.stack([np.asarray(column, np.float32) for column in columns], axis=1)


def _one_hot(index: Whole, size: int) -> list[Doubles]:
    return list(np.eye(size)[index].T)


def _mean_within(values: Doubles, group: Whole) -> Doubles:
    """Of each note, the mean of `values` over the notes of its group."""
    _, index = np.unique(group, return_inverse=True)
    return np.asarray((np.bincount(index, values) / np.bincount(index))[index])


def _heights(written: Written) -> list[Doubles]:
    pitch = written.pitch.astype(np.float64)
    share = np.zeros(len(pitch))
    for role in range(ROLES):
        own = written.role == role
        share[own] = np.searchsorted(np.sort(pitch[own]), pitch[own]) / max(int(own.sum()), 1)
    return [
        (pitch - 64) / 12,
        (pitch - _mean_within(pitch, written.role)) / 12,
        (pitch - _mean_within(pitch, written.bar * ROLES + written.role)) / 12,
        share,
    ]


def _company(written: Written, at_once: Whole) -> list[Doubles]:
    """How many sound with a note, in its role and in all, and whether it lies at their top or bottom."""
    found: list[Doubles] = []
    for group in (at_once * ROLES + written.role, at_once):
        order = np.lexsort((written.pitch, group))
        _, first, count = np.unique(group[order], return_index=True, return_counts=True)
        rank, size = np.empty(len(order)), np.empty(len(order))
        rank[order] = np.arange(len(order)) - np.repeat(first, count)
        size[order] = np.repeat(count, count)
        found += [np.log2(size), (rank == size - 1).astype(float), (rank == 0).astype(float), rank / size]
    return found


def _neighbours(written: Written, at_once: Whole) -> list[Doubles]:
    """Gaps and steps to the chord before and the one after in the same role; held or short; how far into the phrase."""
    count = len(at_once)
    before, after, falls, rises, since, repeated = (np.zeros(count) for _ in range(6))
    for role in range(ROLES):
        own = np.flatnonzero(written.role == role)
        if len(own) == 0:
            continue
        times, chord = np.unique(at_once[own], return_inverse=True)
        tops = np.zeros(len(times))
        np.maximum.at(tops, chord, written.pitch[own].astype(float))
        gaps = np.clip(np.diff(times) / TOGETHER_PER_BEAT, 0, _GAP_BEATS_MAX)
        edges = np.concatenate([[_GAP_BEATS_MAX], gaps, [_GAP_BEATS_MAX]])
        steps = np.concatenate([[0], np.diff(tops), [0]])
        starts = np.maximum.accumulate(np.where(edges[:-1] > _PHRASE_REST_BEATS, np.arange(len(times)), 0))
        before[own], after[own] = edges[:-1][chord], edges[1:][chord]
        falls[own], rises[own] = steps[:-1][chord], steps[1:][chord]
        since[own] = (times - times[starts])[chord] / TOGETHER_PER_BEAT
        repeated[own] = (steps[:-1] == 0)[chord]
    held = np.clip(written.duration / np.maximum(after, 1 / 16), 0, 2)
    return [
        np.log2(np.maximum(before, 1 / 8)),
        np.log2(np.maximum(after, 1 / 8)),
        held,
        np.clip(falls / 12, -2, 2),
        np.clip(rises / 12, -2, 2),
        np.log2(1 + since) / 2,
        repeated,
    ]


def _section(written: Written) -> list[Doubles]:
    """Where in the piece, and how busy each role is in this bar."""
    length = max(float(written.onset[-1] - written.onset[0]), 1.0)
    busy = [np.bincount(written.bar[written.role == role], minlength=written.bar[-1] + 1) for role in range(ROLES)]
    total = np.sum(busy, axis=0).astype(np.float64)
    return [
        (written.onset - written.onset[0]) / length,
        *(np.log2(1 + count)[written.bar] / 2 for count in busy),
        (total / total[total > 0].mean())[written.bar] - 1,
    ]
