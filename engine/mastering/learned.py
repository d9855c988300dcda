"""The target that a network hears in the music itself: the balance and width it would have, were nothing wrong.

The network was trained on mixes whose equalisation had been spoilt; how the level moves in each band tells it what is
playing, and so what the spectrum should have been. docs: engine/weights/mastering-target-1.md.
"""

from functools import cache
from typing import Final

import numpy as np

from engine.analysis.band_powers import BANDS, BandPowers
from engine.arrays import Doubles, Floats
from engine.mastering.genres import TARGETS, curve_db, levelled
from engine.mixing.hearing import told_of
from engine.mixing.layers import bent, linear
from engine.mixing.styles import GENRES
from engine.weights import tensors

MODEL: Final = "mastering-target-1"
CURVE_SHARE: Final = 0.5  # how much the genre's curve, set by hand, counts beside the music's own balance
LAYERS: Final = ("first", "second")
SCALE_DB: Final = 15.0


def weights_hash() -> str:
    """SHA-256 of the weights."""
    return tensors.hash_of(MODEL)


def target(powers: BandPowers, genre: str) -> tuple[Doubles, float]:
    """The wanted balance, (30,) dB as in `Profile`, and width, dB: half the music's own, half the genre's."""
    own, width = heard(powers, genre)
    balance = (1 - CURVE_SHARE) * own + CURVE_SHARE * curve_db(genre)
    return levelled(balance), (1 - CURVE_SHARE) * width + CURVE_SHARE * TARGETS[genre].width_db


def heard(powers: BandPowers, genre: str) -> tuple[Doubles, float]:
    """The balance, (30,) dB, and the width, dB, that the network believes the music to have by itself."""
    out = forward(_weights(), inputs(told_of(powers), genre))
    return levelled(out[:BANDS].astype(np.float64) * SCALE_DB - SCALE_DB), float(out[BANDS]) * SCALE_DB - SCALE_DB


def inputs(told: Floats, genre: str) -> Floats:
    """What the network is given: features, (..., 94), and the genre: (..., 100)."""
    which = np.zeros((*told.shape[:-1], len(GENRES)), np.float32)
    which[..., GENRES.index(genre)] = 1
    return np.concatenate([told, which], axis=-1)


def forward(weights: dict[str, Floats], values: Floats) -> Floats:
    """(..., 100) to (..., 31): what is wrong with the heard balance, taken from it, and the width."""
    out = linear(weights, "last", bent(weights, LAYERS, values))
    out[..., :BANDS] += values[..., :BANDS]
    return out


@cache
def _weights() -> dict[str, Floats]:
    return tensors.read(MODEL)
