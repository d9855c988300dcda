"""Measured contribution of files that nobody has to trust: what the page and the ledger need, as JSON."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from engine.analysis import contribution
from engine.analysis.contribution import Origins
from engine.analysis.setting_trace import parameters
from engine.analysis.sound_trace import CELL_S, sounding_cells

NOTES_DRAWN_MAX = 6_000
SPANS_MAX = 128


def measure(data: bytes, *, sizes: list[int], versions: int) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Trace the newest version of an element to the versions before it and to its parents.

    data : the files one after the other, `sizes` bytes each: first `versions` versions, oldest first, then the parents

    The values' figures are weighed units (notes, milliseconds, parameters, samples). An *owner* is the place of a
    version, or of a parent after the versions; a unit that a parent holds is the first such parent's in the picture.
    """
    files = [data[start:stop] for start, stop in pairwise(accumulate(sizes, initial=0))]
    found = contribution.origins(files[:versions], files[versions:])
    piece, weight = found.piece, found.piece.weight
    ppm = found.parent_ppm()
    owners = _owners(found, versions)
    values = {
        "unit": piece.unit,
        "units_total": piece.count * weight,
        "parents": [
            {"units": 0 if held is None else int(held.sum()) * weight, "measured_ppm": ppm[place]}
            for place, held in enumerate(found.parents)
        ],
        "own": [found.new_in(version) for version in range(versions)],
        "all": [int((found.first_version == version).sum()) * weight for version in range(versions)],
        "detail": {"unit": piece.unit, "owners": versions + len(found.parents), **_drawn(found, owners)},
    }
    return values, {}


def _owners(found: Origins, versions: int) -> list[int]:
    owner = found.first_version.copy()
    for place in reversed(range(len(found.parents))):
        held = found.parents[place]
        if held is not None:
            owner[held] = versions + place
    return [int(one) for one in owner]


def _drawn(found: Origins, owners: list[int]) -> dict[str, Any]:
    """What the page draws: notes with their owner, and how many units of each owner lie in each span."""
    piece = found.piece
    if piece.unit == "notes":
        bars = contribution.bar_numbers(piece.value).tolist()
        return {"notes": _roll(found, owners), **_spans("bar", bars, owners)}
    if piece.unit == "milliseconds":
        cells = np.flatnonzero(sounding_cells(piece.value))
        return _spans("second", [int(cell * CELL_S) for cell in cells], owners)
    if piece.unit == "parameters":
        rows = parameters(piece.value)
        names = [plugin["type"] for plugin in piece.value["plugins"]]
        return {**_spans("plugin", [plugin for plugin, _, _ in rows], owners), "names": names}
    return {"spans": []}


def _spans(of: str, places: list[int], owners: list[int]) -> dict[str, Any]:
    """Counts by owner over bars, seconds or plugins; neighbours go together where there are too many to draw."""
    last = max(places, default=-1)
    step = max(1, -(-(last + 1) // SPANS_MAX))
    spans: list[dict[str, int]] = [{} for _ in range(-(-(last + 1) // step))]
    for place, owner in zip(places, owners, strict=True):
        span = spans[place // step]
        span[str(owner)] = span.get(str(owner), 0) + 1
    return {"span": of, "step": step, "spans": spans}


def _roll(found: Origins, owners: list[int]) -> list[list[float]]:
    """(onset_s, duration_s, pitch, owner), earliest first."""
    score = found.piece.value
    clock = score.clock()
    notes = sorted(zip(score.notes(), owners, strict=True), key=lambda pair: (pair[0].onset, pair[0].pitch_midi))
    rows = []
    for note, owner in notes[:NOTES_DRAWN_MAX]:
        start = clock.seconds(note.onset)
        length = clock.seconds(note.offset) - start
        rows.append([round(start, 3), round(length, 3), note.pitch_midi, owner])
    return rows
