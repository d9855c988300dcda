"""Notes played by an instrument of the library, or one that the party holds, through a mix setting on wish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from production.processes.base import Parameter, Process
from production.processes.crafted import Stage
from production.processes.sound import Tell

NAME = "notes.played"
RATE_HZ = 44_100


def processes() -> tuple[Process, ...]:
    """One."""
    return (
        Process(
            name=NAME,
            room="playing",
            title="Play with an instrument",
            words="Renders the notes to a recording: with the library's instruments, or with a sound of your own.",
            takes=("midi", "melody", "progression"),
            media=("midi", "musicxml", "mxl", "progression"),
            makes="element",
            has_audition=False,
            ending="played",
            role="producer",
            parameters=(
                Parameter(
                    name="instrument",
                    words="Instrument",
                    kind="element",
                    takes=("sound",),
                    media=("sf2", "sf3"),
                    hint="None: the library's instrument that each part names.",
                ),
                Parameter(
                    name="setting", words="Mix setting", kind="element", takes=("mix_setting",), media=("mix_setting",)
                ),
            ),
        ),
    )


def make(process: str, files: tuple[bytes, ...], parameters: Mapping[str, Any], tell: Tell) -> list[Stage]:
    """The recording; further files stand in the order of the parameters that name them."""
    from engine import mixing
    from engine.io import mix_setting, notes
    from engine.timbre import sampler
    from production.parsing.processing import lossless

    others = iter(files[1:])
    bank = next(others) if parameters["instrument"] else None
    setting = mix_setting.read(next(others)) if parameters["setting"] else None
    tell(0.2, "Playing the notes")
    heard = sampler.render(notes.read(files[0]), sample_rate_hz=RATE_HZ, bank=bank)
    if setting is not None:
        tell(0.6, "Mixing")
        heard = mixing.apply(heard, setting, sample_rate_hz=RATE_HZ, keeps_tail=True)
    return [Stage(process=NAME, data=lossless(heard, RATE_HZ))]
