"""How well copies are found, and how often music is called a copy that is none.

`python -m tests.benchmarks.bench_originality`

Known are the songs of POP909 that train; the songs of its test split, which no model and no index has seen, stand for
new music. So do folk tunes and chorales of other collections, which no threshold was set by. A copy is a phrase of a
known song, moved to another key and put into the middle of a new one:
as it is, or with every duration drawn anew. A false alarm is a new song, as it is, over the published threshold.
Phrases are from eight to eleven notes, from twelve to fifteen, and from sixteen to thirty-two, as whole phrases of
songs are. Progressions are cut out, moved and planted in the same way (`bench_originality_chords`), recordings in
`bench_originality_sound`. Prints a table and one JSON line.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.originality.compare import BITS_MIN, STEPS_NOTES_MIN, TUNE_BITS_MIN, TUNE_NOTES_MIN, compare
from engine.originality.known import KnownMusic, index_of, training_music
from engine.originality.lines import GRAM_NOTES, Line
from engine.score import Note, Score, make_part
from engine.training import pop909
from engine.training.known_music import song_piece, upper_line
from tests.helpers.shared import shared_path

SEED = 909
COPIES = 400
PHRASES_NOTES = ((8, 11), (12, 15), (16, 32))
DURATIONS = (0.25, 0.5, 0.5, 0.75, 1.0, 1.0, 1.5, 2.0)
KINDS = ("transposed", "rhythm changed")


@dataclass(frozen=True)
class Copy:
    """A new song with a phrase of a known one in it."""

    line: Line
    source: str


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder laid out as POP909; the shared one if not given")
    parser.add_argument("--polyphony", type=Path, help="a folder with Nottingham.mat and JSB_Chorales.mat")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--copies", type=int, default=COPIES)
    options = parser.parse_args()
    folder = options.data or shared_path("data/pop909")
    if folder is None or not folder.is_dir():
        print("POP909 is not here: nothing to measure")
        return
    songs = pop909.read_all(folder, cache=options.cache)
    known = index_of([song_piece(song) for song in songs if song.split == "train"])
    sources = [song_piece(song) for song in songs if song.split == "train"]
    new = [line for song in songs if song.split != "train" for line in song_piece(song).lines[:1]]
    far = list(_other_music(options.polyphony or folder.parent / "polyphony"))
    found = {
        f"{kind}, {notes[0]}-{notes[1]} notes": _found(kind, notes, sources, new, known, options.copies)
        for kind in KINDS
        for notes in PHRASES_NOTES
    }
    alarms = {
        "new songs": _alarms(new, known),
        "new songs, all that ships": _alarms(new, training_music()),
        "other music": _alarms(far, known),
    }
    _print(found, alarms, options.copies)


def _alarms(lines: list[Line], known: KnownMusic) -> tuple[int, int]:
    """(how many are called a copy, of how many)."""
    return sum(bool(compare(_score(line), known).copies) for line in lines), len(lines)


def _other_music(folder: Path) -> Iterator[Line]:
    """The upper lines of the test splits of Nottingham and the chorales."""
    from scipy.io import loadmat

    for name in ("Nottingham", "JSB_Chorales"):
        path = folder / f"{name}.mat"
        if path.is_file():
            for roll in loadmat(path, squeeze_me=True)["testdata"]:
                line = upper_line(np.asarray(roll))
                if len(line.pitches) >= GRAM_NOTES:
                    yield line


def _found(
    kind: str, notes: tuple[int, int], sources: list, new: list[Line], known: KnownMusic, copies: int
) -> tuple[int, int]:
    """(copies over the threshold, copies of which the right song is named first)."""
    draw = random.Random(f"{SEED}{kind}{notes}")
    over = named = 0
    for _ in range(copies):
        copy = _copy(kind, notes, sources, new, draw)
        report = compare(_score(copy.line), known)
        over += any(one.name == copy.source for one in report.copies)
        named += bool(report.neighbours) and report.neighbours[0].name == copy.source
    return over, named


def _copy(kind: str, notes: tuple[int, int], sources: list, new: list[Line], draw: random.Random) -> Copy:
    piece = draw.choice(sources)
    line = piece.lines[0]
    count = min(draw.randint(*notes), len(line.pitches))
    start = draw.randint(0, len(line.pitches) - count)
    pitches = line.pitches[start : start + count] + draw.randint(-5, 6)
    onsets = line.onsets[start : start + count] - line.onsets[start]
    if kind == "rhythm changed":
        onsets = np.cumsum([0.0, *(draw.choice(DURATIONS) for _ in range(count - 1))])
    around = draw.choice(new)
    middle = len(around.pitches) // 2
    place = around.onsets[middle] if middle < len(around.onsets) else 0.0
    after = around.onsets[middle:] - place + onsets[-1] + 1.0
    return Copy(
        line=Line(
            pitches=np.concatenate([around.pitches[:middle], pitches, around.pitches[middle:]]),
            onsets=np.concatenate([around.onsets[:middle], place + onsets, place + after]),
        ),
        source=piece.name,
    )


def _score(line: Line) -> Score:
    from fractions import Fraction

    notes = [
        Note(
            onset=Fraction(max(0.0, float(onset))).limit_denominator(960),
            duration=Fraction(1, 8),
            pitch_midi=int(np.clip(pitch, 0, 127)),
            velocity=80,
        )
        for onset, pitch in zip(line.onsets - min(0.0, float(line.onsets[0])), line.pitches, strict=True)
    ]
    return Score(parts=(make_part(notes),))


def _print(found: dict[str, tuple[int, int]], alarms: dict[str, tuple[int, int]], copies: int) -> None:
    print(f"threshold: {TUNE_NOTES_MIN} notes with rhythm, {STEPS_NOTES_MIN} without, {BITS_MIN:g} bits;")
    print(f"fewer with rhythm, {TUNE_BITS_MIN:g} bits of both")
    print(f"{'copies':28}{'found':>10}{'named first':>14}")
    for kind, (over, named) in found.items():
        print(f"{kind:28}{over / copies:10.1%}{named / copies:14.1%}")
    print(f"{'called a copy, and is none':28}{'share':>10}{'count':>14}")
    for kind, (count, every) in alarms.items():
        print(f"{kind:28}{count / max(every, 1):10.1%}{f'{count} of {every}':>14}")
    values = {f"found_{kind}".replace(" ", "_"): over / copies for kind, (over, _) in found.items()}
    falsely = {f"false_alarms_{kind}".replace(" ", "_"): n / max(every, 1) for kind, (n, every) in alarms.items()}
    print(json.dumps({"metric": "share of copies found; share of new music called a copy", **values, **falsely}))


if __name__ == "__main__":
    main()
