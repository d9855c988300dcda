"""Automatic mixing on seeded mis-mixes of songs that no network saw, with the bank it learned from and one it did not.

    python -m tests.benchmarks.bench_mixing [--data ../shared/data/pop909] [--songs 24] [--bank SF2 ...]

For each bank: the level error of every stem against the meant mix (the song's mean error taken out), and the distance
of the whole to the meant mix, beside all stems at equal loudness in the middle, which is the baseline of the field.
"""

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import argparse
from pathlib import Path

from engine.errors import MissingBankError
from engine.timbre import sampler
from engine.training.mixing_scores import scored, summary


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/pop909"))
    parser.add_argument("--songs", type=int, default=24)
    parser.add_argument("--bank", type=Path, nargs="*", help="SoundFonts; the library's and its neighbour if not given")
    options = parser.parse_args()
    if not options.data.is_dir():
        print(f"skipped: there are no songs at {options.data}")
        return
    try:
        banks = options.bank or _banks()
    except MissingBankError as error:
        print(f"skipped: {error.message}")
        return
    for bank in banks:
        found = list(scored(options.data, split="test", bank=bank, most=options.songs))
        print(f"\n{bank.name}, {len(found)} songs of the test split")
        for measure in summary(found):
            print(f"  {measure.metric:<44}{measure.value:>9.2f}   of {measure.count}")


def _banks() -> list[Path]:
    """The library's bank, and the other one of the same package, which nothing was trained on."""
    own = sampler.default_bank()
    return [own, *sorted(own.parent.glob("MuseScore_General_Lite.sf3*"))]


if __name__ == "__main__":
    main()
