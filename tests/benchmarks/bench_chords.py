"""Chord progressions and lead-sheet chords on songs that no model saw, beside counting and people.

python -m tests.benchmarks.bench_chords [--data ../shared/data/pop909]
"""

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import argparse
from pathlib import Path

from engine.training import chords_scores, progression_scores


def main() -> None:
    """Measure and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/pop909"))
    options = parser.parse_args()
    if not options.data.is_dir():
        print(f"skipped: there are no songs at {options.data}")
        return
    for title, scorer in (("progression", progression_scores.measure), ("chords", chords_scores.measure)):
        print(f"\n{title}, test split")
        for measure in scorer(options.data, split="test"):
            print(f"  {measure.metric:<36}{measure.value:>10.3f}   of {measure.count}")


if __name__ == "__main__":
    main()
