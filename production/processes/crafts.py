"""Masters and mixes by hand: recordings through a setting that a person changed, as a replay makes them again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from production.processes.base import Process
from production.processes.crafted import Stage
from production.processes.sound import Tell


def processes() -> tuple[Process, ...]:
    """One for each kind of setting; what they make is asked for on the page of proposals."""
    return tuple(
        Process(
            name=f"{name}.played",
            room="crafts",
            title=title,
            words="Recordings through a setting that a person changed.",
            makes="element",
            has_audition=False,
        )
        for name, title in (("mastering", "Mastered by hand"), ("mixing", "Mixed by hand"))
    )


def make(process: str, files: tuple[bytes, ...], parameters: Mapping[str, Any], tell: Tell) -> list[Stage]:
    """The recordings, and last the setting: what they sound like together."""
    from engine.io import audio
    from engine.recommend import registry
    from engine.recommend.audio_capability import Given, Sound
    from production.parsing.processing import lossless

    capability = registry.of_sound(process.removesuffix(".played"))
    document = json.loads(files[-1])
    strips = [strip["name"] for strip in document.get("tracks", [])]
    names = strips or [f"{place}" for place, _ in enumerate(files[:-1], start=1)]
    sounds = []
    for name, data in zip(names, files[:-1], strict=True):
        signal, rate = audio.read(data)
        sounds.append(Sound(name=name, signal=signal, sample_rate_hz=rate))
    made = capability.play(Given(sounds=tuple(sounds)), document, tell=tell)
    return [Stage(process=process, data=lossless(made.sound, made.sample_rate_hz))]
