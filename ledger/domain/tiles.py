"""Hash tiles (C2SP tlog-tiles): 256 neighbouring hashes of one height in a file, from which any proof is made.

Tile (level l, index n) holds the roots of the subtrees of 256**l leaves that begin at leaf (256 n + i) 256**l.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ledger.domain import merkle
from ledger.domain.errors import ProofError
from ledger.domain.note import parse_decimal

WIDTH = 256
HEIGHT = 8
LEVEL_MAX = 63

ReadTile = Callable[[int, int, int], bytes]
"""(level, index, width) -> at least `width` hashes of 32 bytes each."""

PATH = re.compile(r"(?P<level>0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?")


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """`<L>/<N>[.p/<W>]`: index 1234067 is x001/x234/067."""
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"{level}/{'/'.join(groups)}{partial}"


def parse_tile_path(path: str) -> tuple[int, int, int]:
    """(level, index, width) of a path; raises ProofError for every other spelling."""
    match = PATH.fullmatch(path)
    if match is None:
        raise ProofError("no tile path")
    level = parse_decimal(match["level"])
    index = int(match["index"].replace("x", "").replace("/", ""))
    width = int(match["width"] or WIDTH)
    if level > LEVEL_MAX or (match["width"] and width >= WIDTH) or tile_path(level, index, width) != path:
        raise ProofError("no tile path")
    return level, index, width


def width_at(level: int, index: int, size: int) -> int:
    """How many hashes tile (level, index) holds in a tree of `size` leaves: 0 to 256."""
    return max(0, min(WIDTH, (size >> (HEIGHT * level)) - index * WIDTH))


class TileTree:
    """A tree of `size` leaves whose hashes are read from tiles; each tile is read once."""

    def __init__(self, size: int, read_tile: ReadTile) -> None:
        self.size = size
        self._read_tile = read_tile
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._nodes: dict[tuple[int, int], bytes] = {}

    def root(self, size: int | None = None) -> bytes:
        """The root of the first `size` leaves (None: all)."""
        size = self.size if size is None else size
        return self._range_root(0, self._within(size)) if size else merkle.EMPTY_ROOT

    def leaf_hash(self, index: int) -> bytes:
        """The hash of one leaf."""
        if not 0 <= index < self.size:
            raise ProofError(f"leaf {index} is not in a tree of {self.size}")
        return self._node(0, index)

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """The proof that leaf `index` is in the first `size` leaves."""
        return merkle.inclusion_path(index, self._within(self.size if size is None else size), self._range_root)

    def consistency(self, first: int, second: int) -> list[bytes]:
        """The proof that the first `second` leaves extend the first `first`."""
        return merkle.consistency_path(first, self._within(second), self._range_root)

    def _within(self, size: int) -> int:
        if not 0 <= size <= self.size:
            raise ProofError(f"the tree has {self.size} leaves, not {size}")
        return size

    def _range_root(self, begin: int, end: int) -> bytes:
        """The root of leaves begin..end-1, of which RFC 6962 asks: whole subtrees, then a ragged right edge."""
        roots = [
            self._node((stop - start).bit_length() - 1, start // (stop - start))
            for start, stop in merkle.decompose(begin, end)
        ]
        root = roots.pop()
        while roots:
            root = merkle.hash_children(roots.pop(), root)
        return root

    def _node(self, height: int, index: int) -> bytes:
        """The root of the whole subtree of 2**height leaves, the `index`-th of its height."""
        if (found := self._nodes.get((height, index))) is not None:
            return found
        # A whole subtree begins at a multiple of its width, so the hashes that it is made of lie in one tile.
        level, above = divmod(height, HEIGHT)
        found = self._nodes[height, index] = merkle.root_of(self._from_tile(level, index << above, 1 << above))
        return found

    def _from_tile(self, level: int, first: int, count: int) -> list[bytes]:
        tile, place = divmod(first, WIDTH)
        if (level, tile) not in self._tiles:
            width = width_at(level, tile, self.size)
            data = self._read_tile(level, tile, width)
            if len(data) < width * merkle.HASH_LEN:
                raise ProofError(f"tile {tile_path(level, tile, width)} is too short")
            self._tiles[level, tile] = data
        return split_hashes(self._tiles[level, tile][place * merkle.HASH_LEN : (place + count) * merkle.HASH_LEN])


def tile_root(tile: bytes) -> bytes:
    """The root above the hashes of a tile: what stands for a full tile one level up."""
    return merkle.root_of(split_hashes(tile))


def split_hashes(tile: bytes) -> list[bytes]:
    """The hashes in a tile."""
    return [tile[start : start + merkle.HASH_LEN] for start in range(0, len(tile), merkle.HASH_LEN)]
