"""Writes the golden set anew: `python -m tests.engine.mixing.golden.make`, only after a plugin was changed on purpose.

`input.f32` is what goes in, `NAME.f32` what comes out, `cases.json` the settings. Sound is raw little-endian float32,
first all samples of the left channel, then all of the right, 4,096 each, at 44,100 Hz. The latency is taken out and the
tail cut off, so input and output have the same length (but for `time_stretch`). Another implementation passes if the
difference from a file, against the file, has an RMS of at most -60 dB; `pitch_shift` and `time_stretch` are for
listening only.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from engine.mixing import PLUGINS, apply
from engine.mixing.plugins.convolution import noise

FOLDER = Path(__file__).parent
RATE_HZ = 44_100
SAMPLES = 4_096
IMPULSE = np.stack([noise(900, seed) * np.exp(-np.arange(900) / 150) for seed in (11, 12)]).astype(np.float32)

EQ_BANDS = [
    {"shape": "low_shelf", "frequency_hz": 150, "gain_db": 4},
    {"shape": "peak", "frequency_hz": 1_200, "gain_db": -9, "q": 3},
    {"shape": "notch", "frequency_hz": 3_000, "q": 2},
    {"shape": "high_shelf", "frequency_hz": 8_000, "gain_db": 5,
     "automation": {"gain_db": [{"at_s": 0.01, "value": 5}, {"at_s": 0.06, "value": -5}]}},
]  # fmt: skip
CASES: dict[str, dict[str, Any]] = {
    "eq": {"bands": EQ_BANDS},
    "high_pass": {"frequency_hz": 400, "slope_db_per_octave": 18},
    "low_pass": {"frequency_hz": 2_500, "slope_db_per_octave": 24},
    "compressor": {"threshold_db": -24, "ratio": 5, "attack_ms": 2, "release_ms": 40, "makeup_db": 3, "mix": 0.9},
    "limiter": {"ceiling_db": -6, "gain_db": 6, "release_ms": 20},
    "gate": {"threshold_db": -18, "hold_ms": 4, "release_ms": 8, "range_db": -40},
    "reverb": {"decay_s": 0.4, "pre_delay_ms": 2, "damping_hz": 5_000, "size": 0.25, "mix": 0.5},
    "convolution": {"impulse": "room", "pre_delay_ms": 3, "mix": 0.5},
    "delay": {"time_ms": 11, "feedback": 0.6, "damping_hz": 6_000, "ping_pong": True, "mix": 0.4},
    "chorus": {"rate_hz": 4, "delay_ms": 7, "depth_ms": 2, "voices": 3, "spread": 0.7, "mix": 0.5},
    "saturation": {"drive_db": 12, "shape": "tube", "output_db": -4, "mix": 0.8},
    "gain": {"automation": {"gain_db": [{"at_s": 0.01, "value": -12}, {"at_s": 0.07, "value": 3}]}},
    "pan": {"position": 0.3},
    "width": {"width": 1.6},
    "pitch_shift": {"semitones": 4},
    "time_stretch": {"length": 1.5},
}


def made_input() -> np.ndarray:
    """A click, a burst of noise that dies away, a rising tone on the left and another on the right."""
    time = np.arange(SAMPLES) / RATE_HZ
    burst = np.stack([noise(SAMPLES, seed) for seed in (1, 2)]) * 0.5 * np.exp(-(((time - 0.02) / 0.008) ** 2))
    tones = np.stack([np.sin(2 * np.pi * (200 + 9_000 * time) * time), np.sin(2 * np.pi * 700 * time)]) * 0.3
    signal = burst + tones * (time > 0.035)
    signal[:, 100] += 0.8
    return signal.astype(np.float32)


def played(kind: str, signal: np.ndarray) -> np.ndarray:
    """The case's plugin over `signal`."""
    return apply(signal, [{"type": kind, **CASES[kind]}], sample_rate_hz=RATE_HZ, impulses={"room": IMPULSE})


def write() -> None:
    """Write every file of the set."""
    signal = made_input()
    for name, sound in {"input": signal, "impulse-room": IMPULSE}.items():
        (FOLDER / f"{name}.f32").write_bytes(sound.astype("<f4").tobytes())
    for kind in PLUGINS:
        (FOLDER / f"{kind}.f32").write_bytes(played(kind, signal).astype("<f4").tobytes())
    document = {"sample_rate_hz": RATE_HZ, "channels": 2, "cases": CASES}
    (FOLDER / "cases.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
