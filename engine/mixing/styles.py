"""What a mix of each genre is after: how loud, how wide, how far away each role stands. Set by hand, in one place.

These are customs of the craft, written down by us and measured from nobody's records: the lead on top, drums and bass
close under it, what accompanies lower and to the sides, low notes in the middle and dry. The network that mixes learns
to hear roles and to reach these balances; whoever wants others changes this table and trains again.
"""

from dataclasses import dataclass
from typing import Final

ROLES: Final = ("lead", "second", "keys", "guitar", "pad", "bass", "drums")
GENRES: Final = ("pop", "rock", "electronic", "acoustic", "jazz", "orchestral")
ROLE_WORDS: Final = {
    "lead": "the lead", "second": "a second line", "keys": "keys", "guitar": "plucked chords",
    "pad": "a pad", "bass": "the bass", "drums": "drums",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a role stands in a mix.

    level_lu : loudness against the lead of a plain mix, LU
    away : distance from the middle, 0..1
    send_db : what goes to the reverb, dB
    squeeze : how much it is compressed, 0..1 (1 takes about 6 dB from the loudest)
    low_cut_hz : nothing is wanted below
    """

    level_lu: float
    away: float
    send_db: float
    squeeze: float
    low_cut_hz: float


_AWAY: Final = {"lead": 0.0, "second": 0.45, "keys": 0.3, "guitar": 0.55, "pad": 0.2, "bass": 0.0, "drums": 0.0}
_SQUEEZE: Final = {"lead": 0.6, "second": 0.4, "keys": 0.3, "guitar": 0.3, "pad": 0.1, "bass": 0.7, "drums": 0.5}
_LOW_CUT_HZ: Final = {"lead": 90, "second": 110, "keys": 60, "guitar": 90, "pad": 120, "bass": 30, "drums": 30}
_SEND_DB: Final = {"lead": -14, "second": -14, "keys": -18, "guitar": -18, "pad": -12, "bass": -40, "drums": -22}
_LEVELS_LU: Final = {
    #             lead second keys guitar pad  bass drums
    "pop":        (0.0, -8.0, -6.0, -8.0, -11.0, -4.0, -2.0),
    "rock":       (0.0, -5.0, -8.0, -3.0, -12.0, -4.0, -1.0),
    "electronic": (-2.0, -6.0, -8.0, -8.0, -8.0, -1.0, 0.0),
    "acoustic":   (0.0, -6.0, -4.0, -4.0, -10.0, -7.0, -8.0),
    "jazz":       (0.0, -5.0, -5.0, -7.0, -12.0, -5.0, -6.0),
    "orchestral": (0.0, -3.0, -6.0, -7.0, -3.0, -5.0, -8.0),
}  # fmt: skip
# By genre: factor on distance, dB on every send, factor on compression, decay of the room in s.
_MANNERS: Final = {
    "pop": (1.0, 0.0, 1.0, 1.6),
    "rock": (1.3, -3.0, 1.2, 1.2),
    "electronic": (1.2, -2.0, 1.2, 1.4),
    "acoustic": (0.9, 1.0, 0.6, 1.4),
    "jazz": (0.9, 2.0, 0.4, 1.3),
    "orchestral": (1.4, 6.0, 0.1, 2.4),
}


def place(genre: str, role: str) -> Place:
    """Where `role` stands in a mix of `genre`, both by their names above."""
    wide, wet_db, squeeze, _ = _MANNERS[genre]
    return Place(
        level_lu=_LEVELS_LU[genre][ROLES.index(role)],
        away=min(_AWAY[role] * wide, 0.8),
        send_db=max(_SEND_DB[role] + wet_db, -40.0),
        squeeze=min(_SQUEEZE[role] * squeeze, 1.0),
        low_cut_hz=float(_LOW_CUT_HZ[role]),
    )


def decay_s(genre: str) -> float:
    """How long the genre's room rings, s."""
    return _MANNERS[genre][3]
