"""What the networks of mixing and mastering learn from: the band powers of stems, worked out once a song and kept.

A stem's equaliser, fader and pan are factors on its band powers, so every mis-mix is made from these alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.analysis.band_powers import band_powers, decibels
from engine.arrays import Doubles, Floats
from engine.training.multitracks import RATE_HZ, Multitrack, multitrack, songs


@dataclass(frozen=True, slots=True, kw_only=True)
class StemPowers:
    """A song's stems as the networks see them.

    middle, side : (stems, frames, 30) float32, dB, at least -120
    peak : (stems, frames) float32, dB
    """

    song: int
    genre: str
    roles: tuple[str, ...]
    middle: Floats
    side: Floats
    peak: Floats


def analysed(track: Multitrack) -> StemPowers:
    """The powers of a multitrack's stems."""
    found = [band_powers(stem, sample_rate_hz=RATE_HZ) for stem in track.stems]
    return StemPowers(
        song=track.song,
        genre=track.genre,
        roles=track.roles,
        middle=np.stack([_small(decibels(one.middle)) for one in found]),
        side=np.stack([_small(decibels(one.side)) for one in found]),
        peak=np.stack([_small(decibels(np.square(one.peak))) for one in found]),
    )


def prepared(data: Path, cache: Path, *, split: str, seeds: range, bank: Path, most: int) -> Iterator[StemPowers]:
    """At most `most` songs of a split with every seed, from `cache` where they are there already."""
    cache.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        for folder in songs(data, split, most):
            path = cache / f"{bank.name.split('.')[0]}-{seed}-{folder.name}.npz"
            if not path.exists():
                track = multitrack(folder, seed=seed, bank=bank)
                if not track.stems:  # a stretch in which nobody plays
                    continue
                _keep(path, analysed(track))
            yield _read(path)


def _keep(path: Path, powers: StemPowers) -> None:
    aside = path.with_suffix(".part.npz")
    np.savez(
        aside, song=powers.song, genre=powers.genre, roles=np.array(powers.roles),
        middle=powers.middle.astype(np.float16), side=powers.side.astype(np.float16),
        peak=powers.peak.astype(np.float16),
    )  # fmt: skip
    aside.replace(path)


def _read(path: Path) -> StemPowers:
    with np.load(path) as kept:
        return StemPowers(
            song=int(kept["song"]),
            genre=str(kept["genre"]),
            roles=tuple(str(role) for role in kept["roles"]),
            **{name: kept[name].astype(np.float32) for name in ("middle", "side", "peak")},
        )


def _small(values: Doubles) -> Floats:
    return np.asarray(values, np.float32)
