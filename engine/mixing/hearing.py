"""What the networks of mixing and mastering are told about a sound: 94 numbers that come from its band powers."""

from typing import Final

import numpy as np

from engine.analysis.band_powers import BANDS, CENTRES_HZ, BandPowers, k_weight
from engine.arrays import Doubles, Floats

FEATURES: Final = 3 * BANDS + 4
_DEPTH_DB: Final = 60.0  # how far below its loudest band a sound is looked at
_BALANCE_DB: Final = 15.0
_LEVEL_DB: Final = -24.0
_SMALL: Final = 1e-12


def features(powers: Doubles, peaks: Doubles) -> Floats:
    """Numbers about sounds, whatever their level.

    Parameters
    ----------
    powers : (..., frames, 30) mean squares in third octaves; peaks : (..., frames) highest samples

    Returns
    -------
    (..., 94) float32, each about -3..3: the balance over the loud frames (30), how the level in each band moves (30)
    and rises (30), which no standing equaliser changes, then activity, crest, range and centre of gravity.
    """
    frames_power = powers @ k_weight()
    mean_power = frames_power.mean(axis=-1, keepdims=True)
    loud = (frames_power >= 0.1 * mean_power).astype(np.float64)
    count = np.maximum(loud.sum(axis=-1, keepdims=True), 1)
    spectrum = (powers * loud[..., np.newaxis]).sum(axis=-2) / count
    total = (spectrum * k_weight()).sum(axis=-1, keepdims=True)
    balance = np.maximum(_db(spectrum) - _db(total), -_DEPTH_DB)
    bands = _db(powers)
    bands = np.maximum(bands, bands.max(axis=(-2), keepdims=True) - _DEPTH_DB)
    moves = bands.std(axis=-2)
    rises = np.maximum(np.diff(bands, axis=-2), 0).mean(axis=-2) if bands.shape[-2] > 1 else np.zeros_like(moves)
    levels = np.maximum(_db(frames_power), _db(mean_power) - _DEPTH_DB)
    wide = powers.sum(axis=-1)
    crest = ((_db(np.square(peaks)) - _db(wide)) * loud).sum(axis=-1, keepdims=True) / count
    few = np.concatenate(
        [
            loud.mean(axis=-1, keepdims=True) * 2 - 1,
            (crest - 10) / 5,
            np.diff(np.percentile(levels, (10, 95), axis=-1), axis=0)[0][..., np.newaxis] / 20 - 1,
            (10 ** (balance / 10) @ np.log2(CENTRES_HZ / 500))[..., np.newaxis]
            / np.maximum((10 ** (balance / 10)).sum(axis=-1, keepdims=True), _SMALL) / 3,
        ],
        axis=-1,
    )  # fmt: skip
    found = np.concatenate([(balance + _BALANCE_DB) / _BALANCE_DB, moves / 10 - 1, rises / 5 - 0.5, few], axis=-1)
    return np.asarray(np.clip(found, -6, 6), dtype=np.float32)


def told_of(one: BandPowers) -> Floats:
    """The numbers of an analysed sound, (94,), taken to one level first: -24 dB, as stems usually come.

    Without that, the floor under what is measured would lie deeper in a loud sound than in a soft one.
    """
    scale = 10 ** ((_LEVEL_DB - float(loud_level_db(one.total))) / 10)
    return features(one.total * scale, one.peak * np.sqrt(scale))


def loud_level_db(powers: Doubles) -> Doubles:
    """K-weighted level over the loud frames, (...,) dB, of (..., frames, 30) powers: what faders are set by."""
    weighted = powers @ k_weight()
    loud = weighted >= 0.1 * weighted.mean(axis=-1, keepdims=True)
    return _db((weighted * loud).sum(axis=-1) / np.maximum(loud.sum(axis=-1), 1))


def recoloured(told: Floats, colour_db: Doubles) -> Floats:
    """The numbers of the same sounds, (..., 94), under standing equalisers, (..., 30) dB: only the balance differs.

    Crest and range would change a little as well; for training that is near enough.
    """
    balance = told[..., :BANDS].astype(np.float64) * _BALANCE_DB - _BALANCE_DB
    heard = balance + np.where(balance > 1 - _DEPTH_DB, colour_db, 0.0)
    heard -= _db((10 ** (heard / 10)) @ k_weight())[..., np.newaxis]
    out = told.copy()
    out[..., :BANDS] = (np.maximum(heard, -_DEPTH_DB) + _BALANCE_DB) / _BALANCE_DB
    return np.asarray(np.clip(out, -6, 6), dtype=np.float32)


def _db(power: Doubles) -> Doubles:
    return np.asarray(10 * np.log10(np.maximum(power, _SMALL)))
