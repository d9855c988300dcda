"""The capabilities of sound by name. A module is imported when its capability is asked for."""

import importlib
from typing import Final

from engine.errors import OutOfRangeError
from engine.recommend.audio_capability import AudioCapability

MODULES: Final[dict[str, str]] = {
    "mastering": "engine.mastering.capability",
    "mixing": "engine.mixing.auto_capability",
}


def names() -> tuple[str, ...]:
    """What can be recommended for sound, in the order of the alphabet."""
    return tuple(sorted(MODULES))


def capability(name: str) -> AudioCapability:
    """The capability called `name`.

    Raises
    ------
    OutOfRangeError
        If there is none; the message lists those there are.
    """
    if name not in MODULES:
        raise OutOfRangeError(f"there is no capability of sound {name!r}; there are {', '.join(names())}")
    found: AudioCapability = importlib.import_module(MODULES[name]).CAPABILITY
    return found
