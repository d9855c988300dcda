"""What melodies are made of, as histograms, and how far one set of melodies lies from another.

Source: L.-C. Yang and A. Lerch, "On the evaluation of generative models in music", Neural Computing and Applications
32, 2020: distances inside a set and between two sets, as densities, and the area in which the two overlap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from scipy.stats import gaussian_kde

from engine.arrays import Doubles
from engine.recommend.lead_events import (
    NO_ROOT,
    PITCH_LOW,
    REST,
    STEPS_MAX,
    STEPS_PER_QUARTER,
    Event,
    Listener,
    Setting,
)

INTERVAL_MAX: Final = 12
KINDS: Final = ("pitch_class", "interval", "duration")
_GRID: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Portrait:
    """One song's melody: a histogram for each of `KINDS`, each summing to 1; chord tones' share; notes a beat."""

    histograms: tuple[Doubles, Doubles, Doubles]
    chord_tones: float
    density: float


def portrait(stretches: Sequence[tuple[Sequence[Event], Setting]]) -> Portrait:
    """Of all stretches of a song; strong are the two halves of a bar."""
    notes = [[event for event in events if event.token != REST] for events, _ in stretches]
    classes = [(note.token + PITCH_LOW - 1) % 12 for line in notes for note in line]
    moves = [b.token - a.token for line in notes for a, b in pairwise(line)]
    lengths = [note.steps for line in notes for note in line]
    inside, strong = 0, 0
    for line, (_, setting) in zip(notes, stretches, strict=True):
        listener = Listener(setting)
        half = setting.bar_steps // 2
        for note in line:
            now = listener.tell(note.step).now
            if note.step % half == 0 and now.root != NO_ROOT:
                strong += 1
                inside += (note.token + PITCH_LOW - 1) % 12 in now.tones
    steps = sum(events[-1].step + events[-1].steps for events, _ in stretches if events)
    return Portrait(
        histograms=(
            _histogram(classes, 12),
            _histogram(np.clip(moves, -INTERVAL_MAX, INTERVAL_MAX) + INTERVAL_MAX, 2 * INTERVAL_MAX + 1),
            _histogram(np.clip(lengths, 1, STEPS_MAX), STEPS_MAX + 1),
        ),
        chord_tones=inside / max(strong, 1),
        density=len(classes) * STEPS_PER_QUARTER / max(steps, 1),
    )


def _histogram(values: object, size: int) -> Doubles:
    counts = np.bincount(np.asarray(values, np.int64), minlength=size).astype(np.float64)
    return np.asarray(counts / max(counts.sum(), 1))


def overlap(first: Sequence[Portrait], second: Sequence[Portrait], kind: int) -> float:
    """Overlapped area, 0..1, of the distances inside `first` and those from `first` to `second`."""
    inside, between = _densities(first, second, kind)
    return float(np.minimum(inside, between).sum())


def divergence(first: Sequence[Portrait], second: Sequence[Portrait], kind: int) -> float:
    """Kullback-Leibler divergence, nats, of the distances inside `first` from those between `first` and `second`."""
    inside, between = _densities(first, second, kind)
    known = inside > 0
    return float((inside[known] * np.log(inside[known] / np.maximum(between[known], 1e-12))).sum())


def total_overlap(first: Sequence[Portrait], second: Sequence[Portrait], kind: int) -> float:
    """Overlap, 0..1, of the mean histograms of two sets."""
    means = [np.mean([one.histograms[kind] for one in side], axis=0) for side in (first, second)]
    return float(np.minimum(*means).sum())


def _densities(first: Sequence[Portrait], second: Sequence[Portrait], kind: int) -> tuple[Doubles, Doubles]:
    ours = np.array([one.histograms[kind] for one in first])
    theirs = np.array([one.histograms[kind] for one in second])
    within = np.linalg.norm(ours[:, None] - ours[None], axis=2)[np.triu_indices(len(ours), 1)]
    between = np.linalg.norm(ours[:, None] - theirs[None], axis=2).ravel()
    grid = np.linspace(0, max(within.max(), between.max()) * 1.2, _GRID)
    densities = [gaussian_kde(values)(grid) for values in (within, between)]
    return densities[0] / densities[0].sum(), densities[1] / densities[1].sum()
