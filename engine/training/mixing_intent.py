"""The mix that somebody meant: levels, places and sends of stems whose roles are known, and mis-mixes of it.

The levels are the genre's (`engine.mixing.styles`), moved by three customs that the network has to hear: what plays
seldom may stand out, many voices that accompany step back, and what sounds where the lead sounds steps back further.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from engine.analysis.band_powers import BANDS, CENTRES_HZ, k_weight
from engine.arrays import Doubles
from engine.mixing.styles import ROLES, place
from engine.training.mixing_data import StemPowers

_SELDOM_DB: Final = 2.0
_CROWD_DB, _CROWD_FROM = 0.7, 4
_OVERLAP_DB: Final = 3.0
_ACCOMPANY: Final = frozenset({"second", "keys", "guitar", "pad"})
_PIVOTS: Final = np.array([40, 120, 400, 1_200, 3_600, 11_000])


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What is meant for each stem, all (stems,) but `role`, which holds places in `ROLES`.

    level_lu : loudness against the mean of all stems; away 0..1; send_db; squeeze 0..1; low_cut_hz
    """

    role: Doubles
    level_lu: Doubles
    away: Doubles
    send_db: Doubles
    squeeze: Doubles
    low_cut_hz: Doubles


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What the customs look at, worked out once a song.

    active : (stems,) share of the time in which each is loud
    alike : (stems, stems) 0..1, cosine of the square roots of weighted spectra
    """

    genre: str
    roles: tuple[str, ...]
    active: Doubles
    alike: Doubles

    def of(self, kept: list[int]) -> "Traits":
        """Those of some of the stems."""
        roles = tuple(self.roles[index] for index in kept)
        return Traits(genre=self.genre, roles=roles, active=self.active[kept], alike=self.alike[np.ix_(kept, kept)])


def traits(stems: StemPowers) -> Traits:
    """Look at stems that have no fault."""
    powers = 10.0 ** (stems.middle.astype(np.float64) / 10) + 10.0 ** (stems.side.astype(np.float64) / 10)
    weighted = powers @ k_weight()
    active = (weighted >= 0.1 * weighted.mean(axis=1, keepdims=True)).mean(axis=1)
    spectra = np.sqrt(powers.mean(axis=1) * k_weight())
    spectra /= np.linalg.norm(spectra, axis=1, keepdims=True)
    return Traits(genre=stems.genre, roles=stems.roles, active=active, alike=spectra @ spectra.T)


def intent(song: Traits) -> Intent:
    """What is meant for the stems."""
    places = [place(song.genre, role) for role in song.roles]
    level = np.array([one.level_lu for one in places]) + _SELDOM_DB * (1 - song.active)
    follows = np.array([role in _ACCOMPANY for role in song.roles])
    lead = song.roles.index("lead") if "lead" in song.roles else 0
    level -= follows * (_CROWD_DB * max(len(places) - _CROWD_FROM, 0) + _OVERLAP_DB * song.alike[lead])
    return Intent(
        role=np.array([ROLES.index(role) for role in song.roles], dtype=np.float64),
        level_lu=level - level.mean(),
        away=np.array([one.away for one in places]),
        send_db=np.array([one.send_db for one in places], dtype=np.float64),
        squeeze=np.array([one.squeeze for one in places]),
        low_cut_hz=np.array([one.low_cut_hz for one in places]),
    )


def colour_db(draw: Generator, *shape: int, most_db: float = 8.0) -> Doubles:
    """Random smooth equalisers, (*shape, 30) dB: curves through six points, a third of them nearly flat."""
    knots = draw.uniform(-most_db, most_db, (*shape, len(_PIVOTS)))
    knots *= np.where(draw.random((*shape, 1)) < 0.33, 0.2, 1.0)
    at = np.log2(CENTRES_HZ)
    place_of = np.clip(np.interp(at, np.log2(_PIVOTS), np.arange(len(_PIVOTS))), 0, len(_PIVOTS) - 1)
    low = np.minimum(place_of.astype(int), len(_PIVOTS) - 2)
    way = (1 - np.cos(np.pi * (place_of - low))) / 2
    return np.asarray(knots[..., low] * (1 - way) + knots[..., low + 1] * way)


def low_cut_db(frequency_hz: Doubles) -> Doubles:
    """The response of a second-order low cut at each frequency: (..., 30) dB."""
    ratio = CENTRES_HZ / np.asarray(frequency_hz, dtype=np.float64)[..., np.newaxis]
    return np.asarray(-10 * np.log10(1 + ratio**-4.0)).reshape(*np.shape(frequency_hz), BANDS)
