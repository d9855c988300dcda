"""What music is like, in a few numbers that can be kept: tonal balance, width, crest, loudness."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from engine.analysis.band_powers import (
    BANDS,
    CENTRES_HZ,
    BandPowers,
    band_powers,
    decibels,
    k_weight,
)
from engine.arrays import Bools, Doubles, Signal
from engine.dsp import loudness
from engine.errors import OutOfRangeError, SilenceError

VERSION: Final = 1
WIDTH_FLOOR_DB: Final = -40.0  # from here down it is one channel
_ABSENT_DB: Final = -120.0
_RANGES: Final = {
    "width_db": (WIDTH_FLOOR_DB, 40.0), "crest_db": (0.0, 60.0), "loudness_lufs": (-70.0, 10.0), "range_lu": (0.0, 70.0)
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Numbers of one piece, or the means of several.

    balance_db : (30,) power of each third octave over the loud frames, dB, such that loudness (K-weighted) is 0
    is_there : (30,) bands that the recording can hold
    width_db : power of the side against the middle, both K-weighted, dB, at least -40
    crest_db : highest sample against RMS within 0.19 s, mean over the loud frames, dB
    loudness_lufs, range_lu : integrated loudness and loudness range (BS.1770-5, EBU Tech 3342)
    """

    balance_db: Doubles
    is_there: Bools
    width_db: float
    crest_db: float
    loudness_lufs: float
    range_lu: float


def analyse(signal: Signal, *, sample_rate_hz: int) -> Profile:
    """The profile of (1 or 2, samples) float32.

    Raises
    ------
    SilenceError
        If nothing in it is louder than -70 LUFS for 0.4 s, so that nothing can be measured.
    """
    meter = loudness.Meter(sample_rate_hz, signal.shape[0], finds_peaks=False)
    meter.push(signal)
    return profile_of(
        band_powers(signal, sample_rate_hz=sample_rate_hz), meter.integrated_lufs(), meter.loudness_range_lu()
    )


def profile_of(powers: BandPowers, loudness_lufs: float, range_lu: float) -> Profile:
    """The profile of what was analysed already; errors as `analyse`."""
    if not np.isfinite(loudness_lufs):
        raise SilenceError("the recording is silent, or nothing in it is louder than -70 LUFS for 0.4 s")
    loud = loud_frames(powers.total)
    middle, side = powers.middle[loud].mean(axis=0), powers.side[loud].mean(axis=0)
    weight = k_weight()
    rms = powers.total[loud].sum(axis=1)
    crest = decibels(np.square(powers.peak[loud])) - decibels(rms)
    balance = decibels(middle + side) - float(decibels(np.asarray((middle + side) @ weight)))
    return Profile(
        balance_db=np.where(powers.is_there, np.maximum(balance, _ABSENT_DB), _ABSENT_DB),
        is_there=powers.is_there,
        width_db=max(
            float(decibels(np.asarray(side @ weight)) - decibels(np.asarray(middle @ weight))), WIDTH_FLOOR_DB
        ),
        crest_db=float(crest.mean()),
        loudness_lufs=loudness_lufs,
        range_lu=range_lu,
    )


def loud_frames(total: Doubles) -> Bools:
    """(frames,): those within 10 LU of the mean power, by which quiet passages do not count; at least one."""
    power = total @ k_weight()
    return np.asarray(power >= 0.1 * power.mean())


def mean(profiles: Sequence[Profile]) -> Profile:
    """Several references as one: means in dB; a band counts where all have it."""
    if not profiles:
        raise OutOfRangeError("there are no references to take the mean of")
    first = profiles[0]
    if len(profiles) == 1:
        return first
    there = np.logical_and.reduce([one.is_there for one in profiles])
    balance = np.mean([one.balance_db for one in profiles], axis=0)
    numbers = {name: float(np.mean([getattr(one, name) for one in profiles])) for name in _RANGES}
    return Profile(balance_db=np.where(there, balance, _ABSENT_DB), is_there=there, **numbers)


def as_json(profile: Profile, *, name: str = "") -> dict[str, Any]:
    """The profile as a preset: plain JSON, to be kept and given again."""
    return {
        "version": VERSION,
        "kind": "mastering_reference",
        "name": name,
        "centres_hz": [round(float(centre), 1) for centre in CENTRES_HZ],
        "balance_db": [
            round(float(level), 2) if there else None
            for level, there in zip(profile.balance_db, profile.is_there, strict=True)
        ],
        **{name: round(getattr(profile, name), 2) for name in _RANGES},
    }


def from_json(value: Mapping[str, Any]) -> Profile:
    """The profile of a preset.

    Raises
    ------
    OutOfRangeError
        If it is no preset of ours; the message says which key is wrong.
    """
    if value.get("version") != VERSION or value.get("kind") != "mastering_reference":
        raise OutOfRangeError(f"this is no mastering reference of version {VERSION}")
    levels = value.get("balance_db")
    if not isinstance(levels, list) or len(levels) != BANDS:
        raise OutOfRangeError(f"balance_db must be a list of {BANDS} levels")
    for index, level in enumerate(levels):
        if level is not None:
            _number(level, f"balance_db[{index}]", (_ABSENT_DB, 40.0))
    numbers = {name: _number(value.get(name), name, span) for name, span in _RANGES.items()}
    there = np.array([level is not None for level in levels])
    balance = np.array([_ABSENT_DB if level is None else float(level) for level in levels])
    return Profile(balance_db=balance, is_there=there, **numbers)


def _number(value: Any, name: str, span: tuple[float, float]) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not span[0] <= value <= span[1]:
        raise OutOfRangeError(f"{name} is {value!r}; it must be a number in {span[0]:g}..{span[1]:g}")
    return float(value)
