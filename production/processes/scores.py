"""Notes from one form into another: MIDI, MusicXML and compressed MusicXML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from production.processes.base import Choice, Parameter, Process
from production.processes.crafted import Stage
from production.processes.sound import Tell

NAME = "notes.converted"


def processes() -> tuple[Process, ...]:
    """One."""
    return (
        Process(
            name=NAME,
            room="scores",
            title="Convert",
            words="Writes the notes in another form as the next version. The other forms stay downloads.",
            takes=("midi", "melody", "progression"),
            media=("midi", "musicxml", "mxl"),
            makes="file",
            has_audition=False,
            ending="converted",
            role="arranger",
            parameters=(
                Parameter(
                    name="to",
                    words="Into",
                    kind="choice",
                    default="musicxml",
                    choices=(
                        Choice(value="midi", words="MIDI", hint="For instruments and sequencers."),
                        Choice(value="musicxml", words="MusicXML", hint="For notation programs."),
                        Choice(value="mxl", words="Compressed MusicXML", hint="The same in a tenth of the bytes."),
                    ),
                ),
            ),
        ),
    )


def make(process: str, files: tuple[bytes, ...], parameters: Mapping[str, Any], tell: Tell) -> list[Stage]:
    """The notes in the other form."""
    from engine.convert import convert

    return [Stage(process=NAME, data=convert(files[0], parameters["to"]))]
