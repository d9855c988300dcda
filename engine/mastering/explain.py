"""Says in plain words what a master does, and why."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from engine.analysis.band_powers import CENTRES_HZ
from engine.arrays import Doubles, Signal
from engine.mastering.aim import Aim
from engine.mastering.profile import WIDTH_FLOOR_DB, Profile

_REGIONS: Final = (
    (20, 60, "the sub-bass (below 60 Hz)"), (60, 150, "the bass (60 to 150 Hz)"),
    (150, 400, "the warmth (150 to 400 Hz)"), (400, 1_000, "the low middle (400 Hz to 1 kHz)"),
    (1_000, 2_500, "the middle (1 to 2.5 kHz)"), (2_500, 6_000, "the presence (2.5 to 6 kHz)"),
    (6_000, 25_000, "the air (above 6 kHz)"),
)  # fmt: skip
_SAID_DB: Final = 0.7  # moves smaller than this are not worth a sentence
_RUN: Final = 4  # samples in a row at the highest value: a clipped peak


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What the plugins before the limiter do."""

    is_clipped: bool = False
    response_db: Doubles = field(default_factory=lambda: np.zeros(len(CENTRES_HZ)))
    squeezer: dict[str, Any] | None = None
    width: float = 1.0


def remarks(
    before: Profile, after: Profile, moves: Moves, aim: Aim, target_lufs: float, entry: dict[str, Any], peak_dbtp: float
) -> tuple[str, ...]:
    """One sentence or two on each stage."""
    found = []
    if moves.is_clipped:
        found.append("The recording is clipped: mastering cannot bring back what was cut off, mending (de-clip) can.")
    if aim.balance_db is not None:
        found.append(_on_balance(moves.response_db, aim))
    found += _on_dynamics(moves, before, after, aim)
    found += _on_width(moves, before, after, aim)
    found.append(_on_loudness(before, after, aim, target_lufs, entry, peak_dbtp))
    return tuple(found)


def is_clipped(signal: Signal) -> bool:
    """Whether peaks are cut off: several samples in a row at the same highest value, more than once."""
    for channel in signal:
        highest = float(np.abs(channel).max(initial=0.0))
        if highest < 0.05:
            continue
        flat = np.abs(channel) >= highest * 0.9999
        runs = np.convolve(flat, np.ones(_RUN, dtype=np.int64), "valid") == _RUN
        if int(runs.sum()) >= _RUN:
            return True
    return False


def _on_balance(response: Doubles, aim: Aim) -> str:
    said = []
    for low, high, words in _REGIONS:
        inside = (low <= CENTRES_HZ) & (high > CENTRES_HZ)
        move = float(response[inside].mean())
        if abs(move) >= _SAID_DB:
            said.append((abs(move), f"{'up' if move > 0 else 'down'} {abs(move):.1f} dB in {words}"))
    if not said:
        return f"Equaliser: hardly anything, the balance is already that of {aim.words}."
    strongest = [words for _, words in sorted(said, reverse=True)[:4]]
    return f"Equaliser: {', '.join(strongest)}, since there it differed from {aim.words}."


def _on_dynamics(moves: Moves, before: Profile, after: Profile, aim: Aim) -> list[str]:
    if moves.squeezer is not None:
        return [
            f"Compressor: {moves.squeezer['ratio']:g}:1 above {moves.squeezer['threshold_db']:.0f} dB; the crest goes "
            f"from {before.crest_db:.1f} to {after.crest_db:.1f} dB, {aim.words} has {aim.crest_db:.1f} dB."
        ]
    if aim.crest_db is not None and before.crest_db < aim.crest_db - 1:
        return [
            f"No compressor: with a crest of {before.crest_db:.1f} dB the recording is denser than {aim.words} "
            f"({aim.crest_db:.1f} dB) already, and no plugin gives back peaks."
        ]
    return []


def _on_width(moves: Moves, before: Profile, after: Profile, aim: Aim) -> list[str]:
    if aim.width_db is None:
        return []
    if before.width_db <= WIDTH_FLOOR_DB:
        return ["Width: left and right are the same, so there is nothing to widen."]
    if moves.width == 1.0:
        return []
    verb = "widened" if moves.width > 1 else "narrowed"
    return [
        f"Width: {verb} to {moves.width:.0%}; the side stands at {after.width_db:.1f} dB under the middle, "
        f"{aim.words} has {aim.width_db:.1f} dB."
    ]


def _on_loudness(
    before: Profile, after: Profile, aim: Aim, target_lufs: float, entry: dict[str, Any], peak_dbtp: float
) -> str:
    what = (
        f"Limiter: from {before.loudness_lufs:.1f} to {after.loudness_lufs:.1f} LUFS, driven by "
        f"{entry['gain_db']:+.1f} dB; highest true peak {peak_dbtp:.1f} dBTP, ceiling {aim.ceiling_dbtp:.1f}."
    )
    if after.loudness_lufs < target_lufs - 0.1:
        return what + f" {target_lufs:.1f} LUFS cannot be reached: the peaks stand too far above the rest."
    if target_lufs < aim.loudness_lufs - 0.1:
        return what + f" All the way would be {aim.loudness_lufs:.1f} LUFS."
    return what
