"""Every process that is installed here, by name."""

from __future__ import annotations

import functools
import importlib
from types import ModuleType

from production.errors import UnknownProcessError
from production.processes.base import Process

ROOMS = (
    "noise",
    "repair",
    "effects",
    "loudness",
    "hearing",
    "pitch",
    "notes",
    "scores",
    "playing",
    "timbre",
    "versions",
    "crafts",
)
GROUPS: dict[str, str] = {
    "noise": "Clean",
    "repair": "Clean",
    "effects": "Shape",
    "loudness": "Shape",
    "timbre": "Shape",
    "hearing": "Notes",
    "pitch": "Notes",
    "notes": "Notes",
    "scores": "Notes",
    "playing": "Notes",
}
"""Room -> the heading under which it stands; what has none is not offered in the list."""


@functools.cache
def every() -> dict[str, Process]:
    """Name -> process, in the order in which they are offered."""
    return {one.name: one for room in ROOMS for one in room_of(room).processes()}


def get(name: str) -> Process:
    """The process of this name.

    Raises
    ------
    UnknownProcessError
        If there is none, or the engine does not have it here.
    """
    found = every().get(name)
    if found is None:
        raise UnknownProcessError
    return found


def call_of(name: str) -> tuple[Process, int]:
    """The process whose call the ledger names so, and the place of that stage among the files it makes.

    Raises
    ------
    UnknownProcessError
        If there is none, or the engine does not have it here.
    """
    for one in every().values():
        if name in one.stages:
            return one, one.stages.index(name)
    return get(name), 0


def suiting(*, kind: str, media: str) -> list[Process]:
    """What can be done to an element of this kind and file."""
    return [one for one in every().values() if one.room in GROUPS and one.suits(kind=kind, media=media)]


def room_of(name: str) -> ModuleType:
    """The adapter of a room."""
    return importlib.import_module(f"production.processes.{name}")
