"""Repairs from file to file: one or several, in the order in which they do least harm to each other."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from engine.arrays import Signal
from engine.convert import form_of_name
from engine.denoise.clicks import remove_clicks
from engine.denoise.clipping import restore_clipping
from engine.denoise.files import created
from engine.denoise.gate import gate
from engine.denoise.hum import remove_hum
from engine.denoise.repaired import Repaired
from engine.errors import OutOfRangeError
from engine.io.recording import BLOCK_FRAMES, open_recording

# Clicks first: to all others they would be part of the sound. The gate last, when what pauses hold is known.
ORDER: Final = ("clicks", "clipping", "hum", "gate")
_EACH_CHANNEL: Final = frozenset({"clicks", "clipping"})  # judged channel by channel, so that progress can be told
_PEAK_MAX: Final = 0.999

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the repairs work; each is for the repair that the engine's functions of these names explain."""

    strength: float = 1.0  # of hum, clicks and clipping
    mains_hz: float | None = None
    sensitivity: float = 0.5
    threshold_db: float | None = None
    range_db: float = 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """What one repair did: faults found, and the energy taken out or put in against what came in, dB (-inf: none)."""

    name: str
    found: int
    changed_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was done to a file; `lowered_db` is by how much it was turned down for restored peaks past full scale."""

    sample_rate_hz: int
    channels: int
    samples: int
    repairs: tuple[Mended, ...]
    lowered_db: float


def repair_file(
    source: Path,
    target: Path,
    repairs: Sequence[str],
    settings: Settings,
    *,
    form: str | None = None,
    tell: Tell | None = None,
) -> Report:
    """Mend a recording that fits into memory (12 minutes of stereo at 44.1 kHz do).

    Parameters
    ----------
    repairs : some of `ORDER`, run in that order
    target : WAV and FLAC keep the source's bit depth where they can
    form : "wav", "flac", "ogg" or "mp3"; by the ending of `target` if not given
    tell : is called with the steps done and the steps in all

    Raises
    ------
    OutOfRangeError
        If there is no such repair, none at all, or a setting is outside its range.
    EngineError
        If the source cannot be read or is too long, or the target's format cannot hold it.
    """
    if not repairs or not set(repairs) <= set(ORDER):
        raise OutOfRangeError(f"choose one or more of {', '.join(ORDER)}")
    wanted = form or form_of_name(target.name)
    with open_recording(source) as recording:
        rate, coding = recording.sample_rate_hz, recording.coding
        with created(target, wanted, rate=rate, channels=recording.channels, coding=coding) as writer:
            signal = recording.whole()
            done, mended = _mended(signal, rate, [name for name in ORDER if name in repairs], settings, tell)
            peak = float(np.abs(done).max(initial=0.0))
            gain = np.float32(_PEAK_MAX / peak if peak > 1 and coding not in ("FLOAT", "DOUBLE") else 1.0)
            for start in range(0, done.shape[1], BLOCK_FRAMES):
                writer.write((done[:, start : start + BLOCK_FRAMES] * gain).T)
    return Report(
        sample_rate_hz=rate,
        channels=signal.shape[0],
        samples=signal.shape[1],
        repairs=tuple(mended),
        lowered_db=float(20 * np.log10(1 / gain)),
    )


def _mended(
    signal: Signal, rate: int, names: list[str], settings: Settings, tell: Tell | None
) -> tuple[Signal, list[Mended]]:
    channels = signal.shape[0]
    steps = sum(channels if name in _EACH_CHANNEL else 1 for name in names)
    count, mended, heard = 0, [], float(np.square(signal, dtype=np.float64).sum())
    for name in names:
        parts = []
        for piece in _pieces(name, signal):
            parts.append(_repaired(name, piece, rate, settings))
            count += 1
            if tell is not None:
                tell(count, steps)
        changed = sum(float(np.square(part.residual, dtype=np.float64).sum()) for part in parts)
        signal = np.concatenate([part.signal for part in parts])
        changed_db = float(10 * np.log10(changed / heard)) if changed > 0 and heard > 0 else float("-inf")
        mended.append(Mended(name=name, found=sum(part.found for part in parts), changed_db=changed_db))
    return signal, mended


def _pieces(name: str, signal: Signal) -> Iterator[Signal]:
    if name not in _EACH_CHANNEL:
        yield signal
        return
    for channel in range(len(signal)):
        yield signal[channel : channel + 1]


def _repaired(name: str, signal: Signal, rate: int, settings: Settings) -> Repaired:
    strength = settings.strength
    if name == "clicks":
        return remove_clicks(signal, sample_rate_hz=rate, sensitivity=settings.sensitivity, strength=strength)
    if name == "clipping":
        return restore_clipping(signal, sample_rate_hz=rate, strength=strength)
    if name == "hum":
        return remove_hum(signal, sample_rate_hz=rate, mains_hz=settings.mains_hz, strength=strength)
    return gate(signal, sample_rate_hz=rate, threshold_db=settings.threshold_db, range_db=settings.range_db)
