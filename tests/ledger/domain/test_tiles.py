"""Tiles, checkpoints and signed notes against a log that Tessera wrote."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain import merkle, tiles
from ledger.domain.errors import ProofError
from ledger.domain.note import Checkpoint, SignerKey, VerifierKey, open_note, sign
from ledger.domain.tiles import TileTree, parse_tile_path, tile_path, width_at
from tests.helpers.shared import shared_path


def log(*parts):
    return shared_path("vectors", "tlog-tiles", "testdata", "log", *parts)


def public_key():
    return VerifierKey.parse(shared_path("vectors", "tlog-tiles", "PUBLIC_KEY").read_text())


def read_tile(level, index, width):
    return log("tile", *tile_path(level, index, width).split("/")).read_bytes()


def entries(size):
    """The log's entries: each after its length in two bytes."""
    data = log("tile", "entries", "000.p", str(size)).read_bytes()
    found = []
    while data:
        length = int.from_bytes(data[:2], "big")
        found.append(data[2 : 2 + length])
        data = data[2 + length :]
    return found


@pytest.mark.parametrize("size", range(16))
def test_each_signed_checkpoint_verifies_and_its_root_and_tile_come_out_again(size):
    note = log(f"checkpoint.{size}").read_text()

    checkpoint = Checkpoint.parse(open_note(note, [public_key()]))

    assert checkpoint.size == size
    hashes = [merkle.hash_leaf(entry) for entry in (entries(size) if size else [])]
    assert merkle.root_of(hashes) == checkpoint.root
    if size:
        assert read_tile(0, 0, size) == b"".join(hashes)
        tree = TileTree(size, read_tile)
        assert tree.root() == checkpoint.root
        for index in range(size):
            merkle.verify_inclusion(
                index=index, size=size, leaf_hash=hashes[index], path=tree.inclusion(index), root=checkpoint.root
            )


@pytest.mark.parametrize("first", range(1, 16))
def test_every_checkpoint_is_extended_by_the_last(first):
    def root(size):
        return Checkpoint.parse(open_note(log(f"checkpoint.{size}").read_text(), [public_key()])).root

    path = TileTree(15, read_tile).consistency(first, 15)

    merkle.verify_consistency(first=first, second=15, path=path, first_root=root(first), second_root=root(15))


@functools.cache
def big_tree():
    """The full hashes of every tile level of a tree of 66,000 leaves; those of smaller trees are their beginnings."""
    levels = [[n.to_bytes(32, "big") for n in range(66_000)]]
    for level in range(2):
        below = levels[level]
        levels.append([merkle.root_of(below[n * 256 : n * 256 + 256]) for n in range(len(below) // 256)])
    return levels


def read_big(level, index, width):
    return b"".join(big_tree()[level][index * 256 : index * 256 + width])


@settings(max_examples=40)
@given(st.integers(1, 3000) | st.integers(65_000, 66_000), st.data())
def test_proofs_from_tiles_are_those_of_the_whole_tree(size, data):
    tree, leaves = TileTree(size, read_big), big_tree()[0]
    index, first = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))

    assert tree.root() == merkle.root_of(leaves[:size])
    merkle.verify_inclusion(
        index=index, size=size, leaf_hash=leaves[index], path=tree.inclusion(index), root=tree.root()
    )
    merkle.verify_consistency(
        first=first,
        second=size,
        path=tree.consistency(first, size),
        first_root=tree.root(first),
        second_root=tree.root(),
    )


def test_paths_are_those_of_the_specification():
    assert tile_path(0, 1234067) == "0/x001/x234/067"
    assert tile_path(3, 0, 112) == "3/000.p/112"
    assert [width_at(*place, 70_000) for place in ((0, 272), (0, 273), (1, 0), (1, 1), (2, 0), (2, 1))] == [
        256,
        112,
        256,
        17,
        1,
        0,
    ]


@given(st.integers(0, 63), st.integers(0, 10**12), st.integers(1, 256))
def test_paths_read_back(level, index, width):
    assert parse_tile_path(tile_path(level, index, width)) == (level, index, width)


@pytest.mark.parametrize(
    "path",
    [
        *("-", "0", "0/0", "00/000", "64/000", "0/001/002", "0/x000/001", "0/x01/001", "0/000.p/0", "0/000.p/256"),
        *("0/000.p/01", "0/000/", "0/-01", "0/00１", "entries/000", "0/x001/x000"),
    ],
)
def test_every_other_spelling_is_refused(path):
    with pytest.raises(ProofError):
        parse_tile_path(path)


KEY = SignerKey("example.org/log", bytes(range(32)))
OTHER = SignerKey("example.org/log", bytes(32))


def test_a_note_needs_a_known_key_and_a_true_signature():
    note = sign("example.org/log\n0\nAAAA\n", [OTHER, KEY])

    assert open_note(note, [KEY.verifier]) == "example.org/log\n0\nAAAA\n"
    with pytest.raises(ProofError, match="none of the known keys"):
        open_note(note, [SignerKey("else", bytes(32)).verifier])
    with pytest.raises(ProofError, match="is false"):
        open_note(note.replace("\n0\n", "\n1\n"), [KEY.verifier])


def test_keys_read_back_and_a_wrong_hash_is_refused():
    assert VerifierKey.parse(str(KEY.verifier)) == KEY.verifier
    assert SignerKey.parse(KEY.encode()) == KEY
    assert KEY.seed.hex() not in repr(KEY)
    with pytest.raises(ProofError):
        VerifierKey.parse(str(KEY.verifier).replace("example", "exemple"))
    with pytest.raises(ProofError):
        SignerKey.parse(str(KEY.verifier))


@pytest.mark.parametrize(
    "note", ["", "text\n", "text\n\n", "text\n\n— a\n", "text\n\nx a AAAAAAAAAA==\n", "a\tb\n\n— a AAAAAAA=\n"]
)
def test_what_is_no_note_is_refused(note):
    with pytest.raises(ProofError):
        open_note(note, [KEY.verifier])


@pytest.mark.parametrize("text", ["a\n1\n", "a\n01\nAAAA\n", "a\n1\nAAAA\n", "\n1\nAAAA\n", "a\n-1\nAAAA\n"])
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(ProofError):
        Checkpoint.parse(text)


def test_a_tile_that_is_too_short_makes_no_proof():
    with pytest.raises(ProofError, match="too short"):
        TileTree(10, lambda level, index, width: bytes(32)).root()
    assert tiles.TileTree(0, lambda level, index, width: b"").root() == merkle.EMPTY_ROOT
