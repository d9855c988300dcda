"""The hash tree of RFC 6962 (and 9162): hashes, roots, proofs that a leaf is in and that a head extends another.

To verify is to recompute the root and compare. Indexes and sizes count leaves from 0.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256

from ledger.domain.errors import ProofError

HASH_LEN = 32
EMPTY_ROOT = sha256(b"").digest()

HashRange = Callable[[int, int], bytes]
"""(begin, end) -> root of the leaves begin..end-1; a tree keeps the answers for whole subtrees."""


def hash_leaf(leaf: bytes) -> bytes:
    """SHA-256(0x00 || leaf)."""
    return sha256(b"\x00" + leaf).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root above these leaf (or node) hashes."""
    if not hashes:
        return EMPTY_ROOT
    level = list(hashes)
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        level = [hash_children(a, b) for a, b in zip(level[::2], level[1::2], strict=False)] + odd
    return level[0]


def largest_power_below(size: int) -> int:
    """The largest power of two smaller than `size` (RFC 6962's k), for `size` >= 2."""
    return 1 << ((size - 1).bit_length() - 1)


def decompose(begin: int, end: int) -> list[tuple[int, int]]:
    """Split begin..end (begin a multiple of the largest block) into whole subtrees (begin, end), left to right."""
    blocks = []
    while begin < end:
        width = 1 << ((end - begin).bit_length() - 1)
        blocks.append((begin, begin + width))
        begin += width
    return blocks


def inclusion_path(index: int, size: int, range_root: HashRange) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962: sibling hashes from the leaf up."""
    if not 0 <= index < size:
        raise ProofError(f"leaf {index} is not in a tree of {size}")
    path, begin, end = [], 0, size
    while end - begin > 1:
        middle = begin + largest_power_below(end - begin)
        if index < middle:
            path.append(range_root(middle, end))
            end = middle
        else:
            path.append(range_root(begin, middle))
            begin = middle
    return path[::-1]


def consistency_path(first: int, second: int, range_root: HashRange) -> list[bytes]:
    """PROOF(first, D[second]) of RFC 6962: what shows that the second head extends the first."""
    if not 0 < first <= second:
        raise ProofError(f"a proof from {first} to {second} does not exist")
    path, begin, end, whole = [], 0, second, True
    while first != end:
        middle = begin + largest_power_below(end - begin)
        if first <= middle:
            path.append(range_root(middle, end))
            end = middle
        else:
            path.append(range_root(begin, middle))
            begin, whole = middle, False
    if not whole:
        path.append(range_root(begin, end))
    return path[::-1]


def root_from_inclusion(*, index: int, size: int, leaf_hash: bytes, path: Sequence[bytes]) -> bytes:
    """The root that this proof leads to (RFC 9162, section 2.1.3.2)."""
    _check_hashes([leaf_hash, *path])
    if not 0 <= index < size:
        raise ProofError(f"leaf {index} is not in a tree of {size}")
    node, last, root = index, size - 1, leaf_hash
    for sibling in path:
        if last == 0:
            raise ProofError("the proof is too long")
        if node & 1 or node == last:
            root = hash_children(sibling, root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = hash_children(root, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise ProofError("the proof is too short")
    return root


def verify_inclusion(*, index: int, size: int, leaf_hash: bytes, path: Sequence[bytes], root: bytes) -> None:
    """Raise ProofError unless the leaf is at `index` of the tree with this size and root."""
    computed = root_from_inclusion(index=index, size=size, leaf_hash=leaf_hash, path=path)
    if not hmac.compare_digest(computed, root):
        raise ProofError("the proof leads to another root")


def verify_consistency(
    *, first: int, second: int, path: Sequence[bytes], first_root: bytes, second_root: bytes
) -> None:
    """Raise ProofError unless the second head extends the first (RFC 9162, section 2.1.4.2)."""
    if not 0 < first <= second:
        # Nothing can be shown from an empty tree: every tree extends it.
        raise ProofError(f"a proof from {first} to {second} does not exist")
    if first == second:
        if path:
            raise ProofError("equal sizes need an empty proof")
        if not hmac.compare_digest(first_root, second_root):
            raise ProofError("equal sizes with different roots")
        return
    if not path:
        raise ProofError("the proof is empty")
    _check_hashes([first_root, second_root, *path])
    old, new = roots_from_consistency(first=first, second=second, path=path, first_root=first_root)
    if not hmac.compare_digest(old, first_root):
        raise ProofError("the proof leads to another first root")
    if not hmac.compare_digest(new, second_root):
        raise ProofError("the proof leads to another second root")


def roots_from_consistency(*, first: int, second: int, path: Sequence[bytes], first_root: bytes) -> tuple[bytes, bytes]:
    """Both roots that this proof leads to, for 0 < first < second."""
    # A first tree that is one whole subtree stands for itself: its root is not repeated in the proof.
    hashes = list(path) if first & (first - 1) else [first_root, *path]
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise ProofError("the proof is too long")
        if node & 1 or node == last:
            old, new = hash_children(sibling, old), hash_children(sibling, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = hash_children(new, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise ProofError("the proof is too short")
    return old, new


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(value) != HASH_LEN for value in hashes):
        raise ProofError(f"every hash has {HASH_LEN} bytes")
