"""What every recommendation of sound shares: recordings in, an editable setting and what it sounds like out.

The sister of `capability`, with the same knobs, seeds and `Tell`. A proposal is never sound alone: `setting` is a
document of ours that anybody can open and change, and played through it, what was given becomes `sound` again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final, Literal, Protocol, TypeVar

from engine.arrays import Signal, as_signal
from engine.errors import ChannelsError, LimitExceededError, OutOfRangeError, TooShortError
from engine.io import limits
from engine.recommend.capability import Declared, Tell, Value, silent
from engine.recommend.draws import random_word

AudioTakes = Literal["sound", "stems"]  # one recording, or one recording a track
SettingForm = Literal["mix_setting", "mix"]  # engine/io/mix_setting.schema.json, engine/io/mix.schema.json
LEAST_S: Final = 0.4  # the shortest sound that has a loudness (BS.1770-5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A recording by its name: (1 or 2, samples) float32, full scale 1.0."""

    name: str
    signal: Signal
    sample_rate_hz: int

    @property
    def duration_s(self) -> float:
        """Length, s."""
        return float(self.signal.shape[1] / self.sample_rate_hz)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a recommendation of sound starts from.

    sounds : one recording, or the stems of a mix, each with another name
    references : finished music that it should come near to; may have other sampling rates
    preset : references that were analysed before, as `engine.mastering.profile.as_json` writes them
    """

    sounds: tuple[Sound, ...]
    references: tuple[Sound, ...] = ()
    preset: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioProposal:
    """One thing to hear, see, edit and keep.

    sound : (2, samples) float32 at `sample_rate_hz`
    before : what it is compared with, the recording or the stems simply added, in the same form
    setting : the document that makes it, in the form the capability declares
    before_gain_db : on `before`, for a comparison at equal loudness; never above 0
    after_gain_db : on `sound`, for the same comparison; never above 0, and one of the two is 0
    remarks : plain sentences on each move and why, for a person
    figures_milli : what was measured of `sound`, in thousandths ("integrated_lufs", "true_peak_dbtp", ...)
    before_milli : the same of `before`
    spectrum_db, before_spectrum_db : (30,) third octaves over the loud frames, dB, at equal loudness; empty for silence
    """

    sound: Signal
    before: Signal
    sample_rate_hz: int
    setting: Mapping[str, Any]
    before_gain_db: float = 0.0
    after_gain_db: float = 0.0
    remarks: tuple[str, ...] = ()
    figures_milli: Mapping[str, int] = field(default_factory=dict)
    before_milli: Mapping[str, int] = field(default_factory=dict)
    spectrum_db: tuple[float, ...] = ()
    before_spectrum_db: tuple[float, ...] = ()


class ProposeAudio(Protocol):
    """The function of a capability: proposals one after another, the first as soon as it is there."""

    def __call__(  # noqa: D102 - the class says it
        self, given: Given, *, seed: int, count: int, values: Mapping[str, Value], tell: Tell = silent
    ) -> Iterator[AudioProposal]: ...


class Play(Protocol):
    """What a setting that a person changed makes of what was given: one proposal without chance."""

    def __call__(  # noqa: D102 - the class says it
        self, given: Given, setting: Mapping[str, Any], *, tell: Tell = silent
    ) -> AudioProposal: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioCapability(Declared):
    """What the engine can recommend for sound.

    takes, sounds_max : what it must be given, and how many recordings at most
    references_max : how many references it can be given; 0 for none
    takes_preset : whether references can be given as a preset
    setting_form : which document a proposal's `setting` is
    play : hears such a document after somebody changed it
    """

    takes: AudioTakes
    sounds_max: int
    references_max: int
    takes_preset: bool
    setting_form: SettingForm
    propose: ProposeAudio
    play: Play

    def check_given(self, given: Given) -> None:
        """Refuse what cannot be worked on: wrong numbers, channels, rates, lengths, names that stand twice.

        Raises
        ------
        OutOfRangeError, ChannelsError, TooShortError, LimitExceededError, ShapeError
            With the name of the recording in the message.
        """
        _check_count(len(given.sounds), 1, self.sounds_max, "recordings" if self.takes == "sound" else "stems")
        _check_count(len(given.references), 0, self.references_max, "references")
        if given.preset is not None and not self.takes_preset:
            raise OutOfRangeError(f"{self.name} takes no preset of references")
        names = [sound.name for sound in given.sounds]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise OutOfRangeError(f"two recordings are called {twice[0]!r}")
        for sound in (*given.sounds, *given.references):
            _check_sound(sound)


T = TypeVar("T")


def drawn(as_asked: T, tastes: Sequence[T], *, seed: int, count: int) -> list[T]:
    """The first as asked, the others each with a taste of their own, in an order that the seed draws."""
    order = sorted(range(len(tastes)), key=lambda index: random_word(seed, index))
    return [as_asked, *(tastes[index] for index in order)][:count]


def equal_gains_db(louder_lu: float) -> tuple[float, float]:
    """Gains on before and after, dB, by which both are equally loud; none is above 0."""
    return (min(louder_lu, 0.0), min(-louder_lu, 0.0)) if isfinite(louder_lu) else (0.0, 0.0)


def _check_count(count: int, least: int, most: int, what: str) -> None:
    if not least <= count <= most:
        raise OutOfRangeError(f"{count} {what} were given; it takes {least if least == most else f'{least} to {most}'}")


def _check_sound(sound: Sound) -> None:
    rate, seconds = sound.sample_rate_hz, sound.duration_s
    if not limits.SAMPLE_RATE_HZ_MIN <= rate <= limits.SAMPLE_RATE_HZ_MAX:
        raise OutOfRangeError(f"{sound.name}: a sampling rate of {rate} Hz is outside the limits")
    if as_signal(sound.signal).shape[0] > 2:
        raise ChannelsError(f"{sound.name}: one or two channels can be worked on, not {sound.signal.shape[0]}")
    if seconds < LEAST_S:
        raise TooShortError(f"{sound.name}: {seconds:.3f} s are too short; {LEAST_S} s have a loudness")
    if seconds > limits.AUDIO_SECONDS_MAX:
        raise LimitExceededError(f"{sound.name}: {seconds:.0f} s are more than {limits.AUDIO_SECONDS_MAX}")
