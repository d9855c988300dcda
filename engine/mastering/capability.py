"""Mastering as the site, the command line and the ledger ask for it: knobs in, proposals out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from engine.analysis.band_powers import CENTRES_HZ
from engine.arrays import Signal
from engine.dsp import loudness
from engine.errors import SilenceError
from engine.io import mix_setting
from engine.mastering import learned
from engine.mastering.aim import Aim, Amounts
from engine.mastering.genres import TARGETS, curve_db, levelled
from engine.mastering.master import Recording, master, recording
from engine.mastering.measures import figures_milli, heard_of, references_of, spectrum_db
from engine.mastering.profile import Profile
from engine.mixing.chain import apply
from engine.mixing.styles import GENRES
from engine.recommend import knobs
from engine.recommend.audio_capability import AudioCapability, AudioProposal, Given, Sound, drawn, equal_gains_db
from engine.recommend.capability import Knob, Tell, Value, check_call, silent

_STREAMING_LUFS: Final = -14.0
_TILT_DB_MAX: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """How a proposal differs from what was asked: factors on amounts, and where the balance leans.

    tilt_db : per octave, about 1 kHz; crest_db : added to the wanted crest; wider_db : added to the wanted width
    """

    words: str
    amount: float = 1.0
    tilt_db: float = 0.0
    crest_db: float = 0.0
    wider_db: float = 0.0


TASTES: Final = (
    Taste(words="Gentler: about half of every move.", amount=0.5),
    Taste(words="Brighter: the balance leans upwards.", tilt_db=0.45),
    Taste(words="Warmer: the balance leans downwards.", tilt_db=-0.45),
    Taste(words="Denser: peaks stand out less.", crest_db=-2.0),
    Taste(words="More open: peaks may stand out.", crest_db=3.0),
    Taste(words="Wider.", wider_db=3.0),
    Taste(words="Brighter and gentler.", amount=0.6, tilt_db=0.3),
)
_AS_ASKED: Final = Taste(words="")


def propose(
    given: Given, *, seed: int, count: int, values: Mapping[str, Value], tell: Tell = silent
) -> Iterator[AudioProposal]:
    """Masters of one recording: the first as asked, the others each with a taste of their own, drawn by the seed.

    Raises
    ------
    SilenceError, TooShortError, ChannelsError, OutOfRangeError, LimitExceededError, ShapeError
        With the name of the recording in the message.
    """
    check_call(seed=seed, count=count)
    CAPABILITY.check_given(given)
    chosen = CAPABILITY.read(values)
    source = given.sounds[0]
    tell(0.0, "listening")
    heard = _heard(source)
    aim = _aim(given, heard, chosen)
    amounts = Amounts(**{name: int(chosen[name]) for name in ("equaliser", "dynamics", "width", "limiter")})
    for index, taste in enumerate(drawn(_AS_ASKED, TASTES, seed=seed, count=count)):
        tell(index / count, taste.words or "as asked")
        made = master(
            heard, _leaning(aim, taste, heard.profile), _scaled(amounts, taste), name=f"{source.name} (master)",
            tell=lambda share, words, index=index: tell((index + share) / count, words),
        )  # fmt: skip
        remarks = ((taste.words,) if taste.words else ()) + made.remarks
        yield _proposal(heard, made.sound, made.setting, made.after, made.true_peak_dbtp, remarks)


def _aim(given: Given, heard: Recording, chosen: Mapping[str, Value]) -> Aim:
    references = references_of(given)
    ceiling, exact = int(chosen["ceiling"]) / 1000, int(chosen["loudness"]) / 1000
    is_exact = chosen["aim"] == "exact"
    if references is not None:
        many = len(given.references) > 1
        return Aim(
            loudness_lufs=exact if is_exact else float(np.clip(references.loudness_lufs, -30, -6)),
            balance_db=references.balance_db, crest_db=references.crest_db, width_db=references.width_db,
            detail="third", ceiling_dbtp=ceiling, words="the references" if many else "the reference",
        )  # fmt: skip
    genre = str(chosen["genre"])
    if genre == "none":
        return Aim(loudness_lufs=exact if is_exact else _STREAMING_LUFS, ceiling_dbtp=ceiling)
    target = TARGETS[genre]
    balance, width = curve_db(genre), target.width_db
    if chosen["tonality"] == "learned":
        balance, width = learned.target(heard.powers, genre)
    return Aim(
        loudness_lufs=exact if is_exact else target.loudness_lufs,
        balance_db=balance, crest_db=target.crest_db, width_db=width, ceiling_dbtp=ceiling, words=f"{genre} music",
    )  # fmt: skip


def _leaning(aim: Aim, taste: Taste, now: Profile) -> Aim:
    """The aim with a taste added; where no balance is wanted, the recording's own leans."""
    balance = aim.balance_db
    if taste.tilt_db:
        tilt = np.clip(taste.tilt_db * np.log2(CENTRES_HZ / 1_000), -_TILT_DB_MAX, _TILT_DB_MAX)
        balance = levelled((now.balance_db if balance is None else balance) + tilt)
    crest = aim.crest_db
    if taste.crest_db:
        crest = (now.crest_db if crest is None else crest) + taste.crest_db
    width = aim.width_db
    if taste.wider_db:
        width = (now.width_db if width is None else width) + taste.wider_db
    return replace(aim, balance_db=balance, crest_db=crest, width_db=width, words=aim.words or "what was wanted")


def _scaled(amounts: Amounts, taste: Taste) -> Amounts:
    # The limiter keeps its amount: a gentler master is still as loud as was asked.
    return replace(
        amounts,
        **{name: round(getattr(amounts, name) * taste.amount) for name in ("equaliser", "dynamics", "width")},
    )


def play(given: Given, setting: Mapping[str, Any], *, tell: Tell = silent) -> AudioProposal:
    """The recording through a chain that a person changed.

    Raises
    ------
    UnreadableFileError, UnknownPluginError, OutOfRangeError
        If the document is no mix setting; else as `propose`.
    """
    CAPABILITY.check_given(given)
    checked = mix_setting.read(mix_setting.write(dict(setting)))
    source = given.sounds[0]
    heard = _heard(source)
    tell(0.2, "the sound")
    sound = apply(heard.signal, checked["plugins"], sample_rate_hz=source.sample_rate_hz)
    tell(0.6, "the measures")
    after = heard_of(sound, sample_rate_hz=source.sample_rate_hz)
    peak = loudness.true_peak_dbtp(sound, sample_rate_hz=source.sample_rate_hz)
    return _proposal(heard, sound, checked, after, peak, ())


def _heard(source: Sound) -> Recording:
    try:
        return recording(source.signal, sample_rate_hz=source.sample_rate_hz)
    except SilenceError as error:
        raise SilenceError(f"{source.name}: {error.message}") from None


def _proposal(
    heard: Recording, sound: Signal, setting: Mapping[str, Any], after: Profile | None, peak_dbtp: float,
    remarks: tuple[str, ...],
) -> AudioProposal:  # fmt: skip
    before = heard.profile
    gains = equal_gains_db(after.loudness_lufs - before.loudness_lufs if after else 0.0)
    return AudioProposal(
        sound=sound,
        before=heard.signal,
        sample_rate_hz=heard.sample_rate_hz,
        setting=setting,
        before_gain_db=gains[0],
        after_gain_db=gains[1],
        remarks=remarks,
        figures_milli=figures_milli(after, true_peak_dbtp=peak_dbtp),
        before_milli=figures_milli(before, true_peak_dbtp=heard.true_peak_dbtp),
        spectrum_db=spectrum_db(after),
        before_spectrum_db=spectrum_db(before),
    )


CAPABILITY: Final = AudioCapability(
    name="mastering",
    title="Master",
    words="A recording brought to the balance, density, width and loudness of a genre or of music you name, "
    "as a chain of plugins that you can change.",
    model=learned.MODEL,
    weights_hash=learned.weights_hash,
    schema=2,
    takes="sound",
    sounds_max=1,
    references_max=8,
    takes_preset=True,
    setting_form="mix_setting",
    propose=propose,
    play=play,
    knobs=(
        knobs.genre(
            (("none", "None: loudness only"), *((genre, genre.capitalize()) for genre in GENRES)),
            hint="What it should stand beside. References, where given, come before it.", default="pop",
        ),
        Knob(
            name="tonality", words="Balance", hint="Where the wanted balance comes from when there is no reference.",
            choices=(("learned", "What this music asks for"), ("curve", "The genre's own curve")), default="learned",
        ),
        Knob(
            name="aim", words="Loudness", hint="The reference's or the genre's, or one that you set.",
            choices=(("auto", "By reference or genre"), ("exact", "As set")), default="auto",
        ),
        Knob(
            name="loudness", words="Loudness as set", hint="-14 for streaming, -23 for broadcasting (EBU R 128).",
            unit="LUFS", milli=True, least=-30_000, most=-6_000, step=500, default=-14_000,
        ),
        Knob(
            name="ceiling", words="Ceiling", hint="No true peak passes it.", unit="dBTP", milli=True,
            least=-6_000, most=-100, step=100, default=-1_000,
        ),
        knobs.percent("equaliser", "Equaliser", "Share of the way to the wanted balance."),
        knobs.percent("dynamics", "Dynamics", "Share of the way to the wanted crest."),
        knobs.percent("width", "Width", "Share of the way to the wanted width."),
        knobs.percent("limiter", "Limiter", "Share of the way to the wanted loudness that peaks have to give way for."),
    ),
    ending="master",
    role="mastering engineer",
)  # fmt: skip
