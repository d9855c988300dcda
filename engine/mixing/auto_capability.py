"""Automatic mixing as the site, the command line and the ledger ask for it: knobs in, proposals out."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from engine.arrays import Signal
from engine.dsp import loudness
from engine.dsp.resample import resample
from engine.errors import SilenceError
from engine.mastering.measures import figures_milli, heard_of, references_of, spectrum_db
from engine.mixing import listening
from engine.mixing.auto import PLAIN, Session, Taste, added
from engine.mixing.auto_reference import Wanted
from engine.mixing.auto_tracks import Share
from engine.mixing.mix import Mix
from engine.mixing.routing import mixdown
from engine.mixing.styles import GENRES
from engine.recommend import knobs
from engine.recommend.audio_capability import AudioCapability, AudioProposal, Given, drawn, equal_gains_db
from engine.recommend.capability import Tell, Value, check_call, silent

STEMS_MAX: Final = 48
_LOWEST_BAND, _HIGHEST_BAND = 2, 29  # 40 Hz to 16 kHz: what is compared with a reference
TASTES: Final = (
    Taste(words="The lead further in front.", roles_db=(("lead", 2.5),)),
    Taste(words="Drums and bass further in front.", roles_db=(("drums", 2.5), ("bass", 2.0))),
    Taste(words="Accompaniment closer.", roles_db=(("keys", 2.5), ("guitar", 2.5), ("pad", 2.5), ("second", 2.0))),
    Taste(words="Drier and narrower.", sends_db=-8.0, wide=0.6),
    Taste(words="Roomier and wider.", sends_db=5.0, wide=1.4),
    Taste(words="The lead in front, in a larger room.", roles_db=(("lead", 2.0),), sends_db=4.0),
    Taste(words="Drums in front, dry.", roles_db=(("drums", 2.5),), sends_db=-6.0),
)


def propose(
    given: Given, *, seed: int, count: int, values: Mapping[str, Value], tell: Tell = silent
) -> Iterator[AudioProposal]:
    """Mixes of stems: the first as asked, the others each with a taste of their own, drawn by the seed.

    All stems must have one sampling rate; a shorter one ends sooner.

    Raises
    ------
    SilenceError, TooShortError, ChannelsError, OutOfRangeError, LimitExceededError, ShapeError
        With the name of the recording in the message.
    """
    check_call(seed=seed, count=count)
    CAPABILITY.check_given(given)
    chosen = CAPABILITY.read(values)
    stems, rate = _stems(given)
    wanted = _wanted(given)
    session = Session(stems, sample_rate_hz=rate, tell=lambda share, words: tell(0.3 * share, words))
    before = added(stems)
    share = Share(**{name: int(chosen[name]) / 100 for name in ("level", "equaliser", "compressor", "pan", "reverb")})
    for index, taste in enumerate(drawn(PLAIN, TASTES, seed=seed, count=count)):
        made = session.mix(
            str(chosen["genre"]), share=share, taste=taste, wanted=wanted, seed=seed,
            tell=lambda done, words, index=index: tell(0.3 + 0.7 * (index + done) / count, words),
        )  # fmt: skip
        remarks = ((taste.words,) if taste.words else ()) + made.remarks
        yield _proposal(before, made.sound, rate, made.document, remarks)


def play(given: Given, setting: Mapping[str, Any], *, tell: Tell = silent) -> AudioProposal:
    """The stems through a mix that a person changed.

    Raises
    ------
    UnreadableFileError, RoutingError, UnknownPluginError, OutOfRangeError
        If the document is no mix of these stems; else as `propose`.
    """
    CAPABILITY.check_given(given)
    stems, rate = _stems(given)
    mix = Mix.from_settings(setting).with_tracks([name for name, _ in stems])
    tell(0.1, "playing the mix")
    sound = mixdown(mix, dict(stems), sample_rate_hz=rate)
    if not np.isfinite(loudness.integrated_lufs(sound, sample_rate_hz=rate)):
        raise SilenceError("nothing is heard of this mix: every track is silent, muted or turned down")
    tell(0.7, "the measures")
    return _proposal(added(stems), sound, rate, setting, ())


def _stems(given: Given) -> tuple[list[tuple[str, Signal]], int]:
    """The stems by name at the highest of their sampling rates, and that rate."""
    rate = max(sound.sample_rate_hz for sound in given.sounds)
    return [
        (sound.name, resample(sound.signal, from_hz=sound.sample_rate_hz, to_hz=rate)) for sound in given.sounds
    ], rate


def _wanted(given: Given) -> Wanted | None:
    heard = references_of(given)
    if heard is None:
        return None
    return Wanted(balance_db=heard.balance_db, counts=_counting(heard.is_there), width_db=heard.width_db)


def _counting(is_there: np.ndarray) -> np.ndarray:
    counts = is_there.copy()
    counts[:_LOWEST_BAND] = False
    counts[_HIGHEST_BAND:] = False
    return counts


def _proposal(
    before: Signal, sound: Signal, rate: int, setting: Mapping[str, Any], remarks: tuple[str, ...]
) -> AudioProposal:
    was, now = heard_of(before, sample_rate_hz=rate), heard_of(sound, sample_rate_hz=rate)
    gains = equal_gains_db(now.loudness_lufs - was.loudness_lufs if now and was else 0.0)
    peaks = [float(20 * np.log10(max(float(np.abs(one).max(initial=0.0)), 1e-7))) for one in (sound, before)]
    return AudioProposal(
        sound=sound,
        before=before,
        sample_rate_hz=rate,
        setting=setting,
        before_gain_db=gains[0],
        after_gain_db=gains[1],
        remarks=remarks,
        figures_milli=figures_milli(now, sample_peak_dbfs=peaks[0]),
        before_milli=figures_milli(was, sample_peak_dbfs=peaks[1]),
        spectrum_db=spectrum_db(now),
        before_spectrum_db=spectrum_db(was),
    )


CAPABILITY: Final = AudioCapability(
    name="mixing",
    title="Mix",
    words="Levels, places, equalisers, compressors and reverb for stems, by genre or near a reference, as a mix "
    "that you can change.",
    model=listening.MODEL,
    weights_hash=listening.weights_hash,
    schema=1,
    takes="stems",
    sounds_max=STEMS_MAX,
    references_max=8,
    takes_preset=True,
    setting_form="mix",
    propose=propose,
    play=play,
    knobs=(
        knobs.genre(
            ((genre, genre.capitalize()) for genre in GENRES), hint="Whose customs the mix follows.", default="pop"
        ),
        knobs.percent("level", "Levels", "Share of the way from the stems' own levels to the proposed ones."),
        knobs.percent("equaliser", "Equalisers", "How far each track's balance is mended."),
        knobs.percent("compressor", "Compressors", "How much each track is compressed."),
        knobs.percent("pan", "Places", "How far tracks stand from the middle."),
        knobs.percent("reverb", "Reverb", "How much goes to the reverb."),
    ),
    ending="mix",
    role="mixing engineer",
)  # fmt: skip
