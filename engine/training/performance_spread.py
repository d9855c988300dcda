"""How playing departs from the network's mean: what share stays for a whole role, a bar, a chord, a single note.

A performance drawn note by note would tremble; one drawn with these shares breathes as the players of the songs did.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.arrays import Doubles
from engine.recommend.performance_features import ROLES, TOGETHER_PER_BEAT
from engine.recommend.performance_network import VELOCITY_CENTRE, VELOCITY_SPAN
from engine.training.performance_data import Played
from engine.training.performance_network import PerformanceTwin


@torch.no_grad()
def measure(network: PerformanceTwin, songs: Sequence[Played]) -> dict[str, Tensor]:
    """Variances of the standardised departures, by nested means over songs that were not trained on.

    Returns
    -------
    "spread.shares" : (4,) parts of the variance that a role keeps over the song, a role keeps over a bar, notes struck
        together keep, and one note has alone
    "spread.follow" : (1,) correlation of a bar's part with the next bar's
    """
    parts, follows = [], []
    for song in songs:
        mean, log_spread = network(torch.from_numpy(song.seen)[None], torch.from_numpy(song.bar)[None])
        error = (song.velocity - VELOCITY_CENTRE) / VELOCITY_SPAN - mean[0].numpy()
        departure = (error - error.mean()) / np.exp(log_spread[0].numpy())
        found, follow = _parts(departure, song)
        parts.append(found)
        follows.append(follow)
    shares = np.maximum(np.mean(parts, axis=0), 0)
    # The whole is kept at the songs' own: a network too sure or too unsure is put right here.
    return {
        "spread.shares": torch.from_numpy(shares.astype(np.float32)),
        "spread.follow": torch.tensor([float(np.nanmean(follows))]),
    }


def _parts(departure: Doubles, song: Played) -> tuple[Doubles, float]:
    together = np.round(song.written.onset * TOGETHER_PER_BEAT).astype(np.int64)
    by_role = _means(departure, song.written.role)
    rest = departure - by_role
    by_bar = _means(rest, song.bar * ROLES + song.written.role)
    rest = rest - by_bar
    by_chord = _means(rest, together * ROLES + song.written.role)
    alone = rest - by_chord
    found = np.array([np.var(by_role), np.var(by_bar), np.var(by_chord), np.var(alone)])
    return found, _follow(by_bar, song)


def _means(values: Doubles, group: NDArray[np.int64]) -> Doubles:
    _, index = np.unique(group, return_inverse=True)
    return np.asarray((np.bincount(index, values) / np.bincount(index))[index])


def _follow(by_bar: Doubles, song: Played) -> float:
    table = np.full((song.bar[-1] + 1, ROLES), np.nan)
    table[song.bar, song.written.role] = by_bar
    now, then = table[1:].ravel(), table[:-1].ravel()
    both = ~np.isnan(now) & ~np.isnan(then)
    return float(np.corrcoef(now[both], then[both])[0, 1]) if both.sum() > 3 else float("nan")
