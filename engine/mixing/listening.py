"""The network that hears what each track of a song is, and says where it belongs in the mix.

The same layers look at every track; what all tracks have in common (mean and greatest values) is told to each of them,
so the order of the tracks means nothing. Source of the idea: M. Zaheer et al., "Deep Sets", NIPS 2017.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from engine.analysis.band_powers import BANDS, BandPowers
from engine.arrays import Doubles, Floats
from engine.mixing.hearing import FEATURES, told_of
from engine.mixing.layers import bent, linear
from engine.mixing.styles import GENRES, ROLES
from engine.weights import tensors

MODEL: Final = "mix-places-1"
INPUTS: Final = FEATURES + len(GENRES) + 1
ALONE: Final = ("alone_1", "alone_2")
TOGETHER: Final = ("together_1", "together_2")
OUTPUTS: Final = len(ROLES) + 4 + BANDS
LEVEL_LU, SEND_DB, BALANCE_DB = 6.0, 20.0, 15.0  # scales of the network's outputs
_COUNT: Final = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the network says of each track.

    role : (tracks, 7) probabilities in the order of `ROLES`
    level_lu : (tracks,) loudness against the mean of all tracks; away 0..1; send_db; squeeze 0..1
    balance_db : (tracks, 30) the balance the track should have, K-weighted loudness 0
    """

    role: Doubles
    level_lu: Doubles
    away: Doubles
    send_db: Doubles
    squeeze: Doubles
    balance_db: Doubles


def weights_hash() -> str:
    """SHA-256 of the weights."""
    return tensors.hash_of(MODEL)


def listen(tracks: list[BandPowers], genre: str) -> Heard:
    """Hear the tracks of one song together; each must sound somewhere."""
    told = np.stack([told_of(one) for one in tracks])
    return read(forward(_weights(), inputs(told, genre)))


def inputs(told: Floats, genre: str) -> Floats:
    """What the network is given: features, (tracks, 94), genre and number of tracks: (tracks, 101)."""
    about = np.zeros((len(told), len(GENRES) + 1), np.float32)
    about[:, GENRES.index(genre)] = 1
    about[:, -1] = len(told) / _COUNT
    return np.concatenate([told, about], axis=1)


def forward(weights: dict[str, Floats], values: Floats) -> Floats:
    """(tracks, 101) to (tracks, 41)."""
    alone = bent(weights, ALONE, values)
    common = np.concatenate([alone.mean(axis=0), alone.max(axis=0)])
    joined = np.concatenate([alone, np.broadcast_to(common, (len(alone), len(common))), values], axis=1)
    out = linear(weights, "last", bent(weights, TOGETHER, joined))
    out[:, -BANDS:] += values[:, :BANDS]
    return out


def read(out: Floats) -> Heard:
    """The network's numbers with their units."""
    roles = len(ROLES)
    likely = np.exp(out[:, :roles].astype(np.float64) - out[:, :roles].max(axis=1, keepdims=True))
    level = out[:, roles].astype(np.float64) * LEVEL_LU
    return Heard(
        role=likely / likely.sum(axis=1, keepdims=True),
        level_lu=level - level.mean(),
        away=np.clip(out[:, roles + 1].astype(np.float64), 0, 0.8),
        send_db=np.clip(out[:, roles + 2].astype(np.float64) * SEND_DB - SEND_DB, -40, -6),
        squeeze=np.clip(out[:, roles + 3].astype(np.float64), 0, 1),
        balance_db=out[:, -BANDS:].astype(np.float64) * BALANCE_DB - BALANCE_DB,
    )


@cache
def _weights() -> dict[str, Floats]:
    return tensors.read(MODEL)
