"""Masters and mixes proposed, handed over one by one: what is done and drawn, then what is heard, then its facts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from engine import preview
from engine.analysis.peaks import peaks
from engine.errors import EngineError
from engine.io import audio, mix_setting
from engine.mixing import mix as mixes
from production import limits
from production.parsing.processing import lossless
from production.parsing.recommending import called
from production.parsing.telling import give, tell

if TYPE_CHECKING:
    from engine.arrays import Signal
    from engine.recommend.audio_capability import AudioCapability, AudioProposal, Given, Sound

Outcome = tuple[dict[str, Any], dict[str, bytes]]
_REMARKS_MAX = 80
_DRAWN = 400
_PREVIEW_RATE_HZ = 44_100
_READING, _TELLING = 0.1, 0.8  # shares of the whole: before, and during, the capability's own work


def recommend_sound(
    data: bytes,
    *,
    capability: str,
    seed: int,
    count: int,
    values: Mapping[str, Any],
    sizes: Sequence[int],
    names: Sequence[str],
    excerpts: Sequence[bool],
    listen: bool,
    only: int = -1,
    setting: str = "",
) -> Outcome:
    """What a capability of sound makes of the files in `data`: first the sounds, `names` of them, then the references.

    `<variant>.flac` is the sound, `<variant>.json` the setting that makes it. `setting`: a document that a person
    changed, which is played in place of the capability's own. `listen`, `only` : as in `recommend`; with `listen`
    `<variant>.ogg` is what is heard, and `before.ogg` what it is compared with.
    """
    from engine.recommend import registry

    found = registry.of_sound(capability)
    call = called(found)
    given = _given(data, sizes, names, excerpts)
    made = (
        iter([found.play(given, json.loads(setting), tell=_saying)])
        if setting
        else found.propose(given, seed=seed, count=count, values=found.read(values), tell=_saying)
    )
    files: dict[str, bytes] = {}
    for variant, proposal in enumerate(made):
        if listen:
            _hand_over(variant, proposal, call, found)
        elif variant == only:
            files = _written(variant, proposal, found)
        if variant == only:
            break
    return {"call": call}, files


def difference(data: bytes, *, sizes: Sequence[int]) -> Outcome:
    """How far the second of two recordings is from the first: {"residual_db"}, against the first's mean power.

    None where they differ in form, -200 where not one sample differs.
    """
    (one, rate), (other, other_rate) = (audio.read(piece) for piece in _pieces(data, sizes))
    if rate != other_rate or one.shape != other.shape:
        return {"residual_db": None}, {}
    power = float(np.mean(np.square(one - other, dtype=np.float64)))
    whole = float(np.mean(np.square(one, dtype=np.float64)))
    level = 10 * np.log10(max(power, 1e-30) / max(whole, 1e-12))
    return {"residual_db": round(max(float(level), -200.0), 1)}, {}


def _given(data: bytes, sizes: Sequence[int], names: Sequence[str], excerpts: Sequence[bool]) -> Given:
    from engine.recommend.audio_capability import Given

    files = list(_pieces(data, sizes))
    sounds = []
    for place, (name, piece) in enumerate(zip(names, files, strict=False)):
        tell(_READING * place / len(names), f"Opening {name}")
        sounds.append(_sound(name, piece))
    references = [
        _excerpt(f"reference {place}", piece) if is_excerpt else _sound(f"reference {place}", piece)
        for place, (piece, is_excerpt) in enumerate(zip(files[len(names) :], excerpts, strict=True), start=1)
    ]
    return Given(sounds=tuple(sounds), references=tuple(references))


def _sound(name: str, data: bytes) -> Sound:
    from engine.recommend.audio_capability import Sound

    try:
        signal, rate = audio.read(data)
    except EngineError as error:
        raise type(error)(f"{name}: {error.message}") from None
    return Sound(name=name, signal=signal, sample_rate_hz=rate)


def _excerpt(name: str, data: bytes) -> Sound:
    """What everybody may hear of it, before it is coded."""
    from engine.recommend.audio_capability import Sound

    return Sound(name=name, signal=preview.signal(data), sample_rate_hz=_PREVIEW_RATE_HZ)


def _hand_over(variant: int, proposal: AudioProposal, call: Mapping[str, Any], found: AudioCapability) -> None:
    from production.parsing.work import look  # late: it imports this module

    rate = proposal.sample_rate_hz
    written = _written(variant, proposal, found)
    give({"variant": variant, "call": call, "sound": _drawn(proposal), "remarks": _remarks(proposal)}, written)
    heard = {f"{variant}.ogg": _heard(proposal.sound, rate)}
    if variant == 0:
        heard["before.ogg"] = _heard(proposal.before, rate)
    give({"variant": variant, "heard": True}, heard)
    give({"variant": variant, "examined": look(written[f"{variant}.flac"]).as_json()}, {})


def _written(variant: int, proposal: AudioProposal, found: AudioCapability) -> dict[str, bytes]:
    document = dict(proposal.setting)
    text = mix_setting.write(document) if found.setting_form == "mix_setting" else mixes.write(document)
    return {f"{variant}.flac": lossless(proposal.sound, proposal.sample_rate_hz), f"{variant}.json": text}


def _heard(signal: Signal, rate: int) -> bytes:
    return audio.write(signal, sample_rate_hz=rate, quality=limits.HEARD_QUALITY)


def _drawn(proposal: AudioProposal) -> dict[str, Any]:
    """What a page says and draws of it beside its sound."""
    return {
        "duration_s": round(proposal.sound.shape[1] / proposal.sample_rate_hz, 3),
        "sample_rate_hz": proposal.sample_rate_hz,
        "before_gain_db": round(proposal.before_gain_db, 2),
        "after_gain_db": round(proposal.after_gain_db, 2),
        "figures_milli": dict(proposal.figures_milli),
        "before_milli": dict(proposal.before_milli),
        "spectrum_db": list(proposal.spectrum_db),
        "before_spectrum_db": list(proposal.before_spectrum_db),
        "peaks": peaks(proposal.sound, buckets=_DRAWN),
        "before_peaks": peaks(proposal.before, buckets=_DRAWN),
    }


def _remarks(proposal: AudioProposal) -> list[str]:
    return list(proposal.remarks[:_REMARKS_MAX])


def _pieces(data: bytes, sizes: Sequence[int]) -> Iterator[bytes]:
    for start, stop in pairwise(accumulate(sizes, initial=0)):
        yield data[start:stop]


def _saying(share: float, words: str) -> None:
    tell(_READING + _TELLING * share, f"{words[:1].upper()}{words[1:]}")
