"""Automatic mixing as the site, the command line and the ledger ask for it: knobs in, proposals out."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from engine.arrays import Signal
from engine.dsp.resample import resample
from engine.errors import SilenceError
from engine.mastering.profile import analyse, from_json, mean
from engine.mixing import listening
from engine.mixing.auto import PLAIN, AutoMix, Session, Taste
from engine.mixing.auto_reference import Wanted
from engine.mixing.auto_tracks import Share
from engine.mixing.styles import GENRES
from engine.recommend.audio_capability import AudioCapability, AudioProposal, Given
from engine.recommend.capability import Knob, Tell, Value, check_call, silent
from engine.recommend.draws import random_word

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
    rate = max(sound.sample_rate_hz for sound in given.sounds)
    stems = [(sound.name, resample(sound.signal, from_hz=sound.sample_rate_hz, to_hz=rate)) for sound in given.sounds]
    wanted = _wanted(given)
    session = Session(stems, sample_rate_hz=rate, tell=lambda share, words: tell(0.3 * share, words))
    share = Share(**{name: int(chosen[name]) / 100 for name in ("level", "equaliser", "compressor", "pan", "reverb")})
    for index, taste in enumerate(_tastes(seed, count)):
        made = session.mix(
            str(chosen["genre"]), share=share, taste=taste, wanted=wanted, seed=seed,
            tell=lambda done, words, index=index: tell(0.3 + 0.7 * (index + done) / count, words),
        )  # fmt: skip
        yield _proposal(session, made, taste)


def wanted_of(signal: Signal, *, sample_rate_hz: int) -> Wanted:
    """What a reference asks of a mix.

    Raises
    ------
    SilenceError
        If there is nothing to hear in it.
    """
    heard = analyse(signal, sample_rate_hz=sample_rate_hz)
    return Wanted(balance_db=heard.balance_db, counts=_counting(heard.is_there), width_db=heard.width_db)


def _wanted(given: Given) -> Wanted | None:
    profiles = []
    for sound in given.references:
        try:
            profiles.append(analyse(sound.signal, sample_rate_hz=sound.sample_rate_hz))
        except SilenceError as error:
            raise SilenceError(f"{sound.name}: {error.message}") from None
    if given.preset is not None:
        profiles.append(from_json(given.preset))
    if not profiles:
        return None
    heard = mean(profiles)
    return Wanted(balance_db=heard.balance_db, counts=_counting(heard.is_there), width_db=heard.width_db)


def _counting(is_there: np.ndarray) -> np.ndarray:
    counts = is_there.copy()
    counts[:_LOWEST_BAND] = False
    counts[_HIGHEST_BAND:] = False
    return counts


def _tastes(seed: int, count: int) -> list[Taste]:
    order = sorted(range(len(TASTES)), key=lambda index: random_word(seed, index))
    return [PLAIN, *(TASTES[index] for index in order)][:count]


def _proposal(session: Session, made: AutoMix, taste: Taste) -> AudioProposal:
    louder = made.integrated_lufs - session.flat_lufs
    louder = louder if np.isfinite(louder) else 0.0
    figures = {"integrated_lufs": made.integrated_lufs, "sample_peak_dbfs": made.sample_peak_dbfs}
    return AudioProposal(
        sound=made.sound,
        sample_rate_hz=session.rate,
        setting=made.document,
        before_gain_db=min(louder, 0.0),
        after_gain_db=min(-louder, 0.0),
        remarks=((taste.words,) if taste.words else ()) + made.remarks,
        figures_milli={name: round(1000 * value) for name, value in figures.items() if np.isfinite(value)},
    )


def _percent(name: str, words: str, hint: str) -> Knob:
    return Knob(name=name, words=words, hint=hint, unit="%", least=0, most=100, step=5, default=100)


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
    knobs=(
        Knob(
            name="genre", words="Genre", hint="Whose customs the mix follows.",
            choices=tuple((genre, genre.capitalize()) for genre in GENRES), default="pop",
        ),
        _percent("level", "Levels", "Share of the way from the stems' own levels to the proposed ones."),
        _percent("equaliser", "Equalisers", "How far each track's balance is mended."),
        _percent("compressor", "Compressors", "How much each track is compressed."),
        _percent("pan", "Places", "How far tracks stand from the middle."),
        _percent("reverb", "Reverb", "How much goes to the reverb."),
    ),
    ending="mix",
    role="mixing engineer",
)  # fmt: skip
