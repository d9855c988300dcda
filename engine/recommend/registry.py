"""All capabilities by name. A module is imported when its capability is asked for: networks are slow to load."""

import importlib
from typing import Final

from engine.errors import OutOfRangeError
from engine.recommend.capability import Capability

MODULES: Final[dict[str, str]] = {
    "chorale": "four_voices",
    "chords": "lead_sheet",
    "harmony": "voices",
    "melody": "melody",
    "performance": "performance",
    "polyphony": "polyphony",
    "progression": "progression",
    "variation": "variation",
}


def names() -> tuple[str, ...]:
    """What can be recommended, in the order of the alphabet."""
    return tuple(sorted(MODULES))


def capability(name: str) -> Capability:
    """The capability called `name`.

    Raises
    ------
    OutOfRangeError
        If there is none; the message lists those there are.
    """
    if name not in MODULES:
        raise OutOfRangeError(f"there is no capability {name!r}; there are {', '.join(names())}")
    found: Capability = importlib.import_module(f"engine.recommend.{MODULES[name]}").CAPABILITY
    return found
