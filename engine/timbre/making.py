"""From recorded bytes to a timbre, and from a timbre to a file: what the command and the site share."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np

from engine.arrays import Mono, Signal
from engine.dsp import resample
from engine.errors import OutOfRangeError, UnpitchedError, UnsupportedFormatError
from engine.io import audio
from engine.recommend.capability import Tell, silent
from engine.timbre import additive, instrument, timbre_map
from engine.timbre.morph import Timbre, at_rate, level_db, loudened, timbre_of
from engine.timbre.tone import PITCH_HIGH, PITCH_LOW, RATE_HZ, analyse, onset

Form = Literal["sf2", "zip", "wav", "flac", "ogg"]
SECONDS_MAX: Final = 4.0  # what a note is judged by
NOTE_S: Final = 2.0
_VOICED_FRAMES_MIN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A recorded note's timbre, and the pitch it sounds at."""

    timbre: Timbre
    pitch_midi: float


def heard(data: bytes, *, pitch_midi: float | None = None) -> Heard:
    """The timbre of a recording of one note; what comes after four seconds is not listened to.

    Raises
    ------
    UnpitchedError
        If no pitch is given and none can be heard.
    TooShortError, SilenceError, OutOfRangeError
        As `tone.analyse`.
    EngineError
        As `audio.read`.
    """
    signal, rate_hz = audio.read(data)
    return heard_in(signal, sample_rate_hz=rate_hz, pitch_midi=pitch_midi)


def heard_in(signal: Signal, *, sample_rate_hz: int, pitch_midi: float | None = None) -> Heard:
    """As `heard`, of a (channels, samples) signal."""
    mono = at_rate(signal, sample_rate_hz)
    begin = onset(mono)
    note = mono[begin : begin + int(SECONDS_MAX * RATE_HZ)]
    tone = analyse(note, pitch_midi=pitch_of(note) if pitch_midi is None else pitch_midi)
    return Heard(timbre=timbre_of([tone]), pitch_midi=tone.pitch_midi)


def pitch_of(note: Mono) -> float:
    """The pitch that sounds longest, MIDI.

    Raises
    ------
    UnpitchedError
        If there is none.
    """
    from engine.transcription import pitch_track

    at_its_rate = resample.resample(note[np.newaxis], from_hz=RATE_HZ, to_hz=pitch_track.RATE_HZ)[0]
    track = pitch_track.track(at_its_rate, threads=1)
    voiced = track.pitch_hz[track.voiced]
    if len(voiced) < _VOICED_FRAMES_MIN:
        raise UnpitchedError("no pitch can be heard in it; say which it has")
    pitch = float(69 + 12 * np.log2(np.median(voiced) / 440))
    if not PITCH_LOW <= pitch <= PITCH_HIGH:
        raise UnpitchedError(f"its pitch seems to be {pitch:.1f}, which no key of a piano has; say which it has")
    return pitch


def place_called(name: str) -> timbre_map.Place:
    """The instrument of the map with this name, letters' case aside.

    Raises
    ------
    OutOfRangeError
        If there is none; the message names some that are near in spelling.
    """
    import difflib

    known = {place.name.lower(): place for place in reversed(timbre_map.places())}
    if name.lower() in known:
        return known[name.lower()]
    near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.3)
    hint = f"; did you mean {' or '.join(known[one].name for one in near)}?" if near else ""
    raise OutOfRangeError(f"the map has no instrument {name!r}{hint}")


def form_of_name(name: str) -> Form:
    """The form that a file's name asks for by its ending.

    Raises
    ------
    UnsupportedFormatError
        If it is none of .sf2, .zip, .wav, .flac, .ogg.
    """
    for form in get_args(Form):
        if name.lower().endswith(f".{form}"):
            return form  # type: ignore[no-any-return]
    raise UnsupportedFormatError(f"cannot write {name}: use .sf2, .zip (SFZ), .wav, .flac or .ogg")


def made(timbre: Timbre, form: Form, *, name: str, note: int, seed: int, tell: Tell = silent) -> bytes:
    """A timbre as an instrument, or as the note `note` (MIDI) of it, two seconds long."""
    if form == "sf2" or form == "zip":
        samples = list(instrument.samples(timbre, seed=seed, tell=tell))
        write = instrument.soundfont if form == "sf2" else instrument.sfz
        return write(samples, name=name)
    return audio.write(played(timbre, note=note, seed=seed)[np.newaxis], sample_rate_hz=RATE_HZ, format=form)


def played(timbre: Timbre, *, note: int, seed: int, seconds: float = NOTE_S, velocity: int = 100) -> Mono:
    """One note of a timbre, (samples,) float32 at RATE_HZ."""
    tone = timbre.tone(pitch_midi=note, velocity=velocity)
    sound = additive.sound(
        loudened(tone, instrument.LEVEL_DB - level_db(tone)), duration_s=seconds, seed=seed, fade_s=0.2
    )
    peak = float(np.abs(sound).max(initial=0.0))
    return sound if peak < 1 else np.asarray(sound / peak * 0.98, np.float32)
