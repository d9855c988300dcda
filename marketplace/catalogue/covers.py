"""Covers: every element's picture, drawn from its own content, the same for the same hash for ever.

Pure: a `CoverSource` in, an SVG document out. Nothing in a picture refers to anything outside it, and only
presentation attributes are used, so it may be shown under any content policy. Note data is never given away: notes
arrive as cells of a coarse grid (see `roll_picture`), not as onsets and pitches.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["midi", "progression", "melody", "wave", "sound", "mix_setting"]
Cell = tuple[int, int, int]
"""(column, row, columns long): row 0 is the lowest."""

SIZE = 240
MARGIN = 24
COLUMNS = 32
ROWS = 16

# Paper and ink of the eight palettes, in sRGB so that every renderer agrees. Light papers, one dark one in four.
PALETTES: tuple[tuple[str, str, str], ...] = (
    ("#f3ead9", "#2b2320", "#b03a22"),
    ("#e4e7dc", "#25302a", "#3f7355"),
    ("#dde4ea", "#1f2b38", "#2f6690"),
    ("#2a2622", "#efe5d3", "#e0764f"),
    ("#ece0e3", "#33222b", "#9a3b66"),
    ("#ebe3cc", "#302a1c", "#9a6a12"),
    ("#1f2a30", "#dfe8e6", "#6fb3a6"),
    ("#e3dfec", "#29243a", "#6a4fa3"),
)
MAJOR_FIFTHS = ("C", "G", "D", "A", "E", "B", "F#", "Db", "Ab", "Eb", "Bb", "F")


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverSource:
    """What a cover is drawn from; the fields that its kind needs.

    content_hash : hex SHA-256 of the version's bytes: picks the palette and small variations
    cells : midi, melody: note cells on a grid of COLUMNS x ROWS, row 0 lowest
    peaks : wave: heights 0..1 over time
    spectrum : sound: heights 0..1 over (logarithmic) frequency; mix_setting: gains -1..1 over frequency
    chords : progression: position of each chord's root on the circle of fifths, 0 = C, and whether it is minor
    key : the element's key, e.g. "D minor", where known
    """

    kind: Kind
    content_hash: str
    cells: tuple[Cell, ...] = ()
    peaks: tuple[float, ...] = ()
    spectrum: tuple[float, ...] = ()
    chords: tuple[tuple[int, bool], ...] = ()
    key: str = ""


def draw(source: CoverSource) -> str:
    """The square cover as an SVG document."""
    paper, ink, accent = palette(source)
    body = _DRAWERS[source.kind](source, ink, accent)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" height="{SIZE}">'
        f'<rect width="{SIZE}" height="{SIZE}" fill="{paper}"/>{"".join(body)}</svg>'
    )


def roll_picture(cells: Sequence[Cell], *, content_hash: str, columns: int = 96, rows: int = 24) -> str:
    """A wide drawing of note cells for visitors without a licence (`<ll-roll picture>`); transparent ground."""
    ink, accent = "#8a7f74", "#b9604a"
    width, height = columns * 8, rows * 6
    bars = (
        _rect(column * 8, height - (row + 1) * 6 + 1, max(1, length) * 8 - 1.5, 4, fill=accent if _low(row) else ink)
        for column, row, length in cells
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'preserveAspectRatio="none">{"".join(bars)}</svg>'
    )


def palette(source: CoverSource) -> tuple[str, str, str]:
    """(paper, ink, accent), chosen by the hash."""
    return PALETTES[_dice(source, 0) % len(PALETTES)]


def coarse_cells(
    notes: Iterable[tuple[float, float, int]], *, columns: int = COLUMNS, rows: int = ROWS
) -> tuple[Cell, ...]:
    """Note cells for a picture from (onset, duration, pitch_midi): enough to recognise, too little to copy.

    Onsets fall on `columns` equal steps of the whole; pitches on `rows` equal steps of the range. Where notes fall on
    the same place the longer stays.
    """
    kept = list(notes)
    if not kept:
        return ()
    end = max(onset + length for onset, length, _ in kept) or 1.0
    low = min(pitch for *_, pitch in kept)
    span = max(pitch for *_, pitch in kept) - low or 1
    longest: dict[tuple[int, int], int] = {}
    for onset, length, pitch in kept:
        place = (min(columns - 1, int(onset / end * columns)), round((pitch - low) / span * (rows - 1)))
        steps = max(1, min(columns - place[0], round(length / end * columns)))
        longest[place] = max(steps, longest.get(place, 0))
    return tuple(sorted((column, row, steps) for (column, row), steps in longest.items()))


# ----------------------------------------------------------------------------------------------------- six kinds
def _melody(source: CoverSource, ink: str, accent: str) -> list[str]:
    """A contour on the staff: note-heads joined by a thin slur line."""
    top, gap = 76.0, 22.0
    lines = [_line(0, top + gap * i, SIZE, top + gap * i, ink, 1, 0.55) for i in range(5)]
    cells = _thin(source.cells, 9)
    if not cells:
        return lines
    wide, half = (SIZE - 2 * MARGIN - 16) / max(1, len(cells) - 1), gap / 2
    steps = [round(10 - row / (ROWS - 1) * 12) for _, row, _ in cells]  # in half gaps below the top line
    points = [(MARGIN + 8 + index * wide, top + step * half) for index, step in enumerate(steps)]
    marked = _dice(source, 1) % len(points)
    parts = [*lines, _curve(points, ink)]
    for index, ((x, y), step) in enumerate(zip(points, steps, strict=True)):
        if step < -1 or step > 9:
            parts.append(_line(x - 16, y, x + 16, y, ink, 1.4, 0.8))
        parts.append(_head(x, y, accent if index == marked else ink))
    return parts


def _midi(source: CoverSource, ink: str, accent: str) -> list[str]:
    """A piano roll: bars on a grid, the lowest voice in the accent."""
    width, height = (SIZE - 2 * MARGIN) / COLUMNS, (SIZE - 2 * MARGIN) / ROWS
    parts = [_line(MARGIN + i * 48, MARGIN, MARGIN + i * 48, SIZE - MARGIN, ink, 0.75, 0.3) for i in range(5)]
    for column, row, length in source.cells:
        x, y = MARGIN + column * width, SIZE - MARGIN - (row + 1) * height
        parts.append(_rect(x, y + 2, length * width - 1.5, height - 4, fill=accent if _low(row) else ink, radius=1.5))
    return parts


def _progression(source: CoverSource, ink: str, accent: str) -> list[str]:
    """The circle of fifths with the path that the chords walk; minor chords lie on the inner ring."""
    centre, outer, inner = SIZE / 2, 88.0, 60.0
    parts = [_ring(centre, radius, ink) for radius in (outer + 12, outer - 14, inner - 14)]
    for step in range(12):
        (x1, y1), (x2, y2) = _polar(centre, inner - 14, step - 0.5), _polar(centre, outer + 12, step - 0.5)
        parts.append(_line(x1, y1, x2, y2, ink, 0.75, 0.35))
    walk = [_polar(centre, inner if minor else outer, step) for step, minor in source.chords]
    if walk:
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in walk)
        parts.append(f'<path d="{path}" fill="{accent}" fill-opacity="0.14" stroke="{accent}" stroke-width="2"/>')
    for index, (x, y) in enumerate(walk):
        parts.append(_dot(x, y, 9 if index == 0 else 6.5, accent if index == 0 else ink))
    return parts


def _wave(source: CoverSource, ink: str, accent: str) -> list[str]:
    """A waveform as engraved strokes about the middle; the loudest stroke in the accent."""
    heights = _columns(source.peaks, 48)
    if not heights:
        return [_line(MARGIN, SIZE / 2, SIZE - MARGIN, SIZE / 2, ink, 1, 0.6)]
    step, loudest = (SIZE - 2 * MARGIN) / len(heights), heights.index(max(heights))
    return [
        _rect(MARGIN + i * step, SIZE / 2 - 2 - h * 84, step * 0.55, 4 + h * 168, fill=accent if i == loudest else ink)
        for i, h in enumerate(heights)
    ]


def _sound(source: CoverSource, ink: str, accent: str) -> list[str]:
    """The spectrum as layered hills: the same outline, fainter and lower, as a sound dies away."""
    heights = _columns(source.spectrum, 40)
    if not heights:
        return [_line(0, SIZE * 0.75, SIZE, SIZE * 0.75, ink, 1, 0.6)]
    parts = []
    for layer in range(7):
        base, scale = 108 + layer * 19.0, 92 * (1 - layer * 0.085)
        shifted = [heights[min(len(heights) - 1, i + layer // 2)] * scale for i in range(len(heights))]
        step = (SIZE + 8) / (len(shifted) - 1) if len(shifted) > 1 else SIZE
        points = "L".join(f"{i * step - 4:.1f} {base - height:.1f}" for i, height in enumerate(shifted))
        ground = palette(source)[0]
        colour = accent if layer == 3 else ink
        parts.append(
            f'<path d="M-4 {SIZE + 4}L{points}L{SIZE + 4} {SIZE + 4}z" fill="{ground}" stroke="{colour}" '
            f'stroke-width="{2 if layer == 3 else 1.2}" stroke-linejoin="round"/>'
        )
    return parts


def _mix_setting(source: CoverSource, ink: str, accent: str) -> list[str]:
    """An effect curve over frequency on its grid, with the zero line marked."""
    gains = [max(-1.0, min(1.0, gain)) for gain in source.spectrum] or [0.0, 0.0]
    decades = [
        MARGIN + (SIZE - 2 * MARGIN) * math.log10(f / 20) / 3 for f in (20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4)
    ]
    parts = [_line(x, MARGIN, x, SIZE - MARGIN, ink, 0.75, 0.25) for x in decades]
    parts += [_line(MARGIN, SIZE / 2 + y, SIZE - MARGIN, SIZE / 2 + y, ink, 0.75, 0.25) for y in (-72, -36, 36, 72)]
    parts.append(_line(MARGIN, SIZE / 2, SIZE - MARGIN, SIZE / 2, ink, 1.2, 0.8))
    step = (SIZE - 2 * MARGIN) / (len(gains) - 1) if len(gains) > 1 else 0
    points = [(MARGIN + i * step, SIZE / 2 - gain * 84) for i, gain in enumerate(gains)]
    trace = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    half = SIZE / 2
    parts.append(f'<path d="M{MARGIN} {half}L{trace}L{SIZE - MARGIN} {half}z" fill="{accent}" fill-opacity="0.16"/>')
    parts.append(f'<path d="M{trace}" fill="none" stroke="{accent}" stroke-width="3.5" stroke-linejoin="round"/>')
    x, y = max(points, key=lambda point: abs(point[1] - SIZE / 2))
    return [*parts, _dot(x, y, 7, ink)]


_DRAWERS: dict[str, Callable[[CoverSource, str, str], list[str]]] = {
    "melody": _melody,
    "midi": _midi,
    "progression": _progression,
    "wave": _wave,
    "sound": _sound,
    "mix_setting": _mix_setting,
}


# ------------------------------------------------------------------------------------------------------ strokes
def _dice(source: CoverSource, turn: int) -> int:
    """A byte of the hash: all that chance there is."""
    digits = source.content_hash or "00"
    start = (turn * 2) % (len(digits) - 1 or 1)
    return int(digits[start : start + 2], 16)


def _low(row: int) -> bool:
    return row < 3


def _thin(cells: Sequence[Cell], most: int) -> list[Cell]:
    """At most `most` cells, evenly chosen in time: a cover is not a score."""
    ordered = sorted(cells)
    if len(ordered) <= most:
        return ordered
    return [ordered[round(i * (len(ordered) - 1) / (most - 1))] for i in range(most)]


def _columns(values: Sequence[float], count: int) -> list[float]:
    """`values` in `count` columns of their maxima, the highest at 1."""
    if not values:
        return []
    size = min(count, len(values))
    edges = [i * len(values) // size for i in range(size + 1)]
    heights = [max(0.0, *values[a:b]) for a, b in itertools.pairwise(edges)]
    top = max(heights) or 1.0
    return [height / top for height in heights]


def _polar(centre: float, radius: float, step: float) -> tuple[float, float]:
    angle = step / 12 * 2 * math.pi - math.pi / 2
    return centre + radius * math.cos(angle), centre + radius * math.sin(angle)


def _curve(points: Sequence[tuple[float, float]], ink: str) -> str:
    start, *rest = points
    path, (px, py) = f"M{start[0]:.1f} {start[1]:.1f}", start
    for x, y in rest:
        middle = (px + x) / 2
        path += f"C{middle:.1f} {py:.1f} {middle:.1f} {y:.1f} {x:.1f} {y:.1f}"
        px, py = x, y
    return f'<path d="{path}" fill="none" stroke="{ink}" stroke-opacity="0.4" stroke-width="1.2"/>'


def _head(x: float, y: float, fill: str) -> str:
    turn = f"rotate(-20 {x:.1f} {y:.1f})"
    return f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="11" ry="8" transform="{turn}" fill="{fill}"/>'


def _ring(centre: float, radius: float, ink: str) -> str:
    return f'<circle cx="{centre}" cy="{centre}" r="{radius}" fill="none" stroke="{ink}" stroke-opacity="0.45"/>'


def _dot(x: float, y: float, radius: float, fill: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{fill}"/>'


def _line(x1: float, y1: float, x2: float, y2: float, ink: str, width: float, opacity: float) -> str:
    path = f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"
    return f'<path d="{path}" stroke="{ink}" stroke-width="{width}" stroke-opacity="{opacity}"/>'


def _rect(x: float, y: float, width: float, height: float, *, fill: str, radius: float = 0.5) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius}" fill="{fill}"/>'
