"""How well copied recordings are found by their sketch and named by their embedding, and how often strangers are.

`python -m tests.benchmarks.bench_originality_sound`

Thirty seconds each of forty songs of POP909, played by the library's instruments: all sound alike, which is the hard
case. A copy is one of them made lossy, resampled, softer, equalised, cut out (ten seconds, also lossy), cut out and put
into another song, or a semitone higher and faster. Found: over the site's threshold. Prints a table and one JSON line.
"""

from __future__ import annotations

import argparse
import io
import json
import random
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import sosfilt

from engine import preview
from engine.analysis import embedding, fingerprint
from engine.arrays import Mono
from engine.dsp.biquad import biquad
from engine.dsp.resample import resample
from production.limits import SOUND_PPM_MIN
from tests.helpers.shared import shared_path

RATE = 44_100
SECONDS = 30.0
SONGS = 40
NEAREST = 5


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder laid out as POP909; the shared one if not given")
    folder = parser.parse_args().data or shared_path("data/pop909")
    if folder is None or not folder.is_dir():
        print("POP909 is not here: nothing to measure")
        return
    songs = {path.stem: _played(path) for path in sorted(folder.glob("[0-9]*/[0-9]*.mid"))[:SONGS]}
    sketches = {name: _sketch(song) for name, song in songs.items()}
    prints = {name: _print_of(song) for name, song in songs.items()}
    strangers = [_alike(sketches[a], sketches[b]) for a, b in combinations(songs, 2)]
    values: dict[str, float] = {"false_alarms": sum(strangers) / len(strangers)}
    print(f"threshold: {SOUND_PPM_MIN / 10_000:g} % of the shorter sketch")
    print(f"strangers over it: {sum(strangers)} of {len(strangers)}")
    print(f"{'copies':28}{'found':>10}{f'among {NEAREST} by ear':>18}")
    for kind, change in _changes(songs).items():
        changed = {name: change(song) for name, song in songs.items()}
        found = sum(_alike(_sketch(one), sketches[name]) for name, one in changed.items()) / len(songs)
        near = sum(name in _nearest(_print_of(one), prints) for name, one in changed.items()) / len(songs)
        print(f"{kind:28}{found:10.1%}{near:18.1%}", flush=True)
        values[f"found_{kind.replace(' ', '_')}"] = found
    print(json.dumps({"metric": "share of copied recordings found", **values}))


def _changes(songs: dict[str, Mono]) -> dict[str, Callable[[Mono], Mono]]:
    draw = random.Random(909)
    names = sorted(songs)

    def cut(song: Mono) -> Mono:
        start = draw.randint(0, max(len(song) - 10 * RATE, 0))
        return song[start : start + 10 * RATE]

    def planted(song: Mono) -> Mono:
        other = songs[draw.choice(names)]
        return np.concatenate([other[: 10 * RATE], cut(song), other[10 * RATE :]])

    return {
        "MP3": lambda song: _lossy(song, "MP3"),
        "Vorbis, the lowest quality": lambda song: _lossy(song, "OGG"),
        "resampled to 22 kHz": lambda song: _resampled(_resampled(song, RATE, 22_050), 22_050, RATE),
        "12 dB softer": lambda song: song / 4,
        "equalised, 9 dB shelves": _equalised,
        "ten seconds of it": cut,
        "ten seconds, MP3": lambda song: _lossy(cut(song), "MP3"),
        "ten seconds in another": planted,
        "a semitone up, and faster": lambda song: _resampled(song, round(RATE * 2 ** (1 / 12)), RATE),
    }


def _played(path: Path) -> Mono:
    heard, _ = soundfile.read(io.BytesIO(preview.listenable(path, seconds_max=SECONDS)), dtype="float32")
    return heard.mean(axis=1) if heard.ndim > 1 else heard


def _sketch(song: Mono) -> tuple[int, ...]:
    return fingerprint.of_signal(song, sample_rate_hz=RATE)


def _print_of(song: Mono) -> tuple[float, ...]:
    found = embedding.of_signal(song, sample_rate_hz=RATE)
    return found.vector if found else (0.0,) * embedding.DIMENSIONS


def _alike(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return fingerprint.similarity(one, other) * 1_000_000 >= SOUND_PPM_MIN


def _nearest(vector: tuple[float, ...], prints: dict[str, tuple[float, ...]]) -> list[str]:
    return sorted(prints, key=lambda name: -embedding.similarity(vector, prints[name]))[:NEAREST]


def _lossy(song: Mono, form: str) -> Mono:
    file = io.BytesIO()
    soundfile.write(file, song, RATE, format=form, compression_level=0.9 if form == "MP3" else 1.0)
    file.seek(0)
    return soundfile.read(file, dtype="float32")[0]


def _resampled(song: Mono, from_hz: int, to_hz: int) -> Mono:
    return resample(song[np.newaxis], from_hz=from_hz, to_hz=to_hz)[0]


def _equalised(song: Mono) -> Mono:
    for shape, hz, gain_db in (("low_shelf", 200.0, -9.0), ("high_shelf", 4000.0, 9.0)):
        sections = biquad(shape, np.array([hz]), np.array([gain_db]), np.array([0.7]), sample_rate_hz=RATE)  # type: ignore[arg-type]
        song = sosfilt(np.atleast_2d(sections), song).astype(np.float32)
    return song


if __name__ == "__main__":
    main()
