"""A pack's cover: those of its first four elements side by side; of two or three, the first takes more room."""

from __future__ import annotations

import re
from collections.abc import Sequence

from marketplace.catalogue.covers import SIZE

_ROOT = re.compile(r"<svg [^>]*>(.*)</svg>", re.DOTALL)
_HALF = SIZE // 2
# (x, y, width, height) of each tile, by how many there are.
_TILES: dict[int, tuple[tuple[int, int, int, int], ...]] = {
    0: (),
    1: ((0, 0, SIZE, SIZE),),
    2: ((0, 0, _HALF, SIZE), (_HALF, 0, _HALF, SIZE)),
    3: ((0, 0, _HALF, SIZE), (_HALF, 0, _HALF, _HALF), (_HALF, _HALF, _HALF, _HALF)),
    4: ((0, 0, _HALF, _HALF), (_HALF, 0, _HALF, _HALF), (0, _HALF, _HALF, _HALF), (_HALF, _HALF, _HALF, _HALF)),
}


def draw(member_svgs: Sequence[str]) -> str:
    """One square SVG document; members without a cover of their own are passed over."""
    inner = [found.group(1) for svg in member_svgs if (found := _ROOT.search(svg))][:4]
    tiles = "".join(
        f'<svg x="{x}" y="{y}" width="{width}" height="{height}" viewBox="0 0 {SIZE} {SIZE}" '
        f'preserveAspectRatio="xMidYMid slice">{body}</svg>'
        for (x, y, width, height), body in zip(_TILES[len(inner)], inner, strict=True)
    )
    size = f'viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" height="{SIZE}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{tiles}</svg>'
