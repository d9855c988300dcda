"""All capabilities by name. A module is imported when its capability is asked for: networks are slow to load."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

from engine.errors import OutOfRangeError

if TYPE_CHECKING:  # whoever asks for names alone, as a command's help does, loads no numpy
    from engine.recommend.audio_capability import AudioCapability
    from engine.recommend.capability import Capability

NOTES: Final[dict[str, str]] = {
    "chorale": "engine.recommend.four_voices",
    "chords": "engine.recommend.lead_sheet",
    "harmony": "engine.recommend.voices",
    "melody": "engine.recommend.melody",
    "performance": "engine.recommend.performance",
    "polyphony": "engine.recommend.polyphony",
    "progression": "engine.recommend.progression",
    "variation": "engine.recommend.variation",
}
SOUND: Final[dict[str, str]] = {
    "mastering": "engine.mastering.capability",
    "mixing": "engine.mixing.auto_capability",
}
MODULES: Final[dict[str, str]] = NOTES | SOUND


def names() -> tuple[str, ...]:
    """What can be recommended, in the order of the alphabet."""
    return tuple(sorted(MODULES))


def capability(name: str) -> Capability | AudioCapability:
    """The capability called `name`, of notes or of sound.

    Raises
    ------
    OutOfRangeError
        If there is none; the message lists those there are.
    """
    return _found(name, MODULES)


def of_notes(name: str) -> Capability:
    """The same among those of notes."""
    from engine.recommend.capability import Capability

    found = _found(name, NOTES)
    assert isinstance(found, Capability), name
    return found


def of_sound(name: str) -> AudioCapability:
    """The same among those of sound."""
    from engine.recommend.audio_capability import AudioCapability

    found = _found(name, SOUND)
    assert isinstance(found, AudioCapability), name
    return found


def _found(name: str, modules: dict[str, str]) -> Capability | AudioCapability:
    if name not in modules:
        raise OutOfRangeError(f"there is no capability {name!r}; there are {', '.join(sorted(modules))}")
    found: Capability | AudioCapability = importlib.import_module(modules[name]).CAPABILITY
    return found
