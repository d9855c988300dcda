"""New sounds between old ones: several timbres mixed by shares, played at any pitch and touch.

What the map cannot say of a sound is kept beside its place as a remainder, strongest at the pitch it was heard at. So
a sound that is mixed with nothing is itself again, and a mixture moves evenly from one sound to the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from engine.arrays import Floats, Mono, to_mono
from engine.dsp import resample
from engine.errors import OutOfRangeError, SilenceError
from engine.timbre import timbre_map
from engine.timbre.tone import FLOOR_DB, PARTIALS, PITCH_HIGH, PITCH_LOW, RATE_HZ, SPREAD_MAX, Tone, analyse, of_sheet

VELOCITY: Final = 100
_REACH_SEMITONES: Final = 9.0  # so far away a third of the remainder is left


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A note that was heard: where, and what the map does not say of it (dB over what it says)."""

    pitch_midi: float
    remainder_db: Floats
    spread_more: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timbre:
    """A sound that can be played at any pitch: a place on the map, and remainders with their shares."""

    latent: Floats
    parts: tuple[tuple[float, tuple[Anchor, ...]], ...] = ()

    def tone(self, *, pitch_midi: float, velocity: int = VELOCITY) -> Tone:
        """One note of it, its level about 0 dBFS.

        Raises
        ------
        OutOfRangeError
            If pitch or velocity are outside 21..108 and 1..127.
        """
        if not PITCH_LOW <= pitch_midi <= PITCH_HIGH or not 1 <= velocity <= 127:
            raise OutOfRangeError(
                f"pitch {pitch_midi:g} and velocity {velocity} must lie in {PITCH_LOW}..{PITCH_HIGH} and 1..127"
            )
        plain = timbre_map.decode(self.latent, pitch_midi=pitch_midi, velocity=velocity)
        sheet, spread = plain.sheet(), plain.spread
        for share, anchors in self.parts:
            for weight, anchor in _weighted(anchors, pitch_midi):
                sheet = sheet + np.float32(share * weight) * anchor.remainder_db
                spread += share * weight * anchor.spread_more
        return of_sheet(
            sheet,
            pitch_midi=pitch_midi,
            spread=float(np.clip(spread, 0.0, SPREAD_MAX)),
            duration_s=plain.duration_s,
        )


def timbre_of(tones: Sequence[Tone], *, velocity: int = VELOCITY) -> Timbre:
    """The timbre of a sound of which some notes are known.

    Raises
    ------
    SilenceError
        If there is none.
    """
    if not tones:
        raise SilenceError("there is no note to take a timbre from")
    levels = [level_db(tone) for tone in tones]
    latent = np.mean(
        [timbre_map.encode(t, level_db=level, velocity=velocity) for t, level in zip(tones, levels, strict=True)],
        axis=0,
    ).astype(np.float32)
    anchors = tuple(_anchor(latent, tone, level, velocity) for tone, level in zip(tones, levels, strict=True))
    return Timbre(latent=latent, parts=((1.0, anchors),))


def timbre_of_sound(signal: Floats, *, sample_rate_hz: int, pitch_midi: float) -> Timbre:
    """The timbre of a recorded note; errors as `tone.analyse`.

    signal : (channels, samples) float32
    """
    return timbre_of([analyse(at_rate(signal, sample_rate_hz), pitch_midi=pitch_midi)])


def at_rate(signal: Floats, sample_rate_hz: int) -> Mono:
    """One channel at the rate that tones are analysed at."""
    return to_mono(resample.resample(signal, from_hz=sample_rate_hz, to_hz=RATE_HZ))


def mixed(timbres: Sequence[Timbre], shares: Sequence[float]) -> Timbre:
    """Timbres mixed by shares, which are made to sum to 1.

    Raises
    ------
    OutOfRangeError
        If there are not as many shares as timbres, or they are negative or all 0.
    """
    total = float(sum(shares))
    if len(timbres) != len(shares) or not timbres or min(shares) < 0 or total <= 0:
        raise OutOfRangeError("a mixture takes one share for each timbre, none negative and not all 0")
    weights = [share / total for share in shares]
    latent = np.sum([w * one.latent for w, one in zip(weights, timbres, strict=True)], axis=0).astype(np.float32)
    parts = [(w * share, anchors) for w, one in zip(weights, timbres, strict=True) for share, anchors in one.parts]
    return Timbre(latent=latent, parts=tuple((share, anchors) for share, anchors in parts if share > 0))


def level_db(tone: Tone) -> float:
    """Greatest level of all partials and bands together, dBFS."""
    return float(10 * np.log10((10 ** (tone.sheet().astype(np.float64) / 10)).sum(axis=1).max()))


def loudened(tone: Tone, gain_db: float) -> Tone:
    """The same tone, louder or softer; what is at the floor stays there."""
    return replace(tone, partials_db=_moved(tone.partials_db, gain_db), noise_db=_moved(tone.noise_db, gain_db))


def _moved(levels_db: Floats, gain_db: float) -> Floats:
    return np.where(levels_db <= FLOOR_DB, FLOOR_DB, np.maximum(levels_db + gain_db, FLOOR_DB)).astype(np.float32)


def _anchor(latent: Floats, tone: Tone, level: float, velocity: int) -> Anchor:
    plain = timbre_map.decode(latent, pitch_midi=tone.pitch_midi, velocity=velocity)
    remainder = np.maximum(tone.sheet() - np.float32(level), FLOOR_DB) - plain.sheet()
    # Partials above the range of hearing are silent in every recording: at a lower pitch they would be missed.
    remainder[:, :PARTIALS][:, tone.partials_db.max(axis=0) <= FLOOR_DB] = 0.0
    return Anchor(pitch_midi=tone.pitch_midi, remainder_db=remainder, spread_more=tone.spread - plain.spread)


def _weighted(anchors: Sequence[Anchor], pitch_midi: float) -> list[tuple[float, Anchor]]:
    near = np.exp([-abs(pitch_midi - anchor.pitch_midi) / _REACH_SEMITONES for anchor in anchors])
    sharp = near**4  # among several notes the nearest speaks first
    return list(zip((near.max() * sharp / sharp.sum()).tolist(), anchors, strict=True))
