"""Training excerpts for the note network: rendered, heard through its features, kept on disk."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Floats
from engine.timbre.sampler import default_bank
from engine.training import rendered_notes as rendered
from engine.transcription.features import features
from engine.transcription.posteriors import RATE_HZ

SEED: Final = 909
TEST_DIGIT, VALID_DIGIT = "5", "9"  # last digit of the song's number


def split_of(song: str) -> str:
    """train, valid or test, by the last digit of the song's number."""
    return {TEST_DIGIT: "test", VALID_DIGIT: "valid"}.get(song[-1], "train")


def songs(folder: Path, split: str) -> list[Path]:
    """MIDI files of POP909 in one split, in order of number."""
    found = sorted(folder.glob("[0-9][0-9][0-9]/[0-9][0-9][0-9].mid"))
    return [path for path in found if split_of(path.stem) == split]


def banks(cache: Path) -> list[Path]:
    """The library's bank and, where the same package brings it, the MuseScore bank (MIT, PD and CC0)."""
    first = default_bank()
    made = []
    for path in sorted(first.parent.glob("MuseScore_General_Lite.sf3*")):
        copy = cache / "second-bank.sf3"
        if not copy.exists():
            copy.write_bytes(_padded(path.read_bytes()))
        made.append(copy)
    return [first, *made]


def _padded(data: bytes) -> bytes:
    """The bank with its sound chunk of odd length, which its writer forgot to pad, made even."""
    place = data.index(b"LIST", 20)
    length = int.from_bytes(data[place + 4 : place + 8], "little")
    if length % 2 == 0 or data[place + 8 : place + 16] != b"sdtasmpl":
        return data
    end = place + 8 + length
    sizes = {4: len(data) - 7, place + 4: length + 1, place + 16: length - 11}
    changed = bytearray(data[:end] + b"\0" + data[end:])
    for at, size in sizes.items():
        changed[at : at + 4] = size.to_bytes(4, "little")
    return bytes(changed)


def make(
    folder: Path, cache: Path, split: str, count: int, tell: Callable[[str], None], *, is_slow: bool = False
) -> None:
    """Render excerpts 0..count-1 of a split; those on disk are left as they are.

    is_slow : with instruments that begin without a stroke
    """
    cache.mkdir(parents=True, exist_ok=True)
    paths, players = songs(folder, split), banks(cache)
    for index in range(count):
        target = cache / f"{split}-{'slow-' if is_slow else ''}{index:05d}.npz"
        if target.exists():
            continue
        part = target.with_suffix(".part")
        keys, levels, table = _excerpt(paths, players, split, (index, is_slow))
        with part.open("wb") as file:
            np.savez(file, keys=keys, levels=levels, notes=table)
        part.rename(target)
        if index % 50 == 49:
            tell(f"{split}: {index + 1} of {count} excerpts")


def _excerpt(
    paths: list[Path], players: list[Path], split: str, number: tuple[int, bool]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], Floats]:
    index, is_slow = number
    draw = np.random.default_rng([SEED, {"train": 0, "valid": 1, "test": 2}[split], index] + [1] * is_slow)
    while True:
        score = rendered.read_song(paths[int(draw.integers(len(paths)))])
        start_s = float(draw.uniform(0, max(score.duration_s - rendered.EXCERPT_S, 0.1)))
        piece = rendered.varied(rendered.excerpt(score, start_s, rendered.EXCERPT_S), draw, is_slow=is_slow)
        if sum(len(part.notes) for part in piece.parts if not part.is_drums) >= 8:
            break
    detune = float(draw.uniform(-35, 35)) if draw.random() < 0.5 else 0.0
    bank = players[int(draw.integers(len(players)))]
    mono = rendered.play(piece, bank, sample_rate_hz=RATE_HZ, detune_cents=detune)
    heard = rendered.heard_through(mono[: int((rendered.EXCERPT_S + 2) * RATE_HZ)], draw, sample_rate_hz=RATE_HZ)
    keys, levels = features(heard, threads=1)
    found = rendered.stretched(rendered.heard_notes(piece), sample_rate_hz=RATE_HZ, detune_cents=detune)
    return (
        np.round(keys * 255).astype(np.uint8),
        np.round(np.minimum(levels, 1.2) * 200).astype(np.uint8),
        rendered.as_table(found),
    )
