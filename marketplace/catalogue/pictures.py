"""An element's pictures: what production found in its bytes, in the terms of `covers`."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.catalogue import covers
from production import selectors as production

FAINTEST = 10
"""Cells below this (of 255) are not drawn."""
_TONICS = {name: place for place, name in enumerate(covers.MAJOR_FIFTHS)}
_SAME = {"C#": "Db", "G#": "Ab", "D#": "Eb", "A#": "Bb", "Gb": "F#", "Cb": "B", "E#": "F", "B#": "C", "Fb": "E"}


@dataclass(frozen=True, slots=True)
class _Grid:
    """Cells 0..255, rows from low to high."""

    kind: str
    rows: tuple[bytes, ...]


def of_element(element: production.ElementView) -> dict[str, Any]:
    """Fields of a catalogue entry: its cover, and the heights of its small waveform."""
    facts = element.version.facts
    grid = _grid(facts.get("picture"))
    source = covers.CoverSource(
        kind=element.kind,  # type: ignore[arg-type]
        content_hash=element.version.content_hash,
        cells=_cells(grid) if grid.kind == "roll" else (),
        peaks=tuple(_outline(facts.get("outline"))),
        spectrum=_spectrum(grid),
        chords=_chords(facts.get("chords") or ()),
        key=facts.get("key") or "",
    )
    return {"cover_svg": covers.draw(source), "peaks": [round(height, 3) for height in source.peaks]}


def _grid(picture: Mapping[str, Any] | None) -> _Grid:
    if not picture:
        return _Grid("", ())
    values, columns = base64.b64decode(picture["cells"]), picture["columns"]
    return _Grid(picture["kind"], tuple(values[at : at + columns] for at in range(0, len(values), columns)))


def _outline(text: str | None) -> Iterator[float]:
    """Heights 0..1 of the small waveform."""
    return (height / 255 for height in base64.b64decode(text or ""))


def _cells(grid: _Grid) -> tuple[covers.Cell, ...]:
    """Runs of sounding cells on the covers' own grid."""
    found: dict[tuple[int, int], int] = {}
    for row, values in enumerate(grid.rows):
        high = row * covers.ROWS // max(len(grid.rows), 1)
        for start, length in _runs(values):
            column = start * covers.COLUMNS // len(values)
            steps = max(1, length * covers.COLUMNS // len(values))
            found[column, high] = max(found.get((column, high), 0), min(steps, covers.COLUMNS - column))
    return tuple(sorted((column, row, steps) for (column, row), steps in found.items()))


def _runs(values: bytes) -> Iterator[tuple[int, int]]:
    start = None
    for place, value in enumerate([*values, 0]):
        if value > FAINTEST and start is None:
            start = place
        elif value <= FAINTEST and start is not None:
            yield start, place - start
            start = None


def _spectrum(grid: _Grid) -> tuple[float, ...]:
    """Of a sound: mean energy of each band, 0..1. Of a mix setting: gains -1..1 over frequency."""
    if grid.kind == "spectrum":
        return tuple(sum(row) / len(row) / 255 for row in grid.rows)
    if grid.kind == "curve":
        return tuple(value / 127.5 - 1 for value in grid.rows[0])
    return ()


def _chords(symbols: Sequence[str]) -> tuple[tuple[int, bool], ...]:
    """Roots on the circle of fifths, and whether the chord is minor."""
    found = []
    for symbol in symbols:
        root = symbol[:2] if symbol[1:2] in ("#", "b") else symbol[:1]
        rest = symbol[len(root) :]
        place = _TONICS.get(_SAME.get(root, root))
        if place is not None:
            found.append((place, rest.startswith("m") and not rest.startswith("maj")))
    return tuple(found)
