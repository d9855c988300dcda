"""Masters a recording: balance, dynamics, width, loudness; the chain that does it, and why each part is there."""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from engine.analysis.band_powers import BandPowers, band_powers, decibels, k_weight
from engine.arrays import Doubles, Signal
from engine.dsp import loudness
from engine.mastering import explain
from engine.mastering.aim import Aim, Amounts
from engine.mastering.drive import LIMITER_GAIN_DB_MAX, driven
from engine.mastering.dynamics import Stretch, compressor, loudest
from engine.mastering.peaks import peak_dbtp
from engine.mastering.profile import WIDTH_FLOOR_DB, Profile, loud_frames, profile_of
from engine.mixing.chain import apply
from engine.mixing.equalisers import equalisers
from engine.recommend.capability import Tell, silent

# How far an equaliser goes: to cut what a reference has not is harmless, to lift what is hardly there is not.
_EQ_DB: Final = {"third": (-36.0, 15.0), "octave": (-10.0, 8.0)}
_FAINT_DB: Final = -60.0  # bands this far below the loudness are left alone: there is nothing but noise in them
_FACTORS: Final = (0.4, 1.8)  # of the width
_WIDEST_DB: Final = -1.0
_LIMITERS_SHARE_DB: Final = 12.0  # of a great lift; the rest is a gain's work


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """A finished master.

    sound : (2, samples) float32; what `setting` makes of the recording, but for roundings at -140 dB
    setting : a mix setting (version 2)
    before, after : profiles; true_peak_dbtp : of the sound
    """

    sound: Signal
    setting: dict[str, Any]
    before: Profile
    after: Profile
    true_peak_dbtp: float
    remarks: tuple[str, ...]

    @property
    def louder_lu(self) -> float:
        """By how much the master is louder than the recording."""
        return self.after.loudness_lufs - self.before.loudness_lufs


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording, looked at once for any number of masters; `signal` is (2, samples)."""

    signal: Signal
    sample_rate_hz: int
    powers: BandPowers
    profile: Profile
    true_peak_dbtp: float


def recording(signal: Signal, *, sample_rate_hz: int) -> Recording:
    """Analyse (1 or 2, samples) float32.

    Raises
    ------
    SilenceError
        If nothing in it is louder than -70 LUFS for 0.4 s.
    """
    wide = np.repeat(signal, 2, axis=0) if signal.shape[0] == 1 else signal
    meter = loudness.Meter(sample_rate_hz, 2, finds_peaks=False)
    meter.push(wide)
    powers = band_powers(wide, sample_rate_hz=sample_rate_hz)
    profile = profile_of(powers, meter.integrated_lufs(), meter.loudness_range_lu())
    peak = peak_dbtp(wide, ceiling_dbtp=0.0)
    return Recording(signal=wide, sample_rate_hz=sample_rate_hz, powers=powers, profile=profile, true_peak_dbtp=peak)


def master(given: Recording, aim: Aim, amounts: Amounts, *, name: str = "Master", tell: Tell = silent) -> Master:
    """Make one master of a recording, looked at before."""
    tell(0.05, "the equaliser")
    plan = _Plan(given, aim, amounts)
    tell(0.25, "the sound")
    shaped = apply(given.signal, plan.plugins, sample_rate_hz=given.sample_rate_hz) if plan.plugins else given.signal
    tell(0.45, "the limiter")
    target = _target_lufs(shaped, given.sample_rate_hz, aim, amounts)
    lift = target - loudness.integrated_lufs(shaped, sample_rate_hz=given.sample_rate_hz)
    if abs(lift) > LIMITER_GAIN_DB_MAX - 6:
        lift = round(float(np.clip(lift - np.sign(lift) * _LIMITERS_SHARE_DB, -60, 30)), 1)
        plan.plugins.append({"type": "gain", "gain_db": lift})
        shaped = apply(shaped, plan.plugins[-1:], sample_rate_hz=given.sample_rate_hz)
    made = driven(shaped, sample_rate_hz=given.sample_rate_hz, target_lufs=target, ceiling_dbtp=aim.ceiling_dbtp)
    sound, peak = made.sound, made.true_peak_dbtp
    plugins = [*plan.plugins, made.entry]
    tell(0.9, "the measures")
    powers = band_powers(sound, sample_rate_hz=given.sample_rate_hz)
    after = profile_of(powers, made.meter.integrated_lufs(), made.meter.loudness_range_lu())
    remarks = explain.remarks(given.profile, after, plan.moves, aim, target, made.entry, peak)
    setting = {"version": 2, "name": name[:120], "notes": " ".join(remarks)[:2000], "plugins": plugins}
    tell(1.0, "done")
    return Master(sound=sound, setting=setting, before=given.profile, after=after, true_peak_dbtp=peak, remarks=remarks)


class _Plan:
    """The plugins before the limiter, worked out on powers and on the loudest stretch."""

    def __init__(self, given: Recording, aim: Aim, amounts: Amounts) -> None:
        self._given, self._aim, self._rate = given, aim, given.sample_rate_hz
        self.plugins: list[dict[str, Any]] = []
        self.moves = explain.Moves(is_clipped=explain.is_clipped(given.signal))
        wanted = self._wanted(amounts.equaliser / 100)
        plugins, response = self._equaliser(wanted)
        squeezer, drift = self._dynamics(plugins, amounts.dynamics / 100)
        if plugins:  # what compressor and limiter will do to the balance is taken into account
            plugins, response = self._equaliser(np.clip(wanted - drift, wanted - 3, wanted + 3))
        width = self._width(response, amounts.width / 100)
        self.plugins = [*plugins, *([squeezer] if squeezer else []), *width]
        self.moves = replace(
            self.moves, response_db=response, squeezer=squeezer, width=width[0]["width"] if width else 1.0
        )

    def _wanted(self, share: float) -> Doubles:
        if self._aim.balance_db is None or share == 0:
            return np.zeros(len(self._given.profile.balance_db))
        now = self._given.profile.balance_db
        there = self._given.profile.is_there & (now > _FAINT_DB)
        change = np.where(there, np.maximum(self._aim.balance_db, _FAINT_DB - 10) - now, 0.0)
        return np.asarray(share * np.clip(change, *_EQ_DB[self._aim.detail]))

    def _equaliser(self, wanted: Doubles) -> tuple[list[dict[str, Any]], Doubles]:
        if not np.any(np.abs(wanted) > 0.2):
            return [], np.zeros(len(wanted))
        there = self._given.profile.is_there & (self._given.profile.balance_db > _FAINT_DB)
        return equalisers(wanted, there, sample_rate_hz=self._rate, detail=self._aim.detail)

    def _dynamics(self, plugins: list[dict[str, Any]], share: float) -> tuple[dict[str, Any] | None, Doubles]:
        """The compressor, if one is wanted, and what it and the limiter do to the balance, dB."""
        piece = loudest(self._given.signal, self._given.powers, sample_rate_hz=self._rate)
        if plugins:
            piece = apply(piece, plugins, sample_rate_hz=self._rate)
        gain = float(np.clip(self._aim.loudness_lufs - self._given.profile.loudness_lufs, -30, 30))
        stretch = Stretch(piece, sample_rate_hz=self._rate, gain_db=gain, ceiling_dbtp=self._aim.ceiling_dbtp)
        squeezer = None
        if self._aim.crest_db is not None and share > 0:
            squeezer = compressor(stretch, crest_db=self._aim.crest_db, share=share)
        plain, later = (stretch.heard(chain, is_limited=bool(chain))[1] for chain in ([], self._behind(squeezer)))
        return squeezer, levelled_difference(later, plain)

    def _behind(self, squeezer: dict[str, Any] | None) -> list[dict[str, Any]]:
        return [squeezer] if squeezer else [{"type": "gain", "gain_db": 0.0}]

    def _width(self, response_db: Doubles, share: float) -> list[dict[str, Any]]:
        if self._aim.width_db is None or share == 0 or self._given.profile.width_db <= WIDTH_FLOOR_DB:
            return []
        weight = k_weight() * 10 ** (response_db / 10)
        loud = loud_frames(self._given.powers.total)
        side, middle = (p[loud].mean(axis=0) @ weight for p in (self._given.powers.side, self._given.powers.middle))
        now = float(decibels(np.asarray(side)) - decibels(np.asarray(middle)))
        change = min(now + share * (self._aim.width_db - now), max(_WIDEST_DB, now)) - now
        factor = float(np.clip(10 ** (change / 20), *_FACTORS))
        return [{"type": "width", "width": round(factor, 3)}] if abs(factor - 1) >= 0.02 else []


def levelled_difference(one: Doubles, other: Doubles) -> Doubles:
    """`one - other` without its K-weighted mean: a change of balance alone, (30,) dB."""
    weight = k_weight() * 10 ** (other / 10)
    apart = one - other
    return np.asarray(apart - float((weight * apart).sum() / weight.sum()))


def _target_lufs(shaped: Signal, rate: int, aim: Aim, amounts: Amounts) -> float:
    """The wanted loudness, or a share of the way to it from what the peaks allow by themselves."""
    if amounts.limiter == 100:
        return aim.loudness_lufs
    measured = loudness.measure(shaped, sample_rate_hz=rate)
    by_itself = measured.integrated_lufs + aim.ceiling_dbtp - 0.1 - measured.true_peak_dbtp
    way = max(aim.loudness_lufs - by_itself, 0.0)
    return aim.loudness_lufs - (1 - amounts.limiter / 100) * way
