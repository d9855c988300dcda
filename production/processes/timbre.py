"""New instruments from recorded notes, over `engine.timbre`: one sound, two, or a step over the map."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from production.processes.base import Choice, Parameter, Process
from production.processes.crafted import Stage
from production.processes.sound import Tell

if TYPE_CHECKING:
    from engine.arrays import Signal
    from engine.timbre.morph import Timbre

NAME = "timbre.morphed"
SEED = 1
_PHRASE = (0, 4, 7, 12, -12)
"""Semitones from the sound's own pitch."""
_NOTE_S = 0.9
_AUDIO = ("wav", "aiff", "flac", "ogg", "mp3")


def processes() -> tuple[Process, ...]:
    """One, if the map is installed."""
    if importlib.util.find_spec("engine.timbre.timbre_map") is None:
        return ()
    from engine.timbre.general_midi import PITCHED

    towards = (Choice(value="", words="Nothing"), *(Choice(value=name, words=name) for name in PITCHED))
    return (
        Process(
            name=NAME,
            room="timbre",
            title="Make an instrument",
            words="Hears one note of this sound and makes an instrument for the whole keyboard of it: as it is, mixed "
            "with a second sound, or moved towards an instrument on the map of timbres. The result is a SoundFont.",
            makes="element",
            control="map",
            ending="as an instrument",
            role="producer",
            parameters=(
                Parameter(
                    name="other",
                    words="Second sound",
                    kind="element",
                    takes=("wave", "sound"),
                    media=_AUDIO,
                    hint="A recorded note to mix with; none: this sound alone, or the map.",
                ),
                Parameter(
                    name="towards", words="Towards", kind="choice", default="", choices=towards,
                    hint="Where to on the map.",
                ),
                Parameter(
                    name="share", words="How far", unit="%", least=0.0, most=100.0, step=1.0, default=50.0,
                    hint="0: this sound; 100: the other one.",
                ),
                Parameter(
                    name="pitch", words="Its pitch", unit="MIDI", least=0.0, most=108.0, step=1.0, default=0.0,
                    hint="60 is middle C. 0: it is heard.",
                ),
                Parameter(
                    name="other_pitch", words="The other’s pitch", unit="MIDI", least=0.0, most=108.0, step=1.0,
                    default=0.0, hint="0: it is heard.",
                ),
            ),
        ),
    )  # fmt: skip


def make(process: str, files: tuple[bytes, ...], parameters: Mapping[str, Any], tell: Tell) -> list[Stage]:
    """The instrument."""
    from engine.timbre import making, timbre_map

    data = making.made(
        _timbre(files, parameters, tell)[0],
        "sf2",
        name="Morph",
        note=60,
        seed=SEED,
        tell=lambda part, words: tell(0.15 + 0.8 * part, words),
    )
    return [Stage(process=NAME, data=data, weights={timbre_map.MODEL: timbre_map.weights_hash()})]


def audition(
    files: Sequence[bytes], parameters: Mapping[str, Any], start_s: float, seconds: float, tell: Tell
) -> tuple[dict[str, Signal], int]:
    """Before, the sound as it is; after, a few notes of the instrument around its pitch. The section does not matter.

    Returns
    -------
    part -> (1, samples), and the sampling rate in hertz.
    """
    import numpy as np

    from engine.io import audio
    from engine.timbre import making, morph, tone

    timbre, pitch = _timbre(files, parameters, tell)
    tell(0.5, "Playing a few notes")
    keys = [min(max(round(pitch) + step, tone.PITCH_LOW), tone.PITCH_HIGH) for step in _PHRASE]
    notes = [making.played(timbre, note=key, seed=SEED, seconds=_NOTE_S) for key in keys]
    signal, rate_hz = audio.read(files[0])
    before = morph.at_rate(signal[:, : int(rate_hz * _NOTE_S * len(_PHRASE))], rate_hz)
    return {"before": before[np.newaxis], "after": np.concatenate(notes)[np.newaxis]}, tone.RATE_HZ


def _timbre(files: Sequence[bytes], parameters: Mapping[str, Any], tell: Tell) -> tuple[Timbre, float]:
    """What is asked for, and the pitch of the sound itself; the second sound, if any, is the second file."""
    from engine.errors import OutOfRangeError
    from engine.timbre import making, morph

    if parameters["other"] and parameters["towards"]:
        raise OutOfRangeError("choose a second sound or a place on the map, not both")
    tell(0.05, "Listening")
    first = making.heard(files[0], pitch_midi=parameters["pitch"] or None)
    if parameters["other"]:
        second = making.heard(files[1], pitch_midi=parameters["other_pitch"] or None).timbre
    elif parameters["towards"]:
        second = morph.Timbre(latent=making.place_called(parameters["towards"]).latent)
    else:
        return first.timbre, first.pitch_midi
    share = parameters["share"] / 100
    return morph.mixed([first.timbre, second], [1 - share, share]), first.pitch_midi
