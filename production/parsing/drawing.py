"""The cover of an element: a coarse drawing of its own notes, spectrum or curve over five hairlines, as SVG.

Only numbers enter the text, so nothing from a file's words can become markup. It is too coarse to be played from:
48 columns for the whole length, 24 rows for the whole range.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.picture import Picture

_WIDTH, _HEIGHT = 480, 240
_STAFF_LINES = 5
_LEAST = 0.04
"""Cells fainter than this are not drawn."""

_STYLE = (
    "rect,path{{fill:oklch({light} {chroma} {angle})}}path{{fill:none;stroke:oklch({light} {chroma} {angle});"
    "stroke-width:4}}line{{stroke:oklch(0.875 0.011 80);stroke-width:1}}"
    "@media(prefers-color-scheme:dark){{rect{{fill:oklch({dark} {chroma} {angle})}}"
    "path{{stroke:oklch({dark} {chroma} {angle})}}line{{stroke:oklch(0.345 0.011 70)}}}}"
)


def cover_svg(picture: Picture) -> str:
    """The drawing, always the same for the same picture."""
    hue = picture.hue
    style = _STYLE.format(
        light="0.42" if picture.is_minor else "0.52",
        dark="0.68" if picture.is_minor else "0.78",
        chroma="0.02" if hue is None else "0.10",
        angle=60 if hue is None else (31 + 30 * hue) % 360,
    )
    body = "".join(_curve(picture) if picture.kind == "curve" else _cells(picture))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none">'
        f"<style>{style}</style>{''.join(_staff())}{body}</svg>"
    )


def _staff() -> Iterator[str]:
    for line in range(_STAFF_LINES):
        y = _HEIGHT * (line + 1) // (_STAFF_LINES + 1)
        yield f'<line x1="0" y1="{y}" x2="{_WIDTH}" y2="{y}" vector-effect="non-scaling-stroke"/>'


def _cells(picture: Picture) -> Iterator[str]:
    """Rows from low to high pitch; neighbours of one strength are one rectangle."""
    rows = len(picture.cells)
    tall = _HEIGHT / rows
    for row, cells in enumerate(picture.cells):
        wide = _WIDTH / len(cells)
        top = _HEIGHT - (row + 1) * tall
        for first, last, strength in _runs(cells):
            yield (
                f'<rect x="{first * wide:g}" y="{top:g}" width="{(last - first) * wide:g}" height="{tall * 0.82:g}"'
                f' opacity="{strength:g}"/>'
            )


def _runs(cells: tuple[float, ...]) -> Iterator[tuple[int, int, float]]:
    first = 0
    for place in range(1, len(cells) + 1):
        if place == len(cells) or cells[place] != cells[first]:
            if cells[first] >= _LEAST:
                yield first, place, round(0.25 + 0.75 * cells[first], 2)
            first = place


def _curve(picture: Picture) -> Iterator[str]:
    (row,) = picture.cells
    step = _WIDTH / max(len(row) - 1, 1)
    points = " ".join(f"{i * step:.1f},{_HEIGHT * (1 - value):.1f}" for i, value in enumerate(row))
    yield f'<path d="M{points}" vector-effect="non-scaling-stroke"/>'
