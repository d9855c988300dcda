"""New instruments from recorded notes, over `engine.timbre`: one sound, two, or a step over the map."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any

from production.processes.base import Choice, Parameter, Process
from production.processes.crafted import Stage
from production.processes.sound import Tell

NAME = "timbre.morphed"
SEED = 1
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
            has_audition=False,
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
    """The instrument; the second sound, if any, is the second file."""
    from engine.errors import OutOfRangeError
    from engine.timbre import making, morph, timbre_map

    if parameters["other"] and parameters["towards"]:
        raise OutOfRangeError("choose a second sound or a place on the map, not both")
    tell(0.05, "Listening")
    timbres = [making.heard(files[0], pitch_midi=parameters["pitch"] or None).timbre]
    if parameters["other"]:
        timbres.append(making.heard(files[1], pitch_midi=parameters["other_pitch"] or None).timbre)
    elif parameters["towards"]:
        timbres.append(morph.Timbre(latent=making.place_called(parameters["towards"]).latent))
    share = parameters["share"] / 100
    shares = [1.0] if len(timbres) == 1 else [1 - share, share]
    data = making.made(
        morph.mixed(timbres, shares),
        "sf2",
        name="Morph",
        note=60,
        seed=SEED,
        tell=lambda part, words: tell(0.15 + 0.8 * part, words),
    )
    return [Stage(process=NAME, data=data, weights={timbre_map.MODEL: timbre_map.weights_hash()})]
