"""What mastering and mixing say of sound in numbers, and what they hear of references: said once for both."""

import numpy as np

from engine.arrays import Signal
from engine.dsp.resample import resample
from engine.errors import SilenceError
from engine.mastering.profile import Profile, analyse, from_json, mean
from engine.recommend.audio_capability import Given

_RATE_HZ_MAX = 48_000  # what lies above 24 kHz says nothing of a balance


def figures_milli(profile: Profile | None, **further: float) -> dict[str, int]:
    """A profile's numbers, and further ones, in thousandths; what is not finite is left out."""
    found = dict(further)
    if profile is not None:
        found |= {
            "integrated_lufs": profile.loudness_lufs,
            "crest_db": profile.crest_db,
            "width_db": profile.width_db,
            "range_lu": profile.range_lu,
        }
    return {name: round(1000 * float(value)) for name, value in found.items() if np.isfinite(value)}


def spectrum_db(profile: Profile | None) -> tuple[float, ...]:
    """The balance as it is drawn: (30,) dB, 0 where it weighs as much as the whole."""
    return () if profile is None else tuple(round(float(level), 2) for level in profile.balance_db)


def heard_of(signal: Signal, *, sample_rate_hz: int) -> Profile | None:
    """The profile of a sound; None for silence."""
    try:
        return analyse(signal, sample_rate_hz=sample_rate_hz)
    except SilenceError:
        return None


def references_of(given: Given) -> Profile | None:
    """The mean of the references and the preset, if there are any.

    Raises
    ------
    SilenceError
        If one has nothing to hear; the message names it.
    OutOfRangeError
        If the preset is none.
    """
    profiles = []
    for sound in given.references:
        rate = min(sound.sample_rate_hz, _RATE_HZ_MAX)
        try:
            signal = resample(sound.signal, from_hz=sound.sample_rate_hz, to_hz=rate)
            profiles.append(analyse(signal, sample_rate_hz=rate))
        except SilenceError as error:
            raise SilenceError(f"{sound.name}: {error.message}") from None
    if given.preset is not None:
        profiles.append(from_json(given.preset))
    return mean(profiles) if profiles else None
