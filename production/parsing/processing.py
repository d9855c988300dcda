"""Processes of the workbench in the confined child: a section auditioned, or the whole applied."""

from __future__ import annotations

import dataclasses
import io
import platform
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import scipy
import soundfile

from engine.arrays import Signal, as_signal
from engine.dsp.resample import resample
from engine.errors import OutOfRangeError
from engine.io import audio
from production.parsing.spectra import spectrum
from production.parsing.telling import tell
from production.processes import registry
from production.processes.base import Process
from production.processes.crafted import Heard, Stage
from production.processes.sound import Processed, Take

Outcome = tuple[dict[str, Any], dict[str, bytes]]
ENGINE = "0.1.0"
_FLAC_CHANNELS_MAX = 8
_FLAC_RATE_HZ_MAX = 192_000


def process(data: bytes, *, name: str, parameters: dict[str, Any], sizes: list[int]) -> Outcome:
    """Apply a process to the first of the files in `data`, `sizes` bytes each.

    Files "0", "1", ... are the stages' bytes; `stages` names each one's process, what was found in it and the weights
    it used. Notes to review come as `heard` instead.
    """
    from production.parsing.work import look  # late: it imports this module

    found = registry.get(name)
    checked = found.read(parameters)
    tell(0.02, "Opening it")
    made = _made(found, _pieces(data, sizes), checked)
    if isinstance(made, Heard):
        heard = {
            "notes": made.notes,
            "facts": dict(made.facts),
            "weights": dict(made.weights),
            "keys": _searched(made.keys),
        }
        return {"heard": heard, "stages": [], "runtime": runtime()}, {}
    tell(0.9, "Looking at the result")
    stages = [
        {
            "process": one.process,
            "examined": look(one.data).as_json(),
            "weights": dict(one.weights),
            "keys": _searched(one.keys) if one.keys else {},
        }
        for one in made
    ]
    files = {str(place): one.data for place, one in enumerate(made)}
    return {"heard": None, "stages": stages, "runtime": runtime()}, files


def _searched(keys: Mapping[str, Any]) -> dict[str, Any]:
    from production.parsing.work import coarse_chords  # late: it imports this module

    return {**keys, "chords": coarse_chords(keys.get("chords", ()))}


def audition(
    data: bytes, *, name: str, parameters: dict[str, Any], sizes: list[int], start_s: float, seconds: float
) -> Outcome:
    """Audition a process on `seconds` from `start_s`.

    Sound comes as `before.flac`, `after.flac`, `residual.flac` with what to draw of each; of notes heard in a recording
    come the notes themselves beside `before.flac`; what only measures takes the whole.
    """
    found = registry.get(name)
    room, files, checked = registry.room_of(found.room), _pieces(data, sizes), found.read(parameters)
    if found.makes == "figures":
        whole = _take(files)
        facts = room.measure(whole, tell)
        return {"figures": {}, "facts": facts, "seconds": whole.signal.shape[1] / whole.sample_rate_hz}, {}
    if found.makes == "element":
        sounds, rate = room.audition(files, checked, start_s, seconds, tell)
        return _sounds(sounds, rate, {})
    take = _take(files, start_s=start_s, seconds=seconds)
    if found.makes in ("draft", "stages"):
        return _notes(room.hear(name, dataclasses.replace(take, signal=take.stretch, start=0), checked, tell), take)
    result: Processed = room.run(name, take, checked, tell)
    sounds = {"before": take.stretch, "after": _at_rate(result, take.sample_rate_hz)}
    if result.residual is not None:
        sounds["residual"] = as_signal(result.residual)
    return _sounds(sounds, take.sample_rate_hz, result.facts)


def _sounds(sounds: Mapping[str, Signal], rate: int, facts: Mapping[str, Any]) -> Outcome:
    """What is heard of each part, and what is drawn of it."""
    figures = {part: spectrum(signal, sample_rate_hz=rate) for part, signal in sounds.items()}
    values = {"figures": figures, "facts": dict(facts), "seconds": next(iter(sounds.values())).shape[1] / rate}
    return values, {f"{part}.flac": lossless(signal, rate, bits=16) for part, signal in sounds.items()}


def _notes(heard: Heard, take: Take) -> Outcome:
    """Notes heard in the stretch, counted from its start, as a draft holds them, and the stretch itself."""
    rows = [[place, *note] for place, note in enumerate(heard.notes)]
    drawn = {name: heard.facts.get(name) for name in ("tempo_bpm", "key", "beats_s", "chords", "seconds")}
    before = lossless(take.stretch, take.sample_rate_hz, bits=16)
    values = {"figures": {}, "facts": {}, "heard": {**drawn, "notes": rows}, "seconds": drawn["seconds"]}
    return values, {"before.flac": before}


def runtime() -> dict[str, str]:
    """Versions that the bytes depend on."""
    return {
        "engine": ENGINE,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "sndfile": soundfile.__libsndfile_version__,
        "machine": platform.machine(),
    }


def lossless(signal: Signal, rate: int, *, bits: int = 24) -> bytes:
    """As FLAC, or as WAV where FLAC cannot hold it; values beyond full scale are clipped."""
    frames = np.clip(as_signal(signal).T, -1.0, 1.0)
    fits = frames.shape[1] <= _FLAC_CHANNELS_MAX and rate <= _FLAC_RATE_HZ_MAX
    target = io.BytesIO()
    soundfile.write(target, frames, rate, format="FLAC" if fits else "WAV", subtype=f"PCM_{bits}")
    return target.getvalue()


def _made(found: Process, files: Sequence[bytes], parameters: dict[str, Any]) -> Heard | list[Stage]:
    room = registry.room_of(found.room)
    if found.makes == "draft":
        heard: Heard = room.hear(found.name, _take(files), parameters, tell)
        return heard
    if found.makes == "sound":
        take = _take(files)
        result: Processed = room.run(found.name, take, parameters, tell)
        tell(0.8, "Writing it")
        written = lossless(result.signal, result.sample_rate_hz or take.sample_rate_hz)
        return [Stage(process=found.name, data=written, weights=result.weights)]
    stages: list[Stage] = room.make(found.name, tuple(files), parameters, tell)
    return stages


def _pieces(data: bytes, sizes: Sequence[int]) -> list[bytes]:
    return [data[start:stop] for start, stop in pairwise(accumulate(sizes, initial=0))]


def _take(files: Sequence[bytes], *, start_s: float = 0.0, seconds: float | None = None) -> Take:
    signal, rate = audio.read(files[0])
    start = min(int(start_s * rate), signal.shape[1])
    stop = signal.shape[1] if seconds is None else min(start + round(seconds * rate), signal.shape[1])
    if stop - start < 1:
        raise OutOfRangeError("the section lies behind the end of the recording")
    return Take(signal=signal, sample_rate_hz=rate, start=start, stop=stop, extras=tuple(files[1:]))


def _at_rate(result: Processed, rate: int) -> Signal:
    signal = as_signal(result.signal)
    if result.sample_rate_hz in (None, rate):
        return signal
    return resample(signal, from_hz=result.sample_rate_hz or rate, to_hz=rate)
