"""All methods of noise reduction beside noisereduce, RNNoise and DTLN, and the speed of each.

    python -m tests.benchmarks.bench_denoise [--seconds 6] [--levels 0,5,10,15] [--only NAME,...]

NOIZEUS is scored as published (noise measured in the 0.12 s before the sentence). The mixes are seeded: speech, singing
and rendered songs that no model was trained on, each with clips of the held-out fold of ESC-10; there the classic
methods find the noise with their default estimator. Higher is better everywhere. PESQ and STOI were made for speech.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from engine.arrays import Mono, to_mono
from engine.denoise import METHODS, denoise
from engine.dsp.resample import resample
from engine.errors import EngineError
from engine.io import notes
from engine.timbre import sampler
from tests.benchmarks import denoise_peers
from tests.benchmarks.denoise_scores import pesq_score, segmental_snr_db, si_sdr_db, stoi_score

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
SEED = 20_261_129
NOISES_A_SOUND = 3
SONGS = (9, 109, 219, 319)  # numbers that end in 9 are the test songs
SCORES = ("PESQ", "STOI", "segSNR", "SI-SDR")

Method = Callable[[Mono, int], Mono]


@dataclass(frozen=True)
class Case:
    clean: Mono
    noisy: Mono
    rate_hz: int
    level_db: int


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench_denoise", description=__doc__)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--levels", default="0,5,10,15")
    parser.add_argument("--only", help="names of methods and peers")
    parser.add_argument("--shared", type=Path, default=SHARED)
    options = parser.parse_args()
    if not (options.shared / "data" / "noise").exists():
        print(f"needs recordings and noises under {options.shared}: nothing to measure")
        return
    levels = [int(level) for level in options.levels.split(",")]
    wanted = options.only.split(",") if options.only else None
    noizeus = list(_noizeus(options.shared, levels))
    _table("NOIZEUS sp01, 8 kHz", noizeus, _methods(wanted, estimator="leading_silence"), by_level=True)
    for title, sounds in _sounds(options.shared, options.seconds):
        cases = list(_mixes(title, sounds, options.shared, levels))
        _table(f"{title}, {len(cases)} mixes", cases, _methods(wanted, estimator=None), by_level=False)
        if title == "songs":
            clean = [Case(clean=sound, noisy=sound, rate_hz=rate, level_db=99) for sound, rate in sounds]
            _table("songs, clean in", clean, _methods(wanted, estimator=None), by_level=False)


def _methods(wanted: list[str] | None, *, estimator: str | None) -> dict[str, Method | str]:
    found: dict[str, Method | str] = {"(noisy)": lambda mono, rate_hz: mono}
    for name in METHODS:
        found[name] = _ours(name, estimator)
    for name in denoise_peers.WISHES:
        found[name] = denoise_peers.find(name)
    return {name: how for name, how in found.items() if wanted is None or name in wanted or name == "(noisy)"}


def _ours(name: str, estimator: str | None) -> Method:
    def run(mono: Mono, rate_hz: int) -> Mono:
        return denoise(mono[None], sample_rate_hz=rate_hz, method=name, estimator=estimator).signal[0]

    return run


def _table(title: str, cases: list[Case], methods: dict[str, Method | str], *, by_level: bool) -> None:
    levels = sorted({case.level_db for case in cases})
    columns = [f"{score} {level}" for score in ("PESQ", "segSNR") for level in levels] if by_level else list(SCORES)
    print(f"\n{title}\n{'':18}" + "".join(f"{column:>11}" for column in columns) + f"{'x real time':>13}")
    for name, how in methods.items():
        if isinstance(how, str):
            print(f"{name:18}{how}")
            continue
        rows, spent_s, heard_s = [], 0.0, 0.0
        how(cases[0].noisy, cases[0].rate_hz)  # whatever is loaded or compiled once
        for case in cases:
            began = time.process_time()
            heard = how(case.noisy, case.rate_hz)
            spent_s += time.process_time() - began
            heard_s += len(heard) / case.rate_hz
            rows.append(_scores(case, heard))
        found = np.array(rows)
        if by_level:
            groups = np.array([next(found[i] for i, c in enumerate(cases) if c.level_db == level) for level in levels])
            values = [*groups[:, 0], *groups[:, 2]]
        else:
            values = (
                list(np.nanmean(found, axis=0)) if not np.isnan(found).all(axis=0).any() else list(found.mean(axis=0))
            )
        speed = heard_s / max(spent_s, 1e-9)
        print(f"{name:18}" + "".join(f"{value:11.2f}" for value in values) + f"{speed:13.0f}")
        sys.stdout.flush()


def _scores(case: Case, heard: Mono) -> tuple[float, float, float, float]:
    return (
        pesq_score(case.clean, heard, rate_hz=case.rate_hz),
        stoi_score(case.clean, heard, rate_hz=case.rate_hz),
        segmental_snr_db(case.clean, heard, rate_hz=case.rate_hz),
        si_sdr_db(case.clean, heard),
    )


def _noizeus(shared: Path, levels: list[int]) -> Iterator[Case]:
    folder = shared / "data" / "audio" / "noizeus"
    clean, rate = _read(folder / "sp01.wav")
    for level in levels:
        noisy, _ = _read(folder / f"in_SNR{level}_sp01.wav")
        yield Case(clean=clean, noisy=noisy[: len(clean)], rate_hz=rate, level_db=level)


def _sounds(shared: Path, seconds: float) -> Iterator[tuple[str, list[tuple[Mono, int]]]]:
    speech, rate = _read(shared / "data" / "audio" / "noizeus" / "sp01.wav")
    yield "speech", [(resample(speech[None], from_hz=rate, to_hz=16_000)[0], 16_000)]
    singing, rate = _read(next((shared / "data" / "audio" / "vocadito" / "Audio").glob("*.wav")))
    size = int(seconds * rate)
    yield "singing", [(singing[size : 2 * size], rate), (singing[3 * size : 4 * size], rate)]
    songs = []
    for number in SONGS:
        path = shared / "data" / "pop909" / f"{number:03d}" / f"{number:03d}.mid"
        try:
            score = notes.read(path.read_bytes())
            start = score.clock().position(20.0)
            piece = score.between(start, score.clock().position(20.0 + seconds + 1))
            songs.append((to_mono(sampler.render(piece, sample_rate_hz=48_000, seconds_max=seconds)), 48_000))
        except (OSError, EngineError) as error:
            print(f"song {number} is left out: {error}")
    if songs:
        yield "songs", songs


def _mixes(title: str, sounds: list[tuple[Mono, int]], shared: Path, levels: list[int]) -> Iterator[Case]:
    random = np.random.default_rng([SEED, len(title)])
    clips = sorted(path for path in shared.glob("data/noise/*/*.ogg") if path.name.startswith("5-"))
    for sound, rate in sounds:
        for path in random.choice(np.array(clips, dtype=object), NOISES_A_SOUND, replace=False):
            noise, noise_rate = _read(path)
            noise = resample(noise[None], from_hz=noise_rate, to_hz=rate)[0]
            noise = np.resize(noise[np.abs(noise) > 0] if (noise != 0).any() else noise, len(sound))
            unit = noise * np.sqrt(np.square(sound).mean() / np.square(noise).mean())
            for level in levels:
                noisy = (sound + unit * 10 ** (-level / 20)).astype(np.float32)
                yield Case(clean=sound, noisy=noisy, rate_hz=rate, level_db=level)


def _read(path: Path) -> tuple[Mono, int]:
    frames, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return to_mono(np.ascontiguousarray(frames.T)), int(rate)


if __name__ == "__main__":
    main()
