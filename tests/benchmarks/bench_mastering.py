"""Automatic mastering: promises kept on hard signals, and how near it comes to references, beside matchering 2.0.6.

    python -m tests.benchmarks.bench_mastering [--data POP909] [--songs 12] [--noise ../shared/data/noise]

Promises: every signal x every genre; loudness within 0.1 LU, true peak by an exact interpolation 16 times as fine.
References: a song's spoilt mix is the target, another song's meant mix the reference (12 s each, rendered). The
distance is the mean absolute difference of third octaves (40 Hz to 16 kHz) at equal loudness, and the differences of
loudness, crest and width; the total is the first and a quarter of each other.
"""

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from engine.errors import EngineError, MissingBankError
from engine.mastering import Aim, Amounts, analyse, distance, master, recording
from engine.mastering.genres import TARGETS, curve_db
from engine.mixing import apply
from engine.timbre import sampler
from engine.training.mastering_scores import meant_mixes
from engine.training.multitracks import RATE_HZ
from tests.benchmarks.mastering_peers import matchering
from tests.helpers.made_music import hard_signals, peak_dbtp


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/pop909"))
    parser.add_argument("--noise", type=Path, default=Path("../shared/data/noise"))
    parser.add_argument("--songs", type=int, default=12)
    parser.add_argument("--only", default="promises,references")
    options = parser.parse_args()
    if "promises" in options.only:
        _promises(options.noise)
    if "references" in options.only:
        _references(options.data, options.songs)


def _signals(noise: Path) -> Iterator[tuple[str, np.ndarray, int]]:
    for rate in (RATE_HZ, 8_000):
        for name, signal in hard_signals(rate).items():
            yield f"{name} at {rate} Hz", signal, rate
    for path in sorted(noise.glob("*/*"))[::10] if noise.is_dir() else ():
        frames, rate = soundfile.read(path, dtype="float32", always_2d=True)
        yield path.stem, np.ascontiguousarray(frames.T), rate


def _promises(noise: Path) -> None:
    count, met, highest, refused, missed = 0, 0, -np.inf, 0, []
    for name, signal, rate in _signals(noise):
        try:
            given = recording(signal, sample_rate_hz=rate)
        except EngineError:
            refused += 1
            continue
        for genre, target in TARGETS.items():
            aim = Aim(
                loudness_lufs=target.loudness_lufs, balance_db=curve_db(genre), crest_db=target.crest_db,
                width_db=target.width_db, words=genre,
            )  # fmt: skip
            made = master(given, aim, Amounts())
            count += 1
            is_met = abs(made.after.loudness_lufs - target.loudness_lufs) <= 0.1
            met += is_met
            if not is_met:
                missed.append(f"{name}, {genre}: {made.after.loudness_lufs:.1f} for {target.loudness_lufs:.0f}")
            highest = max(highest, peak_dbtp(made.sound, factor=16))
    print(f"\n{count} masters (signals x genres), {refused} signals refused as silent")
    print(f"  within 0.1 LU of the loudness: {met} ({100 * met / count:.1f} %)")
    print(f"  highest true peak, 16 times oversampled: {highest:.3f} dBTP, ceiling -1")
    for line in missed:
        print(f"  not as loud: {line}")


def _references(data: Path, songs: int) -> None:
    try:
        bank = sampler.default_bank()
    except MissingBankError as error:
        print(f"skipped: {error.message}")
        return
    if not data.is_dir():
        print(f"skipped: there are no songs at {data}")
        return
    mixes = list(meant_mixes(data, split="test", bank=bank, most=songs))
    pairs = []
    for index, mix in enumerate(mixes):
        reference = mixes[(index + 1) % len(mixes)]
        loud = master(recording(reference.meant, sample_rate_hz=RATE_HZ), Aim(loudness_lufs=-12), Amounts())
        pairs.append((mix.spoilt, apply(loud.sound, [{"type": "width", "width": 1.3}], sample_rate_hz=RATE_HZ)))
    ours, took = [], []
    for target, reference in pairs:
        start = time.process_time()
        wanted = analyse(reference, sample_rate_hz=RATE_HZ)
        aim = Aim(
            loudness_lufs=wanted.loudness_lufs, balance_db=wanted.balance_db, crest_db=wanted.crest_db,
            width_db=wanted.width_db, detail="third", words="the reference",
        )  # fmt: skip
        ours.append(master(recording(target, sample_rate_hz=RATE_HZ), aim, Amounts()).sound)
        took.append(time.process_time() - start)
    print(f"\n{len(pairs)} pairs of 12 s{'':<14}balance  loudness  crest  width  total dB   peak dBTP  CPU s")
    _row("untouched", [target for target, _ in pairs], pairs, None)
    _row("Ledgerline", ours, pairs, took)
    peer = matchering(pairs, sample_rate_hz=RATE_HZ)
    if isinstance(peer, str):
        print(peer)
    else:
        _row("matchering 2.0.6", peer[0], pairs, peer[1])


def _row(name: str, made: list[np.ndarray], pairs: list, took: list[float] | None) -> None:
    found = [
        distance(analyse(sound, sample_rate_hz=RATE_HZ), analyse(reference, sample_rate_hz=RATE_HZ))
        for sound, (_, reference) in zip(made, pairs, strict=True)
    ]
    means = [np.mean([getattr(one, key) for one in found]) for key in ("balance_db", "loudness_lu", "crest_db")]
    means += [np.mean([one.width_db for one in found]), np.mean([one.total for one in found])]
    peak = max(peak_dbtp(sound) for sound in made)
    cells = "".join(f"{value:>8.2f}" for value in means)
    print(f"{name:<24}{cells}{peak:>12.2f}{np.mean(took) if took else 0:>8.2f}")


if __name__ == "__main__":
    main()
