"""Faders and places refined, without gradients, until a mix's features come near to a reference's.

The features are those of Diff-MST's audio feature loss as far as a fader can move them, spectrum and width (S. Vanka et
al., "Diff-MST: Differentiable Mixing Style Transfer", ISMIR 2024), here in third octaves and in powers, so that a
thousand mixes can be judged a second. How far levels leave what the network heard costs as well.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.analysis.band_powers import decibels, k_weight
from engine.arrays import Bools, Doubles
from engine.mixing.auto_places import positions

_ROUNDS: Final = 120
_CHILDREN: Final = 12
_FIRST_DB, _LAST_DB = 2.5, 0.2  # how far a step goes, at first and at last
_FARTHEST_LU: Final = 8.0
_STAY: Final = 0.15  # price of a decibel away from what was heard
_WIDTH: Final = 0.25  # price of a decibel of width
_NARROWEST_DB: Final = -40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a reference is like: balance, (30,) dB with a K-weighted loudness of 0, the bands that count, width, dB."""

    balance_db: Doubles
    counts: Bools
    width_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Refined:
    """Levels, (tracks,) LU with a mean of 0, a factor on all distances from the middle, and the distances, dB."""

    level_lu: Doubles
    wide: float
    before_db: float
    after_db: float


def refine(level_lu: Doubles, away: Doubles, balance_db: Doubles, wanted: Wanted, *, seed: int) -> Refined:
    """Search from what was heard.

    Parameters
    ----------
    level_lu, away : (tracks,) as in `Heard`; balance_db : (tracks, 30) behind the tracks' plugins
    """
    random = np.random.default_rng([seed, len(level_lu)])
    shapes = 10 ** (balance_db / 10)
    best = np.append(np.zeros(len(level_lu)), 0.0)  # offsets of levels, and of the width's logarithm to base 2
    start = cost = _cost(best, level_lu, away, shapes, wanted)
    for turn in range(_ROUNDS):
        step = _FIRST_DB * (_LAST_DB / _FIRST_DB) ** (turn / (_ROUNDS - 1))
        scale = np.append(np.full(len(level_lu), step), step / 4)
        for _ in range(_CHILDREN):
            child = best + scale * random.standard_normal(len(best))
            child[:-1] = np.clip(child[:-1] - child[:-1].mean(), -_FARTHEST_LU, _FARTHEST_LU)
            child[-1] = float(np.clip(child[-1], -3, 1))
            found = _cost(child, level_lu, away, shapes, wanted)
            if found < cost:
                best, cost = child, found
    level = level_lu + best[:-1]
    return Refined(level_lu=level - level.mean(), wide=float(2 ** best[-1]), before_db=start, after_db=cost)


def _cost(move: Doubles, level_lu: Doubles, away: Doubles, shapes: Doubles, wanted: Wanted) -> float:
    gain = 10 ** ((level_lu + move[:-1]) / 10)
    angle = (positions(np.minimum(away * 2 ** move[-1], 1.0)) + 1) * np.pi / 4
    power = gain @ shapes
    balance = decibels(power) - float(decibels(np.asarray(power @ k_weight())))
    spectrum = float(np.abs(balance - wanted.balance_db)[wanted.counts].mean())
    middle, side = (float(gain @ ((np.cos(angle) + sign * np.sin(angle)) ** 2 / 2)) for sign in (1, -1))
    width = max(float(decibels(np.asarray(side)) - decibels(np.asarray(middle))), _NARROWEST_DB)
    return spectrum + _WIDTH * abs(width - wanted.width_db) + _STAY * float(np.abs(move[:-1]).mean())
