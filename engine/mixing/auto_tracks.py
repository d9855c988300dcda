"""One track of an automatic mix: what was heard of it, and the plugins that follow."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from engine.analysis.band_powers import CENTRES_HZ, BandPowers, band_powers, decibels, k_weight
from engine.arrays import Doubles, Signal
from engine.mixing.chain import apply
from engine.mixing.equalisers import equalisers
from engine.mixing.hearing import loud_level_db
from engine.mixing.listening import Heard
from engine.mixing.styles import ROLE_WORDS, ROLES, place

STRETCH_S: Final = 12.0
_TRUST: Final = 0.8  # of what the network says of the balance: it knows the kind of sound, not this player
_EQ_DB_MAX: Final = 7.0
_SAID_DB: Final = 1.0
_FAINT_DB: Final = -42.0
_STEREO_DB: Final = -18.0  # from here on a track is wide by itself and stays in the middle
_CUT_DB: Final = -50.0  # what is fainter than this, below the cut, is not worth one


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A track that sounds, looked at once.

    signal : (2, samples); stretch : its loudest seconds
    level_db : K-weighted, over its loud frames; balance_db : (30,) over them, K-weighted loudness 0
    """

    name: str
    signal: Signal
    stretch: Signal
    sample_rate_hz: int
    powers: BandPowers
    level_db: float
    balance_db: Doubles

    @property
    def is_wide(self) -> bool:
        """Whether left and right differ so much that it needs no place of its own."""
        side, middle = (float(part.mean(axis=0) @ k_weight()) for part in (self.powers.side, self.powers.middle))
        return float(decibels(np.asarray(side)) - decibels(np.asarray(middle))) > _STEREO_DB


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How much is done of each kind, 0..1."""

    level: float = 1.0
    equaliser: float = 1.0
    compressor: float = 1.0
    pan: float = 1.0
    reverb: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Treated:
    """A track's plugins, the level behind them (dB, as `Track.level_db`), and what was done, in words."""

    plugins: tuple[dict[str, Any], ...]
    level_db: float
    balance_db: Doubles
    role: str
    words: tuple[str, ...]


def look(name: str, signal: Signal, *, sample_rate_hz: int) -> Track | None:
    """Analyse a track; None if it is silent (nothing above -70 dB, K-weighted)."""
    wide = np.repeat(signal, 2, axis=0) if signal.shape[0] == 1 else signal
    powers = band_powers(wide, sample_rate_hz=sample_rate_hz)
    level = float(loud_level_db(powers.total))
    if level < -70:
        return None
    weighted = powers.total @ k_weight()
    loud = weighted >= 0.1 * weighted.mean()
    balance = decibels(powers.total[loud].mean(axis=0)) - level
    return Track(
        name=name,
        signal=wide,
        stretch=_loudest(wide, weighted, sample_rate_hz),
        sample_rate_hz=sample_rate_hz,
        powers=powers,
        level_db=level,
        balance_db=balance,
    )


def treat(track: Track, heard: Heard, index: int, genre: str, share: Share) -> Treated:
    """The plugins for the track at `index`."""
    role = ROLES[int(np.argmax(heard.role[index]))]
    change = _change(track, heard.balance_db[index]) * share.equaliser
    plugins, words = _equaliser(track, change, place(genre, role).low_cut_hz if share.equaliser > 0 else 0.0)
    squeeze = float(heard.squeeze[index]) * share.compressor
    before = _level(track, [])
    level = _level(track, plugins) if plugins else before
    if squeeze >= 0.1:
        compressor = _compressor(level + track.level_db - before, squeeze)
        plugins.append(compressor)
        words.append(f"compressed {compressor['ratio']:.1f}:1 above {compressor['threshold_db']:.0f} dB")
        level = _level(track, plugins)
    return Treated(
        plugins=tuple(plugins), level_db=track.level_db + level - before, balance_db=track.balance_db + change,
        role=role, words=tuple(words),
    )  # fmt: skip


def heard_as(heard: Heard, index: int) -> str:
    """What the network takes the track for, with its belief."""
    best = int(np.argmax(heard.role[index]))
    return f"heard as {ROLE_WORDS[ROLES[best]]} ({heard.role[index, best]:.0%})"


def _change(track: Track, wanted: Doubles) -> Doubles:
    """How the balance is to change, (30,) dB, as smooth as an octave, where there is anything."""
    there = track.powers.is_there & (track.balance_db > _FAINT_DB)
    apart = np.where(there, np.clip(wanted - track.balance_db, -2 * _EQ_DB_MAX, 2 * _EQ_DB_MAX), 0.0)
    smooth = np.convolve(np.pad(apart, 1, mode="edge"), np.full(3, 1 / 3), "valid")
    return np.asarray(np.where(there, np.clip(_TRUST * smooth, -_EQ_DB_MAX, _EQ_DB_MAX), 0.0))


def _equaliser(track: Track, change: Doubles, low_cut_hz: float) -> tuple[list[dict[str, Any]], list[str]]:
    there = track.powers.is_there & (track.balance_db > _FAINT_DB)
    plugins: list[dict[str, Any]] = []
    words: list[str] = []
    if float(np.abs(change[there]).max(initial=0.0)) >= _SAID_DB:
        plugins, response = equalisers(change, there, sample_rate_hz=track.sample_rate_hz)
        words += [_on_extreme(response, there, sign) for sign in (1.0, -1.0)]
    below = track.balance_db[0.8 * low_cut_hz > CENTRES_HZ]
    if len(below) and float(below.max()) > _CUT_DB:
        plugins.insert(0, {"type": "high_pass", "frequency_hz": low_cut_hz, "slope_db_per_octave": 12})
        words.append(f"nothing below {low_cut_hz:.0f} Hz")
    return plugins, [word for word in words if word]


def _on_extreme(response: Doubles, there: Any, sign: float) -> str:
    at = int(np.argmax(np.where(there, sign * response, -np.inf)))
    if sign * response[at] < _SAID_DB:
        return ""
    return f"{response[at]:+.1f} dB around {_frequency(float(CENTRES_HZ[at]))}"


def _frequency(hertz: float) -> str:
    return f"{hertz / 1000:.1f} kHz" if hertz >= 1000 else f"{hertz:.0f} Hz"


def _compressor(level_db: float, squeeze: float) -> dict[str, Any]:
    return {
        "type": "compressor",
        "threshold_db": round(float(np.clip(level_db + 4 - 6 * squeeze, -80, 0)), 1),
        "ratio": round(1.5 + 2.5 * squeeze, 2),
        "attack_ms": 10.0,
        "release_ms": 120.0,
    }


def _level(track: Track, plugins: list[dict[str, Any]]) -> float:
    out = apply(track.stretch, plugins, sample_rate_hz=track.sample_rate_hz) if plugins else track.stretch
    return float(loud_level_db(band_powers(out, sample_rate_hz=track.sample_rate_hz).total))


def _loudest(signal: Signal, weighted: Doubles, rate: int) -> Signal:
    samples = int(STRETCH_S * rate)
    if signal.shape[1] <= samples:
        return signal
    span = max(round(len(weighted) * samples / signal.shape[1]), 1)
    start = int(np.argmax(np.convolve(weighted, np.ones(span), "valid"))) * signal.shape[1] // len(weighted)
    start = min(start, signal.shape[1] - samples)
    return signal[:, start : start + samples]
