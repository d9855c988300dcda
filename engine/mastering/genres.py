"""Targets of genres, set by hand: tonal balance, crest, width, loudness.

Their common shape is that of popular recordings as a whole: most power around 60 to 100 Hz, then a fall of about
5 dB an octave of spectral density (2 dB an octave between third octaves) up to 4 kHz, and a steeper one above.
The numbers themselves are ours, rounded, and measured from nobody's records.

Source of the shape: P. D. Pestana, Z. Ma, J. D. Reiss, A. Barbosa, D. A. A. Black, "Spectral Characteristics of Popular
Commercial Recordings 1950-2010", 135th AES Convention, 2013. Loudness: EBU R 128 and what streaming services play at.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.analysis.band_powers import CENTRES_HZ, k_weight
from engine.arrays import Doubles
from engine.mixing.styles import GENRES

# Third octaves of popular music: at these frequencies, dB.
_SHAPE: Final = (
    (25, -14.0), (40, -5.0), (63, 0.0), (100, 0.0), (200, -2.5), (400, -4.5), (1_000, -7.0), (2_000, -9.5),
    (4_000, -12.5), (8_000, -16.5), (12_500, -21.0), (16_000, -25.0), (20_000, -34.0),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a master of a genre is after.

    low_db, high_db : against the common shape below 100 Hz and above 6 kHz, dB
    crest_db, width_db : as in `Profile`
    loudness_lufs : integrated
    """

    low_db: float
    high_db: float
    crest_db: float
    width_db: float
    loudness_lufs: float


TARGETS: Final[dict[str, Target]] = {
    "pop": Target(low_db=0.0, high_db=1.0, crest_db=11.0, width_db=-11.0, loudness_lufs=-14.0),
    "rock": Target(low_db=-1.0, high_db=0.5, crest_db=11.0, width_db=-9.0, loudness_lufs=-14.0),
    "electronic": Target(low_db=3.0, high_db=1.5, crest_db=10.0, width_db=-9.0, loudness_lufs=-14.0),
    "acoustic": Target(low_db=-3.0, high_db=-0.5, crest_db=13.0, width_db=-12.0, loudness_lufs=-16.0),
    "jazz": Target(low_db=-2.0, high_db=-2.0, crest_db=13.0, width_db=-11.0, loudness_lufs=-16.0),
    "orchestral": Target(low_db=-4.0, high_db=-4.0, crest_db=13.0, width_db=-8.0, loudness_lufs=-18.0),
}
assert tuple(TARGETS) == GENRES


def curve_db(genre: str) -> Doubles:
    """The genre's tonal balance by hand: (30,) dB, K-weighted loudness 0 as in `Profile`."""
    target, octave = TARGETS[genre], np.log2(CENTRES_HZ)
    shape = np.interp(octave, np.log2([f for f, _ in _SHAPE]), [level for _, level in _SHAPE])
    low = np.clip((np.log2(200) - octave), 0, 1) * target.low_db
    high = np.clip((octave - np.log2(3_000)), 0, 1) * target.high_db
    return levelled(shape + low + high)


def levelled(balance_db: Doubles) -> Doubles:
    """The same balance with a K-weighted loudness of 0 dB."""
    return np.asarray(balance_db - 10 * np.log10((10 ** (balance_db / 10)) @ k_weight()))
