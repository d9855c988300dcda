"""The map of timbres, for a page."""

from __future__ import annotations

import dataclasses
import functools

_FAMILIES = ("keys", "mallets", "organs", "guitars", "basses", "strings", "ensembles", "brass", "reeds", "pipes")
_ELECTRONIC = "electronic"
_PROGRAMS_A_FAMILY = 8


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MapPlace:
    """An instrument on the map.

    family : which colour it has; is_named : whether its name is written, as the first of its family's is
    x, y : -100..100 from left to right and from top to bottom
    """

    name: str
    family: str
    is_named: bool
    x: float
    y: float


@functools.cache
def timbre_map() -> tuple[MapPlace, ...]:
    """General MIDI's pitched instruments, as the library's bank plays them."""
    from engine.timbre import timbre_map

    return tuple(
        MapPlace(
            name=place.name,
            family=_family(place.program),
            is_named=place.program % _PROGRAMS_A_FAMILY == 0,
            x=round(100 * place.x, 1),
            y=round(-100 * place.y, 1),
        )
        for place in timbre_map.places()
        if place.bank == timbre_map.BANKS[0]
    )


def _family(program: int) -> str:
    index = program // _PROGRAMS_A_FAMILY
    return _FAMILIES[index] if index < len(_FAMILIES) else _ELECTRONIC
