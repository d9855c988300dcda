"""What a master is after, and how far it goes there."""

from dataclasses import dataclass, fields

import numpy as np

from engine.arrays import Doubles
from engine.errors import OutOfRangeError
from engine.mastering.profile import Profile
from engine.mixing.equalisers import Detail

CEILING_DBTP: float = -1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """Where a master is to go; what is None is left as it is.

    balance_db : (30,) tonal balance as in `Profile`
    detail : how closely the balance is followed; a reference's in thirds, a genre's in octaves
    loudness_lufs, ceiling_dbtp : integrated loudness, and what no true peak may pass
    words : what this is, for remarks: "the reference", "electronic music"
    """

    loudness_lufs: float
    balance_db: Doubles | None = None
    crest_db: float | None = None
    width_db: float | None = None
    detail: Detail = "octave"
    ceiling_dbtp: float = CEILING_DBTP
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """How much of each stage is wanted, percent: 0 leaves it out, 100 goes all the way.

    equaliser : share of the way, in dB, to the wanted balance; dynamics, width : the same for crest and width
    limiter : share of the way from as loud as the peaks allow by themselves to the wanted loudness
    """

    equaliser: int = 100
    dynamics: int = 100
    width: int = 100
    limiter: int = 100

    def __post_init__(self) -> None:
        for field in fields(self):
            if not 0 <= getattr(self, field.name) <= 100:
                raise OutOfRangeError(f"{field.name} is {getattr(self, field.name)}; it must lie in 0..100 percent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """How far one piece is from another.

    balance_db : mean absolute difference of the third octaves from 40 Hz to 16 kHz at equal loudness, dB
    loudness_lu, crest_db, width_db : absolute differences
    """

    balance_db: float
    loudness_lu: float
    crest_db: float
    width_db: float

    @property
    def total(self) -> float:
        """One number: the balance, and a quarter of each other difference, dB."""
        return self.balance_db + (self.loudness_lu + self.crest_db + self.width_db) / 4


def distance(one: Profile, other: Profile) -> Distance:
    """The distance of two profiles, over the bands that both have."""
    both = one.is_there & other.is_there
    both[:2] = False  # below 40 Hz
    both[-1:] = False  # above 16 kHz
    apart = (one.balance_db - other.balance_db)[both]
    return Distance(
        balance_db=float(np.abs(apart).mean()) if len(apart) else 0.0,
        loudness_lu=abs(one.loudness_lufs - other.loudness_lufs),
        crest_db=abs(one.crest_db - other.crest_db),
        width_db=abs(one.width_db - other.width_db),
    )
