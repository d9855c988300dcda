"""Measures automatic mastering on songs that no network saw.

    python -m engine.training score mastering --data POP909 [--split test]

The folder is laid out as POP909; songs are mixed as they are meant (`mixing_scores`), then spoilt by an equaliser.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from engine.analysis.band_powers import BANDS
from engine.arrays import Doubles, Signal
from engine.mastering import learned
from engine.mastering.aim import Aim, Amounts
from engine.mastering.genres import TARGETS, curve_db, levelled
from engine.mastering.master import master, recording
from engine.mastering.profile import analyse
from engine.mixing.auto import Session
from engine.mixing.chain import apply
from engine.mixing.equalisers import equalisers
from engine.timbre import sampler
from engine.training.mixing_data import analysed
from engine.training.mixing_intent import colour_db, intent, traits
from engine.training.mixing_scores import SEED, SONGS_MAX, as_heard
from engine.training.multitracks import RATE_HZ, multitrack, songs
from engine.training.score import Measure

_COLOUR_DB: Final = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MeantMix:
    """A song's meant mix, and the same behind a random equaliser: (2, samples) each."""

    song: int
    genre: str
    meant: Signal
    spoilt: Signal


def measure(data: Path, *, split: str) -> Iterator[Measure]:
    """Figures over at most 24 songs of the split."""
    heard, curve, nothing, loud, peaks = [], [], [], [], []
    for mix in meant_mixes(data, split=split, bank=sampler.default_bank()):
        meant = analyse(mix.meant, sample_rate_hz=RATE_HZ).balance_db
        given = recording(mix.spoilt, sample_rate_hz=RATE_HZ)
        heard.append(_apart(learned.heard(given.powers, mix.genre)[0], meant))
        curve.append(_apart(curve_db(mix.genre), meant))
        nothing.append(_apart(given.profile.balance_db, meant))
        target = TARGETS[mix.genre]
        balance, width = learned.target(given.powers, mix.genre)
        aim = Aim(
            loudness_lufs=target.loudness_lufs, balance_db=balance, crest_db=target.crest_db, width_db=width,
            words=f"{mix.genre} music",
        )  # fmt: skip
        made = master(given, aim, Amounts())
        loud.append(abs(made.after.loudness_lufs - target.loudness_lufs))
        peaks.append(made.true_peak_dbtp)
    songs_ = "meant mixes of held-out songs behind a random smooth equaliser of +-8 dB, genre given"
    balance_of = f"mean absolute difference of third octaves 40 Hz to 16 kHz to the meant mix, dB; {songs_}"
    for metric, values, words in (
        ("learned_balance_error_db", np.mean(heard), balance_of),
        ("genre_curve_error_db", np.mean(curve), balance_of),
        ("untouched_error_db", np.mean(nothing), balance_of),
        ("loudness_error_max_lu", np.max(loud), f"largest distance of a master to its loudness, LU; {songs_}"),
        ("true_peak_max_dbtp", np.max(peaks), f"highest true peak of all masters, ceiling -1; {songs_}"),
    ):
        yield Measure(metric=metric, value=round(float(values), 3), convention=words, count=len(heard))


def meant_mixes(data: Path, *, split: str, bank: Path, most: int = SONGS_MAX) -> Iterator[MeantMix]:
    """Songs of a split, mixed as meant and spoilt."""
    for folder in songs(data, split, most):
        track = multitrack(folder, seed=SEED, bank=bank)
        if not track.stems:
            continue
        names = [str(index) for index in range(len(track.stems))]
        session = Session(list(zip(names, track.stems, strict=True)), sample_rate_hz=RATE_HZ)
        heard = as_heard(intent(traits(analysed(track))), session)
        meant = session.mix(track.genre, heard=heard).sound
        draw = np.random.default_rng([SEED, track.song, 1])
        plugins, _ = equalisers(
            colour_db(draw, most_db=_COLOUR_DB), np.ones(BANDS, dtype=np.bool_), sample_rate_hz=RATE_HZ
        )
        spoilt = apply(meant, plugins, sample_rate_hz=RATE_HZ) if plugins else meant
        highest = max(float(np.abs(spoilt).max()), 1e-6)
        yield MeantMix(song=track.song, genre=track.genre, meant=meant, spoilt=spoilt * np.float32(0.5 / highest))


def _apart(one: Doubles, other: Doubles) -> float:
    inside = slice(2, BANDS - 1)
    return float(np.abs(levelled(one) - levelled(other))[inside].mean())
