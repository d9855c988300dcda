"""Notes played by an instrument of the library, or one that the party holds, through a mix setting on wish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from production.processes.base import Parameter, Process
from production.processes.crafted import Stage
from production.processes.sound import Tell

if TYPE_CHECKING:
    from engine.arrays import Signal
    from engine.score import Score

NAME = "notes.played"
RATE_HZ = 44_100
LEAD_SECONDS_MAX = 20.0


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
    """The recording."""
    from engine import mixing
    from engine.io import notes
    from engine.timbre import sampler
    from production.parsing.processing import lossless

    bank, setting = _others(files, parameters)
    tell(0.2, "Playing the notes")
    heard = sampler.render(notes.read(files[0]), sample_rate_hz=RATE_HZ, bank=bank)
    if setting is not None:
        tell(0.6, "Mixing")
        heard = mixing.apply(heard, setting, sample_rate_hz=RATE_HZ, keeps_tail=True)
    return [Stage(process=NAME, data=lossless(heard, RATE_HZ))]


def audition(
    files: Sequence[bytes], parameters: Mapping[str, Any], start_s: float, seconds: float, tell: Tell
) -> tuple[dict[str, Signal], int]:
    """A stretch of the notes: before as the library's instruments play it, after with the instrument and the setting.

    Returns
    -------
    part -> (2, samples), and the sampling rate in hertz; without an instrument or a setting there is no "before".

    Raises
    ------
    OutOfRangeError
        If no note sounds in the stretch.
    """
    from engine import mixing
    from engine.errors import OutOfRangeError
    from engine.io import notes
    from engine.timbre import sampler

    bank, setting = _others(files, parameters)
    stretch, lead_s = _stretch(notes.read(files[0]), start_s, seconds)
    if not stretch.note_count:
        raise OutOfRangeError("no note sounds in this section")
    tell(0.2, "Playing the notes")
    whole_s = lead_s + seconds
    plain = sampler.render(stretch, sample_rate_hz=RATE_HZ, seconds_max=whole_s)
    after = sampler.render(stretch, sample_rate_hz=RATE_HZ, bank=bank, seconds_max=whole_s) if bank else plain
    if setting is not None:
        tell(0.6, "Mixing")
        after = mixing.apply(after, setting, sample_rate_hz=RATE_HZ)
    heard = {"before": plain, "after": after} if bank or setting is not None else {"after": after}
    lead = round(lead_s * RATE_HZ)
    return {part: signal[:, lead:] for part, signal in heard.items()}, RATE_HZ


def _stretch(score: Score, start_s: float, seconds: float) -> tuple[Score, float]:
    """The notes of a section with those that are held into it, and the seconds that these begin before it."""
    clock = score.clock()
    start, stop = clock.position(start_s), clock.position(start_s + seconds)
    held = [
        note.onset for part in score.parts for note in part.notes if note.onset < start < note.onset + note.duration
    ]
    first = max(min(held, default=start), clock.position(max(start_s - LEAD_SECONDS_MAX, 0.0)))
    return score.between(first, stop), max(start_s - clock.seconds(first), 0.0)


def _others(files: Sequence[bytes], parameters: Mapping[str, Any]) -> tuple[bytes | None, dict[str, Any] | None]:
    """The instrument and the mix setting: further files stand in the order of the parameters that name them."""
    from engine.io import mix_setting

    others = iter(files[1:])
    bank = next(others) if parameters["instrument"] else None
    return bank, mix_setting.read(next(others)) if parameters["setting"] else None
