"""Versions against each other: heard side by side, and an earlier one put back in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from production.processes.base import Parameter, Process
from production.processes.crafted import Stage
from production.processes.sound import Processed, Take, Tell

RESTORE = "version.restored"
COMPARE = "version.compared"
_NUMBER = Parameter(name="version", words="Version", kind="version", least=1, most=1_000_000, step=1)
_ANY = ("midi", "progression", "melody", "wave", "sound", "mix_setting")


def processes() -> tuple[Process, ...]:
    """Both work on whatever is kept."""
    return (
        Process(
            name=RESTORE,
            room="versions",
            title="Put back",
            words="An earlier version becomes the newest again. Nothing is deleted.",
            takes=_ANY,
            media=(),
            makes="file",
            has_audition=False,
            parameters=(_NUMBER,),
        ),
        Process(
            name=COMPARE,
            room="versions",
            title="Compare",
            words="Two versions, at equal loudness.",
            parameters=(_NUMBER,),
            has_residual=True,
        ),
    )


def make(process: str, files: tuple[bytes, ...], parameters: Mapping[str, Any], tell: Tell) -> list[Stage]:
    """The earlier version's own bytes: the second file."""
    return [Stage(process=RESTORE, data=files[1])]


def run(process: str, take: Take, parameters: Mapping[str, Any], tell: Tell) -> Processed:
    """The other version's same stretch; what differs is the residual where the two are alike in form."""
    from engine.dsp.resample import resample
    from engine.io import audio

    other, rate = audio.read(take.extras[0])
    if rate != take.sample_rate_hz:
        other = resample(other, from_hz=rate, to_hz=take.sample_rate_hz)
    stretch = other[:, take.start : take.stop]
    here = take.stretch
    residual = here - stretch if here.shape == stretch.shape else None
    return Processed(signal=stretch, residual=residual)
