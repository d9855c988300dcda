"""How near the performance model comes to how songs were played that it never met."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from engine.arrays import Doubles
from engine.recommend.performance import MODEL, draw_departures
from engine.recommend.performance_network import VELOCITY_CENTRE, PerformanceNetwork
from engine.training.performance_data import Played, read
from engine.training.score import Measure
from engine.weights import tensors

SEED: Final = 909
_MIDDLE_80: Final = 1.2816  # spreads around the mean that hold 80 % of a normal distribution
_SPREAD: Final = 5  # place of the drawn variance among the figures of a song; the real one is the last
_BINS: Final = np.arange(0, 129, 4)
_PIECE: Final = "POP909's {} songs, each over all notes of its three tracks, mean over songs; true velocities unseen"


def measure(data: Path, *, split: str) -> Iterator[Measure]:
    """Agreement of the mean and of one draw with the velocities of a split's songs, and how calibrated draws are.

    Raises
    ------
    UnreadableFileError
        If the folder holds no song of the split, or a broken one.
    """
    network = PerformanceNetwork(tensors.read(MODEL))
    rows = np.array([_song(network, song, number) for number, song in enumerate(read(data, split))])
    means = rows.mean(axis=0)
    means[_SPREAD] = (rows[:, _SPREAD].mean() / rows[:, -1].mean()) ** 0.5
    per_piece = _PIECE.format(split)
    words = (
        ("pearson_r_per_piece", f"Pearson's r between velocity and the network's mean: {per_piece}"),
        ("mae_velocity", f"mean absolute difference of velocity (1..127) and the network's mean: {per_piece}"),
        (
            "mae_velocity_level_known",
            f"the same after the piece's mean velocity, and no more, was made equal: {per_piece}",
        ),
        ("mae_velocity_constant", f"the same for the constant {VELOCITY_CENTRE:.0f}: {per_piece}"),
        ("pearson_r_one_draw", f"Pearson's r between velocity and one drawn performance: {per_piece}"),
        (
            "spread_ratio_one_draw",
            f"root of the ratio of two mean variances, of drawn performances and of the real ones: {per_piece}",
        ),
        ("inside_80_percent", f"share of velocities in the model's middle 80 % once the level is equal: {per_piece}"),
        ("histogram_overlap_one_draw", f"overlap of velocity histograms, bins of 4, levels made equal: {per_piece}"),
    )
    for (metric, convention), value in zip(words, means[:-1], strict=True):
        yield Measure(metric=metric, value=round(float(value), 4), convention=convention, count=len(rows))


def _song(network: PerformanceNetwork, song: Played, number: int) -> list[float]:
    mean, spread = network(song.seen, song.bar)
    drawn = mean + spread * draw_departures(song.written, SEED, number)
    level = song.velocity.mean()
    total = float(network.shares.sum()) ** 0.5
    inside = np.abs(song.velocity - level - mean + mean.mean()) < _MIDDLE_80 * total * spread
    return [
        _r(song.velocity, mean),
        float(np.abs(song.velocity - mean).mean()),
        float(np.abs(song.velocity - mean + mean.mean() - level).mean()),
        float(np.abs(song.velocity - VELOCITY_CENTRE).mean()),
        _r(song.velocity, drawn),
        float(drawn.var()),
        float(inside.mean()),
        _overlap(song.velocity, drawn - drawn.mean() + level),
        float(song.velocity.var()),
    ]


def _r(first: Doubles, second: Doubles) -> float:
    """Pearson's r; 0 where either does not vary, which is no agreement."""
    if first.std() < 1e-9 or second.std() < 1e-9:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _overlap(first: Doubles, second: Doubles) -> float:
    counts = [np.histogram(np.clip(values, 1, 127), _BINS)[0] / len(values) for values in (first, second)]
    return float(np.minimum(*counts).sum())
