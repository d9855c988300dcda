"""The demo's elements: what each is called, what it is made of, and the recipe of its bytes.

Recipes are pure: the same slug gives the same bytes on the same engine. Nothing here knows who is said to have made it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import numpy as np

from engine.arrays import Signal
from engine.io import audio, midi_writer, mix_setting, progression
from engine.mixing import apply
from engine.score import Score
from engine.timbre import sampler
from production.samples import arrange, instruments, mixes
from production.samples.pieces import CHORALES, TUNES, Piece

RATE_HZ = 44_100


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One element to be. `made_of`: slugs of its parents; `family`: what belongs together, for whoever casts makers."""

    slug: str
    kind: str
    title: str
    tags: tuple[str, ...]
    description: str
    family: str
    recipe: Callable[[], bytes]
    made_of: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def samples() -> dict[str, Sample]:
    """All of them by slug, parents before children."""
    found: dict[str, Sample] = {}
    for sample in (*_settings(), *_sounds(), *_own_progressions(), *_tunes(), *_chorales()):
        assert sample.slug not in found, sample.slug
        assert all(parent in found for parent in sample.made_of), sample.slug
        found[sample.slug] = sample
    return found


# ------------------------------------------------------------------------------------------------ of our own
def _settings() -> Iterator[Sample]:
    for slug, (title, words, plugins) in mixes.MIXES.items():
        tags = tuple(dict.fromkeys(plugin["type"] for plugin in plugins))
        yield Sample(
            slug=slug, kind="mix_setting", title=title, tags=tags, description=words, family=slug,
            recipe=partial(mixes.mix_bytes, slug),
        )  # fmt: skip


def _sounds() -> Iterator[Sample]:
    for slug, one in instruments.INSTRUMENTS.items():
        yield Sample(
            slug=slug, kind="sound", title=one.title, tags=one.tags, family=slug,
            description=f"{one.description} Synthesised for Ledgerline, five octaves.",
            recipe=partial(instruments.font, slug),
        )  # fmt: skip


def _own_progressions() -> Iterator[Sample]:
    for slug, (title, symbols, _) in mixes.PROGRESSIONS.items():
        yield Sample(
            slug=slug, kind="progression", title=title, tags=("chords", "jazz" if "maj7" in symbols else "pop"),
            description=f"Eight bars: {symbols.replace(' | ', ', ')}.", family=slug,
            recipe=partial(mixes.progression_bytes, slug),
        )  # fmt: skip


# ------------------------------------------------------------------------------------------------------ tunes
_BANDS = ((40, 24, 32), (73, 46, 32), (105, 25, 32), (22, 21, 43), (11, 4, 33))
_REMIXES = ("warm-tape", "stone-church", "late-radio", "glass-delay", "underwater", "slapback")


def _tunes() -> Iterator[Sample]:
    for place, piece in enumerate(TUNES):
        meter = "jig" if "6/8" in _meter(piece) else "waltz" if "3/4" in _meter(piece) else "reel"
        yield Sample(
            slug=piece.slug, kind="melody", title=piece.title, tags=("folk", meter, "lead"), family=piece.slug,
            description=f"Eight bars of melody. {piece.credit}", recipe=partial(_tune, piece),
        )  # fmt: skip
        if place < 10:
            yield from _arranged(place, piece, meter)
    copied = next(piece for piece in TUNES if piece.slug == "fire-fly")
    yield Sample(
        slug="night-fly", kind="melody", title="Night Fly", tags=("folk", "reel", "lead"), family="night-fly",
        description="A reel for late hours.", recipe=partial(_look_alike, copied),
    )  # fmt: skip


def _meter(piece: Piece) -> str:
    meter = piece.score().meters[0]
    return f"{meter.numerator}/{meter.denominator}"


def _arranged(place: int, piece: Piece, meter: str) -> Iterator[Sample]:
    """A band plays the tune; the band is recorded; the recording is run through a mix setting: three levels deep."""
    band = Sample(
        slug=f"{piece.slug}-band", kind="midi", title=f"{piece.title}, for small band", tags=("folk", meter, "band"),
        family=piece.slug, made_of=(piece.slug,), recipe=partial(_band, piece, place),
        description=f"Melody, chords after the beat, walking bass and a light beat. {piece.credit}",
    )  # fmt: skip
    yield band
    if place >= 8:
        return
    recorded = Sample(
        slug=f"{piece.slug}-recording", kind="wave", title=f"{piece.title} (band loop)",
        tags=("folk", meter, "loop"), family=piece.slug, made_of=(band.slug,),
        description=f"The small band, rendered to a loop that closes on itself. {piece.credit}",
        recipe=partial(_band_recorded, piece, place),
    )  # fmt: skip
    yield recorded
    if place < len(_REMIXES):
        setting = _REMIXES[place]
        yield Sample(
            slug=f"{piece.slug}-{setting}", kind="wave", title=f"{piece.title} ({mixes.MIXES[setting][0]} mix)",
            tags=("folk", meter, "loop", "remix"), family=piece.slug, made_of=(recorded.slug, setting),
            description=f"The band loop through “{mixes.MIXES[setting][0]}”. {piece.credit}",
            recipe=partial(_remixed, piece, place, setting),
        )  # fmt: skip


def _tune(piece: Piece) -> bytes:
    return midi_writer.write(arrange.humanised(piece.score()))


def _look_alike(piece: Piece) -> bytes:
    """Somebody else's tune, a tone higher and faster, on another instrument: what near matching is for."""
    score = arrange.with_program(piece.score().transposed(2), 81)
    faster = tuple(replace(mark, us_per_quarter=mark.us_per_quarter * 9 // 10) for mark in score.tempos)
    return midi_writer.write(replace(score, tempos=faster))


def _band_score(piece: Piece, place: int) -> Score:
    lead, comp, low = _BANDS[place % len(_BANDS)]
    return arrange.band(piece.score(), lead=lead, comp=comp, low=low, with_beat=place % 2 == 0)


def _band(piece: Piece, place: int) -> bytes:
    return midi_writer.write(_band_score(piece, place))


def _band_recorded(piece: Piece, place: int) -> bytes:
    return _loop_bytes(_band_score(piece, place))


def _remixed(piece: Piece, place: int, setting: str) -> bytes:
    dry = looped(_band_score(piece, place))
    return _flac(apply(dry, mix_setting.read(mixes.mix_bytes(setting)), sample_rate_hz=RATE_HZ))


# --------------------------------------------------------------------------------------------------- chorales
def _chorales() -> Iterator[Sample]:
    for place, piece in enumerate(CHORALES):
        whole = Sample(
            slug=piece.slug, kind="midi", title=piece.title, tags=("chorale", "four voices"), family=piece.slug,
            description=f"Eight bars in four voices. {piece.credit}", recipe=partial(_chorale, piece),
        )  # fmt: skip
        yield whole
        yield from _from_chorale(place, piece)


def _from_chorale(place: int, piece: Piece) -> Iterator[Sample]:
    """One loop of another kind from each chorale, in turn: pads, arpeggios, basses, keys, progressions."""
    kinds: tuple[tuple[str, str, str, tuple[str, ...], Callable[[Piece], bytes]], ...] = (
        ("pad", "wave", "slow pad", ("pad", "ambient", "loop"), _pad),
        ("arpeggio", "midi", "arpeggios", ("arpeggio", "harp"), _arpeggio),
        ("bass", "wave", "walking bass", ("bass", "loop"), _bass),
        ("chords", "progression", "the chords", ("chords", "chorale"), _chords),
        ("keys", "wave", "electric piano", ("keys", "loop"), _keys),
    )
    name, kind, words, tags, recipe = kinds[place % len(kinds)]
    yield Sample(
        slug=f"{piece.slug}-{name}", kind=kind, title=f"{piece.title}: {words}", tags=tags, family=piece.slug,
        made_of=(piece.slug,), recipe=partial(recipe, piece),
        description=f"{words.capitalize()} made from the harmony. {piece.credit}",
    )  # fmt: skip


def _chorale(piece: Piece) -> bytes:
    return midi_writer.write(arrange.humanised(arrange.with_program(piece.score(), piece.lead)))


def _pad(piece: Piece) -> bytes:
    return _loop_bytes(arrange.with_program(piece.score(), 89))


def _arpeggio(piece: Piece) -> bytes:
    return midi_writer.write(arrange.arpeggio(piece.score(), program=46))


def _bass(piece: Piece) -> bytes:
    return _loop_bytes(arrange.bass(piece.score(), program=33, walking=True))


def _keys(piece: Piece) -> bytes:
    score = piece.score()
    if piece.tempo_bpm < 84:
        return _loop_bytes(arrange.chords(score, program=5))
    return _loop_bytes(replace(score, parts=(*arrange.chords(score, program=4).parts, arrange.beat(score))))


def _chords(piece: Piece) -> bytes:
    return progression.write(arrange.progression(piece.score(), title=piece.title, tempo_bpm=piece.tempo_bpm))


# ----------------------------------------------------------------------------------------------------- sound
def looped(score: Score) -> Signal:
    """Rendered so that it closes on itself: what rings past the last bar is laid over the beginning."""
    whole = sampler.render(score, sample_rate_hz=RATE_HZ)
    bar = score.meters[0].bar
    length = round(score.clock().seconds(-(-score.end // bar) * bar) * RATE_HZ)
    loop = np.zeros((whole.shape[0], length), dtype=np.float32)
    for start in range(0, whole.shape[1], length):
        part = whole[:, start : start + length]
        loop[:, : part.shape[1]] += part
    peak = float(np.abs(loop).max())
    return loop * np.float32(0.89 / peak) if peak else loop


def _loop_bytes(score: Score) -> bytes:
    return _flac(looped(score))


def _flac(signal: Signal) -> bytes:
    return audio.write(signal, sample_rate_hz=RATE_HZ, format="flac")
