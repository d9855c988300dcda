"""Effects, mixes and meters: how many times as fast as the music they are, on one core.

    python -m tests.benchmarks.bench_effects [--seconds 30] [--only plugins,render,loudness]

One thread, stereo at 44.1 kHz. Times are the process's own (CPU), the best of three. `render` plays sixteen parts with
two effects each, sends to a reverb and a limited master, and stands beside the synthesiser alone; `loudness` stands
beside pyloudnorm, which has no true peak and no range.
"""

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import argparse
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pyloudnorm

from engine.dsp import loudness
from engine.errors import MissingBankError
from engine.mixing import PLUGINS, Mix, apply, export, mixdown
from engine.score import Note, Score, make_part
from engine.timbre import sampler

RATE_HZ = 44_100
NEEDED: dict[str, dict[str, Any]] = {
    "eq": {
        "bands": [
            {"shape": "low_shelf", "frequency_hz": 120, "gain_db": 3},
            {"shape": "peak", "frequency_hz": 900, "gain_db": -4},
            {"shape": "peak", "frequency_hz": 3_000, "gain_db": 2},
            {"shape": "high_shelf", "frequency_hz": 9_000, "gain_db": 2},
        ]
    },
    "pitch_shift": {"semitones": 3},
    "time_stretch": {"length": 1.25},
}
PAIRS: list[list[dict[str, Any]]] = [
    [{"type": "eq", **NEEDED["eq"]}, {"type": "compressor"}],
    [{"type": "high_pass"}, {"type": "delay"}],
    [{"type": "chorus"}, {"type": "saturation"}],
    [{"type": "compressor"}, {"type": "reverb"}],
]


def main() -> None:
    """Run what was asked for and print a table of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--only", default="plugins,render,loudness")
    options = parser.parse_args()
    for name in options.only.split(","):
        {"plugins": _plugins, "render": _render, "loudness": _loudness}[name](options.seconds)


def _best_s(work: Callable[[], object], turns: int = 3) -> float:
    times = []
    for _ in range(turns):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def _noise(seconds: int) -> np.ndarray:
    return (0.2 * np.random.default_rng(1).standard_normal((2, seconds * RATE_HZ))).astype(np.float32)


def _plugins(seconds: int) -> None:
    signal = _noise(seconds)
    print(f"\n{'plugin':<14}{'x real time':>12}{'us a block of 8,192':>22}")
    for kind in PLUGINS:
        setting = {"type": kind, **NEEDED.get(kind, {})}
        took_s = _best_s(lambda setting=setting: apply(signal, [setting], sample_rate_hz=RATE_HZ))
        print(f"{kind:<14}{seconds / took_s:>12,.0f}{took_s / (signal.shape[1] / 8_192) * 1e6:>22,.0f}")


def _score(seconds: int) -> Score:
    chance, parts = np.random.default_rng(2), []
    for index in range(16):
        notes = []
        for beat in range(2 * seconds):  # 120 beats a minute
            at, drums, chords = Fraction(beat), index == 9, index % 3 == 0
            pitches = (
                (36, 42) if drums else (48 + index, 52 + index, 55 + index) if chords else chance.integers(50, 74, 2)
            )
            for turn, pitch in enumerate(pitches):
                onset = at if drums or chords else at + Fraction(turn, 2)
                notes.append(Note(onset=onset, duration=Fraction(1, 2), pitch_midi=int(pitch), velocity=80))
        parts.append(make_part(notes, name=f"Part {index + 1}", program=index * 7, is_drums=index == 9))
    return Score(parts=tuple(parts))


def _render(seconds: int) -> None:
    try:
        sampler.default_bank()
    except MissingBankError as error:
        print(f"\nrender: {error.message}")
        return
    score = _score(seconds)
    names = sampler.part_names(score)
    tracks = [
        {"name": name, "plugins": PAIRS[index % 4], "gain_db": -6, "position": index / 8 - 1,
         "sends": [{"to": "Room", "gain_db": -12}]}
        for index, name in enumerate(names)
    ]  # fmt: skip
    room = {"name": "Room", "plugins": [{"type": "reverb", "mix": 1}]}
    document = {"version": 1, "tracks": tracks, "buses": [room], "master": {"plugins": [{"type": "limiter"}]}}
    mix = Mix.from_settings(document)
    sources = {name: (lambda index=index: sampler.stem(score, index)) for index, name in enumerate(names)}
    start = time.process_time()
    sampler.stem(score, 0)
    print(f"\n{'render':<42}{'x real time':>12}   (bank decoded once a process: {time.process_time() - start:.1f} s)")
    stems = [sampler.stem(score, index) for index in range(16)]
    finished = mixdown(mix, dict(zip(names, stems, strict=True)), sample_rate_hz=RATE_HZ)
    length_s = finished.shape[1] / RATE_HZ
    rows: dict[str, Callable[[], object]] = {
        "synthesiser alone, all parts at once": lambda: sampler.render(score),
        "synthesiser alone, part by part": lambda: [sampler.stem(score, index) for index in range(16)],
        "mix alone: 16 x 2 effects, room, limiter": lambda: mixdown(
            mix, dict(zip(names, stems, strict=True)), sample_rate_hz=RATE_HZ
        ),
        "notes to finished mix": lambda: mixdown(mix, sources, sample_rate_hz=RATE_HZ),
        "24 bit with dither": lambda: export(finished, sample_rate_hz=RATE_HZ),
    }
    for name, work in rows.items():
        print(f"{name:<42}{length_s / _best_s(work, 2):>12,.1f}")


def _loudness(seconds: int) -> None:
    signal = _noise(seconds)
    signal[:, : signal.shape[1] // 3] *= 0.05
    theirs = pyloudnorm.Meter(RATE_HZ)
    frames = signal.T.astype(np.float64)
    difference = loudness.integrated_lufs(signal, sample_rate_hz=RATE_HZ) - theirs.integrated_loudness(frames)
    rows: dict[str, Callable[[], object]] = {
        "integrated": lambda: loudness.integrated_lufs(signal, sample_rate_hz=RATE_HZ),
        "all, true peak and range": lambda: loudness.measure(signal, sample_rate_hz=RATE_HZ),
        "true peak": lambda: loudness.true_peak_dbtp(signal, sample_rate_hz=RATE_HZ),
        "pyloudnorm, integrated": lambda: theirs.integrated_loudness(frames),
    }
    print(f"\n{'loudness':<28}{'x real time':>12}   (integrated, ours less pyloudnorm's: {difference:+.4f} LU)")
    for name, work in rows.items():
        print(f"{name:<28}{seconds / _best_s(work):>12,.0f}")


if __name__ == "__main__":
    main()
