"""Measures automatic mixing: seeded mis-mixes of songs that no network saw, against the mix that was meant.

    python -m engine.training score mixing --data POP909 [--split test]

The folder is laid out as POP909 (a folder a song, with `NNN.mid`, `chord_midi.txt`, `beat_midi.txt`); stems are played
with the library's bank. `tests/benchmarks/bench_mixing.py` does the same with a bank that was held out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.random import Generator

from engine.arrays import Doubles, Signal
from engine.mastering.aim import distance
from engine.mastering.profile import Profile, analyse
from engine.mixing.auto import Session
from engine.mixing.chain import apply
from engine.mixing.equalisers import equalisers
from engine.mixing.listening import Heard, listen
from engine.mixing.styles import ROLES
from engine.timbre import sampler
from engine.training.mixing_data import analysed
from engine.training.mixing_intent import Intent, colour_db, intent, traits
from engine.training.multitracks import RATE_HZ, Multitrack, multitrack, songs
from engine.training.score import Measure

SEED: Final = 9
SONGS_MAX: Final = 24
_GAIN_DB: Final = 12.0
_COLOUR_DB: Final = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SongScore:
    """One song.

    ours_db, equal_db : absolute errors of each stem's level, means over the stems taken out, dB
    ours_apart, equal_apart : distance of the whole to the meant mix (balance, crest, width), dB
    is_right : whether each stem's role was heard
    """

    ours_db: Doubles
    equal_db: Doubles
    ours_apart: float
    equal_apart: float
    is_right: tuple[bool, ...]


def measure(data: Path, *, split: str) -> Iterator[Measure]:
    """Figures over at most 24 songs of the split."""
    found = list(scored(data, split=split, bank=sampler.default_bank()))
    yield from summary(found)


def scored(data: Path, *, split: str, bank: Path, most: int = SONGS_MAX) -> Iterator[SongScore]:
    """Every song of the split, mis-mixed and mixed again."""
    for folder in songs(data, split, most):
        track = multitrack(folder, seed=SEED, bank=bank)
        if len(track.stems) >= 2:
            yield score(track)


def summary(found: list[SongScore]) -> Iterator[Measure]:
    """The figures of many songs."""
    tracks, total = sum(len(one.ours_db) for one in found), len(found)
    about = "stems of held-out songs, each with a random gain of +-12 dB and a random equaliser of +-6 dB, genre given"
    levels = f"mean absolute error of each stem's level against the meant one, the song's mean error taken out; {about}"
    apart = (
        "mean distance of the mix to the meant mix: mean absolute difference of third octaves 40 Hz to 16 kHz at equal "
        f"loudness, plus a quarter of the differences of crest and width, dB; {about}"
    )
    better = np.mean([one.ours_apart < one.equal_apart for one in found])
    for metric, value, words, count in (
        ("gain_error_db", np.concatenate([one.ours_db for one in found]).mean(), levels, tracks),
        ("gain_error_equal_loudness_db", np.concatenate([one.equal_db for one in found]).mean(), levels, tracks),
        ("roles_heard_percent", 100 * np.mean([right for one in found for right in one.is_right]), about, tracks),
        ("feature_distance_db", np.mean([one.ours_apart for one in found]), apart, total),
        ("feature_distance_equal_loudness_db", np.mean([one.equal_apart for one in found]), apart, total),
        ("songs_nearer_than_equal_loudness_percent", 100 * better, apart, total),
    ):
        yield Measure(metric=metric, value=round(float(value), 3), convention=words, count=count)


def score(track: Multitrack) -> SongScore:
    """Mis-mix one song, mix it, and compare."""
    draw = np.random.default_rng([SEED, track.song])
    names = [f"{index + 1} {role}" for index, role in enumerate(track.roles)]
    plain = Session(list(zip(names, track.stems, strict=True)), sample_rate_hz=RATE_HZ)
    meant = intent(traits(analysed(track)))
    wanted = plain.mix(track.genre, heard=as_heard(meant, plain))
    spoilt = [(name, _spoilt(stem, draw)) for name, stem in zip(names, track.stems, strict=True)]
    session = Session(spoilt, sample_rate_hz=RATE_HZ)
    ours = session.mix(track.genre)
    levels = np.array([one.level_db for one in session.tracks])
    flat = np.zeros_like(track.stems[0])
    for (_, stem), level in zip(spoilt, levels, strict=True):
        flat += stem * np.float32(10 ** ((-20 - level) / 20))
    target = analyse(wanted.sound, sample_rate_hz=RATE_HZ)
    role = listen([one.powers for one in session.tracks], track.genre).role.argmax(axis=1)
    return SongScore(
        ours_db=np.abs(ours.levels_lu - meant.level_lu),
        equal_db=np.abs(meant.level_lu),
        ours_apart=_apart(ours.sound, target),
        equal_apart=_apart(flat, target),
        is_right=tuple(bool(one == other) for one, other in zip(role, meant.role, strict=True)),
    )


def as_heard(meant: Intent, session: Session) -> Heard:
    """The meant mix in the words of the network; the balances stay as they are."""
    role = np.eye(len(ROLES))[meant.role.astype(int)]
    return Heard(
        role=role, level_lu=meant.level_lu, away=meant.away, send_db=meant.send_db, squeeze=meant.squeeze,
        balance_db=np.stack([track.balance_db for track in session.tracks]),
    )  # fmt: skip


def _spoilt(stem: Signal, draw: Generator) -> Signal:
    """A stem at another level, behind another equaliser."""
    plugins, _ = equalisers(colour_db(draw, most_db=_COLOUR_DB), np.ones(30, dtype=np.bool_), sample_rate_hz=RATE_HZ)
    gain = np.float32(10 ** (draw.uniform(-_GAIN_DB, _GAIN_DB) / 20))
    return (apply(stem, plugins, sample_rate_hz=RATE_HZ) if plugins else stem) * gain


def _apart(sound: Signal, target: Profile) -> float:
    found = distance(analyse(sound, sample_rate_hz=RATE_HZ), target)
    return found.balance_db + (found.crest_db + found.width_db) / 4
