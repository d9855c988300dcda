"""Drum sounds one by one: the kits of the library's banks, folders of samples, and kits made from noise and sines.

A kit has for each of the six drums of `engine.transcription.drums.DRUMS` some hits, mono float32 at `RATE_HZ`, peak 1.
"""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from numpy.random import Generator
from scipy import signal as filters

from engine.arrays import Mono
from engine.dsp.resample import resample
from engine.io import audio
from engine.score import Note, Score, make_part
from engine.timbre import sampler
from engine.transcription import drums
from engine.transcription.posteriors import RATE_HZ

Kit = tuple[tuple[Mono, ...], ...]  # by column of `drums.DRUMS`

KEYS: Final = ((35, 36), (37, 38, 40), (42, 44), (46,), (41, 43, 45, 47, 48, 50), (49, 51, 52, 55, 57, 59))
_PROGRAMS: Final = (0, 8, 16, 24, 25, 32, 40, 48)
_VELOCITIES: Final = (55, 112)
_HIT_S: Final = 1.5
_QUIET: Final = 1e-3
# How the names of the samples of Sonic Pi (CC0, npm supersonic-scsynth-samples) begin, by column.
_NAMES: Final = (
    ("bd_", "drum_bass_", "drum_heavy_kick", "elec_soft_kick"),
    ("sn_", "drum_snare_", "elec_snare", "elec_lo_snare", "elec_mid_snare", "elec_hi_snare", "elec_filt_snare"),
    ("drum_cymbal_closed", "drum_cymbal_pedal"),
    ("drum_cymbal_open",),
    ("drum_tom_", "elec_fuzz_tom"),
    ("drum_cymbal_hard", "drum_cymbal_soft", "drum_splash_", "elec_cymbal"),
)


def of_bank(bank: Path) -> list[Kit]:
    """The drum kits of a General MIDI bank; programs it has no kit for sound like another and are left out."""
    found: list[Kit] = []
    for program in _PROGRAMS:
        kit = tuple(
            tuple(hit for key in keys for velocity in _VELOCITIES if len(hit := _hit(bank, program, key, velocity)))
            for keys in KEYS
        )
        if all(kit) and not any(_is_same(kit, other) for other in found):
            found.append(kit)
    return found


def _hit(bank: Path, program: int, key: int, velocity: int) -> Mono:
    note = Note(onset=Fraction(0), duration=Fraction(3), pitch_midi=key, velocity=velocity)
    score = Score(parts=(make_part([note], is_drums=True, program=program),))
    return _trimmed(sampler.render(score, sample_rate_hz=RATE_HZ, bank=bank, seconds_max=_HIT_S).mean(axis=0))


def _trimmed(mono: Mono) -> Mono:
    """From the first sound to the last, peak 1; empty for silence."""
    peak = float(np.abs(mono).max(initial=0))
    loud = np.flatnonzero(np.abs(mono) > _QUIET * peak)
    if peak < 1e-4 or not len(loud):
        return np.zeros(0, np.float32)
    return np.asarray(mono[loud[0] : min(loud[-1] + 1, loud[0] + int(_HIT_S * RATE_HZ))] / peak, np.float32)


def _is_same(one: Kit, other: Kit) -> bool:
    return all(
        len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
        for a, b in zip(one, other, strict=True)
    )


def of_folder(folder: Path) -> Kit:
    """One kit of all recordings in a folder whose names begin as those of Sonic Pi's samples do."""
    return tuple(
        tuple(_read(path) for path in sorted(folder.glob("*.flac")) if path.stem.startswith(names)) for names in _NAMES
    )


def _read(path: Path) -> Mono:
    signal, rate = audio.read(path.read_bytes())
    return _trimmed(resample(signal, from_hz=rate, to_hz=RATE_HZ).mean(axis=0))


def made(draw: Generator) -> Kit:
    """An electronic kit: swept sines, noise through filters, bells of squares."""
    return (
        (_kick(draw),),
        (_snare(draw),),
        (_metal(draw, float(draw.uniform(0.015, 0.07))),),
        (_metal(draw, float(draw.uniform(0.15, 0.5))),),
        tuple(_tom(draw, float(pitch)) for pitch in draw.uniform(75, 240, 3)),
        (_metal(draw, float(draw.uniform(0.5, 1.2)), is_bright=False),),
    )


def _time(seconds: float) -> Mono:
    return np.arange(int(seconds * RATE_HZ), dtype=np.float32) / np.float32(RATE_HZ)


def _swept(draw: Generator, low_hz: float, ratio: float, decay_s: float) -> Mono:
    """A sine that falls to `low_hz` and dies away."""
    time = _time(min(6 * decay_s, _HIT_S))
    pitch = low_hz * (1 + (ratio - 1) * np.exp(-time / float(draw.uniform(0.008, 0.05))))
    return np.asarray(np.sin(2 * np.pi * np.cumsum(pitch) / RATE_HZ) * np.exp(-time / decay_s), np.float32)


def _noise(draw: Generator, decay_s: float, low_hz: float, high_hz: float) -> Mono:
    time = _time(min(6 * decay_s, _HIT_S))
    sections = filters.butter(2, (low_hz, high_hz), "bandpass", fs=RATE_HZ, output="sos")
    heard = filters.sosfilt(sections, draw.standard_normal(len(time))) * np.exp(-time / decay_s)
    return _trimmed(np.asarray(heard, np.float32))


def _sum(parts: Sequence[tuple[float, Mono]]) -> Mono:
    total = np.zeros(max(len(part) for _, part in parts), np.float32)
    for gain, part in parts:
        total[: len(part)] += np.float32(gain) * part
    return _trimmed(total)


def _kick(draw: Generator) -> Mono:
    body = _swept(draw, float(draw.uniform(38, 75)), float(draw.uniform(2, 6)), float(draw.uniform(0.06, 0.3)))
    click = _noise(draw, 0.004, 500, float(draw.uniform(2_000, 9_000)))
    return _sum(((1.0, body), (float(draw.uniform(0, 0.5)), click)))


def _snare(draw: Generator) -> Mono:
    body = _swept(draw, float(draw.uniform(110, 260)), float(draw.uniform(1, 2)), float(draw.uniform(0.03, 0.15)))
    rattle = _noise(
        draw, float(draw.uniform(0.05, 0.2)), float(draw.uniform(300, 2_000)), float(draw.uniform(5e3, 1e4))
    )
    return _sum(((float(draw.uniform(0.2, 1)), body), (float(draw.uniform(0.3, 1)), rattle)))


def _tom(draw: Generator, pitch_hz: float) -> Mono:
    body = _swept(draw, pitch_hz, float(draw.uniform(1, 1.8)), float(draw.uniform(0.1, 0.4)))
    return _sum(((1.0, body), (float(draw.uniform(0, 0.25)), _noise(draw, 0.02, 300, 5_000))))


def _metal(draw: Generator, decay_s: float, *, is_bright: bool = True) -> Mono:
    """Six squares that agree in nothing, with noise, above some kilohertz."""
    time = _time(min(6 * decay_s, _HIT_S))
    tones = sum(np.sign(np.sin(2 * np.pi * pitch * time)) for pitch in draw.uniform(250, 2_500, 6))
    low = float(draw.uniform(4_000, 7_500) if is_bright else draw.uniform(1_200, 5_000))
    sections = filters.butter(4, low, "highpass", fs=RATE_HZ, output="sos")
    heard = filters.sosfilt(sections, tones * draw.uniform(0, 1) / 6 + draw.standard_normal(len(time)))
    return _trimmed(np.asarray(heard * np.exp(-time / decay_s), np.float32))


assert len(KEYS) == len(_NAMES) == len(drums.DRUMS)
