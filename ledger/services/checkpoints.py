"""Signed tree heads and the tiles under them. None ever contradicts an older one."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import connection, transaction

from ledger import sql
from ledger.domain.errors import ProofError
from ledger.domain.note import Checkpoint, sign, split_note
from ledger.domain.tiles import HEIGHT, WIDTH, TileTree, split_hashes, tile_root
from ledger.models import TileRow, TreeHead
from ledger.services import log_keys

LEAF_HASHES_SQL = """
    select leaf_hash from ledger_event where position >= %s and position < %s order by position
"""
TILE_SQL = "select hashes from ledger_tile where level = %s and index = %s"
ROOTS_SQL = "select root from ledger_tile where level = %s and index >= %s and index < %s order by index"
SIZE_SQL = "select coalesce(max(position) + 1, 0) from ledger_event"


class ContradictionError(ProofError):
    """The rows no longer lead to a root that was signed before: someone changed them. Nothing is signed."""

    code = "contradiction"


def newest() -> str | None:
    """The newest signed checkpoint."""
    return TreeHead.objects.order_by("-id").values_list("note", flat=True).first()


def checkpoint() -> str:
    """The newest signed checkpoint of the log as it is now; signs one if events (or keys) are new.

    Raises
    ------
    ContradictionError
        If the log does not extend what was signed before.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(76201, 2)")
            cursor.execute(SIZE_SQL)
            (size,) = cursor.fetchone()
        keys = log_keys.signing_keys(now=dt.datetime.now(dt.UTC))
        last = TreeHead.objects.order_by("-id").first()
        if last is not None and last.size == size and _signers(last.note) == {key.verifier.key_id for key in keys}:
            return last.note
        if last is not None and last.size > size:
            raise ContradictionError(f"a checkpoint over {last.size} events was signed, but there are {size}")
        _keep_full_tiles(size)
        tree = tree_of(size)
        if last is not None and tree.root(last.size) != bytes(last.root):
            raise ContradictionError(f"the first {last.size} events lead to another root than was signed")
        head = Checkpoint(settings.LEDGER_ORIGIN, size, tree.root())
        note = sign(head.text, keys)
        TreeHead.objects.create(size=size, root=head.root, note=note, signed_at=dt.datetime.now(dt.UTC))
    return note


def tree_of(size: int) -> TileTree:
    """The tree of the first `size` events, read from tiles."""
    return TileTree(size, read_tile)


def read_tile(level: int, index: int, width: int) -> bytes:
    """The first `width` hashes of a tile: as it is kept once it is full, else put together from the level below."""
    if width == WIDTH and (kept := sql.fetch(TILE_SQL, [level, index])):
        return bytes(kept[0][0])
    begin = index * WIDTH
    if level == 0:
        rows = sql.fetch(LEAF_HASHES_SQL, [begin, begin + width])
    else:
        rows = sql.fetch(ROOTS_SQL, [level - 1, begin, begin + width])
    return b"".join(node for (node,) in rows)


def _signers(note: str) -> set[bytes]:
    return {key_id for _, key_id, _ in split_note(note)[1]}


def _keep_full_tiles(size: int) -> None:
    """Write every tile that has become full, lowest level first: each stands on those below it."""
    level = 0
    while full := size >> (HEIGHT * (level + 1)):
        newest_kept = TileRow.objects.filter(level=level).order_by("-index").values_list("index", flat=True).first()
        for index in range(0 if newest_kept is None else newest_kept + 1, full):
            hashes = read_tile(level, index, WIDTH)
            if len(split_hashes(hashes)) != WIDTH:
                raise ContradictionError(f"hashes are missing in tile {index} of level {level}")
            TileRow.objects.create(level=level, index=index, hashes=hashes, root=tile_root(hashes))
        level += 1
