"""How well copied progressions are found, and how often a new song's chords are called a copy.

`python -m tests.benchmarks.bench_originality_chords`

As `bench_originality`, of chords: a run of changes of a known song, moved to any key, in the middle of a new song.
Prints what well-known progressions tell, a table and one JSON line.
"""

from __future__ import annotations

import argparse
import json
import random
from itertools import groupby
from pathlib import Path

from engine.originality.figures import CHORDS, Figures, bits_of, chord_steps, shared
from engine.originality.whole import CHORD_BITS_MIN, CHORDS_MIN, is_telling
from engine.training import pop909
from engine.training.known_figures import progressions_of, words_of
from tests.helpers.shared import shared_path

COPIES = 300
LENGTHS = ((8, 11), (12, 15), (16, 24), (25, 40))
COMMON = {
    "I-V-vi-IV": (0, 7, 21, 5),
    "I-vi-IV-V": (0, 21, 5, 7),
    "ii-V-I": (14, 7, 0),
    "twelve bars of blues": (0, 5, 0, 5, 0, 7, 5, 0, 7),
    "Pachelbel's canon": (0, 7, 21, 16, 5, 0, 5, 7),
    "circle of fifths": (21, 14, 7, 0, 5, 11, 16),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder laid out as POP909; the shared one if not given")
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args()
    folder = options.data or shared_path("data/pop909")
    if folder is None or not folder.is_dir():
        print("POP909 is not here: nothing to measure")
        return
    songs = pop909.read_all(folder, cache=options.cache)
    train = [song for song in songs if song.split == "train"]
    new = [words_of(song) for song in songs if song.split != "train"]
    known = progressions_of(train)
    print(f"threshold: {CHORDS_MIN} chords, {CHORD_BITS_MIN:g} bits")
    for name, words in COMMON.items():
        print(f"{name:28}{bits_of(chord_steps(words * 8), known.bits):10.1f} bits, eight times round")
    found = {f"{low}-{high} chords": _found(train, new, known, low, high) for low, high in LENGTHS}
    falsely = sum(any(is_telling(one) for one in shared(chord_steps(words), known)) for words in new)
    for name, count in found.items():
        print(f"{name:28}{count / COPIES:10.1%} found")
    print(f"{'new songs called a copy':28}{falsely / len(new):10.1%} {falsely} of {len(new)}")
    shares = {f"found_{name}".replace(" ", "_"): count / COPIES for name, count in found.items()}
    print(json.dumps({"metric": f"share of copies found, {CHORDS.name}", **shares, "false_alarms": falsely / len(new)}))


def _found(train: list[pop909.Song], new: list[list[int]], known: Figures, low: int, high: int) -> int:
    draw = random.Random(f"909{low}")
    return sum(_is_found(train, new, known, draw.randint(low, high), draw) for _ in range(COPIES))


def _is_found(train: list[pop909.Song], new: list[list[int]], known: Figures, count: int, draw: random.Random) -> bool:
    song = draw.choice(train)
    words = words_of(song)
    start, key = draw.randint(0, max(len(words) - count, 0)), draw.randint(0, 11)
    moved = [(word + key) % 12 + word // 12 * 12 for word in words[start : start + count]]
    around = draw.choice(new)
    middle = len(around) // 2
    joined = [word for word, _ in groupby([*around[:middle], *moved, *around[middle:]])]
    near = shared(chord_steps(joined), known)
    return any(one.name == f"POP909 {song.number}" and is_telling(one) for one in near)


if __name__ == "__main__":
    main()
