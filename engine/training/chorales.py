"""The chorales of J. S. Bach that come with music21, on a grid of sixteenths, split by BWV number.

Only files that name their encoder, Margaret Greentree, and carry no limit on use are read; the music itself is in the
public domain. Nothing is downloaded: the installed music21 package is the whole data set.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.recommend.chorale_grid import RANGES, STEPS_PER_QUARTER, beat_levels

ENCODER = "Margaret Greentree"
SPLITS = ("train", "valid", "test")
FORBIDDEN_TERMS = re.compile(r"non-?commercial|all rights reserved|not for (sale|commercial)", re.IGNORECASE)
OPENING_STEPS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Chorale:
    """One chorale on the grid.

    pitches : (4, steps) int64, soprano alto tenor bass, MIDI number, 0 where the voice is silent
    onsets : (4, steps) bool, True where a note (or a rest) starts
    levels : (steps,) int64, metrical weight, see `beat_levels`
    """

    bwv: str
    pitches: NDArray[np.int64]
    onsets: NDArray[np.bool_]
    levels: NDArray[np.int64]

    @property
    def steps(self) -> int:
        """Length in sixteenths."""
        return int(self.pitches.shape[1])


def read_all(cache: Path | None = None) -> list[Chorale]:
    """Every usable four-part chorale in the installed corpus, in order of BWV number; a minute when not cached."""
    if cache is not None and cache.exists():
        return _from_cache(cache)
    chorales = [chorale for path in corpus_paths() if (chorale := read_one(path)) is not None]
    if cache is not None:
        _to_cache(cache, chorales)
    return chorales


def corpus_paths() -> list[Path]:
    """Files of the corpus whose terms we accept, in a fixed order."""
    import music21.corpus  # slow to import, and needed only for training

    folder = Path(music21.corpus.__file__).parent / "bach"
    paths = (path for path in folder.glob("bwv*.mxl") if acceptable(path))
    return sorted(paths, key=lambda path: bwv_key(bwv_of(path)))


def acceptable(path: Path) -> bool:
    """Whether the file names the encoder and carries no words that limit its use."""
    with zipfile.ZipFile(path) as archive:
        text = "".join(
            archive.read(name).decode("utf-8", "replace") for name in archive.namelist() if not name.startswith("META")
        )
    return ENCODER in text and not FORBIDDEN_TERMS.search(text)


def bwv_of(path: Path) -> str:
    """`bwv269` -> `269`, `bwv1.6` -> `1.6`."""
    return path.name.removeprefix("bwv").removesuffix(".mxl")


def bwv_key(bwv: str) -> tuple[tuple[int, str], ...]:
    """Sort key that counts digits as numbers."""
    return tuple((int(digits or 0), rest) for digits, rest in re.findall(r"(\d*)([^\d]*)", bwv) if digits or rest)


def read_one(path: Path) -> Chorale | None:
    """The chorale on the grid, or None when it is not four plain voices within their ranges."""
    from music21 import converter

    score: Any = converter.parse(path)
    parts = list(score.parts)
    if len(parts) != len(RANGES):
        return None
    steps = int(np.ceil(float(score.highestTime) * STEPS_PER_QUARTER))
    pitches = np.zeros((len(RANGES), steps), np.int64)
    onsets = np.zeros((len(RANGES), steps), np.bool_)
    for voice, part in enumerate(parts):
        _fill(part, pitches[voice], onsets[voice])
    if not _within_ranges(pitches) or (pitches > 0).mean() < 0.9:
        return None
    onsets[:, 0] = True
    return Chorale(bwv=bwv_of(path), pitches=pitches, onsets=onsets, levels=_levels(parts[0], steps))


def _fill(part: Any, pitches: NDArray[np.int64], onsets: NDArray[np.bool_]) -> None:
    for element in part.flatten().notesAndRests:
        start = round(float(element.offset) * STEPS_PER_QUARTER)
        end = max(start + 1, round(float(element.offset + element.quarterLength) * STEPS_PER_QUARTER))
        if element.quarterLength == 0 or start >= len(pitches):
            continue
        pitches[start:end] = 0 if element.isRest else max(pitch.midi for pitch in element.pitches)
        tied = not element.isRest and element.tie is not None and element.tie.type in ("stop", "continue")
        onsets[start] = not tied
        onsets[start + 1 : end] = False


def _within_ranges(pitches: NDArray[np.int64]) -> bool:
    return all(
        bool(((row == 0) | ((row >= low) & (row <= high))).all())
        for row, (low, high) in zip(pitches, RANGES, strict=True)
    )


def _levels(part: Any, steps: int) -> NDArray[np.int64]:
    bars: list[tuple[int, int]] = []
    for measure in part.getElementsByClass("Measure"):
        signature = measure.getContextByClass("TimeSignature")
        quarters = float(signature.barDuration.quarterLength) if signature is not None else 4.0
        # A pickup is the end of a bar, so its beats count back from the bar line.
        missing = quarters - float(measure.duration.quarterLength) if not bars else 0.0
        start = float(measure.offset) - max(0.0, missing)
        bars.append((round(start * STEPS_PER_QUARTER), round(quarters * STEPS_PER_QUARTER)))
    return beat_levels(bars, steps)


def split_of(chorales: list[Chorale]) -> dict[str, list[Chorale]]:
    """Eight tenths to train, one to validate, one to test; chorales that open alike stay together.

    The bucket is the lowest BWV number of a group of chorales with the same opening (two bars, all voices, in any
    key) modulo ten: 8 is validation, 9 is test. The same harmony printed under two numbers so never crosses a border.
    """
    group_first: dict[bytes, Chorale] = {}
    split: dict[str, list[Chorale]] = {name: [] for name in SPLITS}
    for chorale in chorales:
        first = group_first.setdefault(_opening(chorale), chorale)
        bucket = sum(number for number, _ in bwv_key(first.bwv)) % 10
        split[{8: "valid", 9: "test"}.get(bucket, "train")].append(chorale)
    return split


def _opening(chorale: Chorale) -> bytes:
    opening = chorale.pitches[:, :OPENING_STEPS]
    return bytes((opening - opening.max()).astype(np.int8).tobytes())


def _to_cache(cache: Path, chorales: list[Chorale]) -> None:
    arrays: dict[str, Any] = {}
    for c in chorales:
        arrays |= {f"{c.bwv}/pitches": c.pitches, f"{c.bwv}/onsets": c.onsets, f"{c.bwv}/levels": c.levels}
    np.savez_compressed(cache, **arrays)


def _from_cache(cache: Path) -> list[Chorale]:
    def rows() -> Iterator[Chorale]:
        with np.load(cache, allow_pickle=False) as arrays:
            names = {name.rpartition("/")[0] for name in arrays.files}
            for bwv in sorted(names, key=bwv_key):
                pitches, onsets, levels = (arrays[f"{bwv}/{field}"] for field in ("pitches", "onsets", "levels"))
                yield Chorale(bwv=bwv, pitches=pitches, onsets=onsets, levels=levels)

    return list(rows())
