"""The index of progressions and rhythms that the models learned from: `python -m engine.training known_figures`.

`--data FOLDER` holds `pop909`; of its songs that train, the chords and the rhythm of the melody. Nothing is drawn: the
same data give the same file.
"""

import argparse
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np

from engine.originality import figures
from engine.originality.figures import CHORDS, RHYTHM, chord_steps, rhythm_steps
from engine.originality.lines import Ints
from engine.training import pop909
from engine.training.known_music import song_piece
from engine.weights import tensors

_MINOR: Final = ("min", "min7", "minmaj7", "min6", "dim", "dim7", "hdim7")


def main() -> None:
    """Write the index and print what is in it."""
    parser = argparse.ArgumentParser(prog="python -m engine.training known_figures", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with pop909")
    parser.add_argument("--out", type=Path, default=tensors.path_of(figures.MODEL))
    parser.add_argument("--cache", type=Path, help="a file that keeps the songs, which take minutes to read")
    options = parser.parse_args()
    songs = [song for song in pop909.read_all(options.data / "pop909", cache=options.cache) if song.split == "train"]
    chords, rhythms = progressions_of(songs), rhythms_of(songs)
    digest = figures.write(options.out, chords, rhythms)
    print(
        f"{options.out}: {len(songs)} songs, {len(chords.grams)} progressions, {len(rhythms.grams)} rhythms, "
        f"{options.out.stat().st_size} bytes, SHA-256 {digest}"
    )


def progressions_of(songs: Iterable[pop909.Song]) -> figures.Figures:
    """The index of their chords."""
    return figures.index_of(CHORDS, [(f"POP909 {song.number}", [chord_steps(words_of(song))]) for song in songs])


def rhythms_of(songs: Iterable[pop909.Song]) -> figures.Figures:
    """The index of the rhythms of their melodies."""
    pieces: list[tuple[str, list[Ints]]] = []
    for song in songs:
        piece = song_piece(song)
        pieces.append((piece.name, [rhythm_steps(line) for line in piece.lines]))
    return figures.index_of(RHYTHM, pieces)


def words_of(song: pop909.Song) -> list[int]:
    """Roots 0..11, minor ones 12..23, equal neighbours once; silence is left out."""
    words = [chord.root + 12 * (chord.quality in _MINOR) for chord in song.chords if chord.root != pop909.NO_ROOT]
    return [word for word, _ in groupby(np.asarray(words, int).tolist())]
