"""The tree against transparency-dev/merkle's vectors, and against the definition in RFC 6962."""

from __future__ import annotations

import base64
import functools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain import merkle
from ledger.domain.errors import ProofError
from tests.helpers.shared import SHARED, shared_path

VECTORS = SHARED / "vectors" / "merkle" / "testdata"


def cases(kind):
    files = sorted((VECTORS / kind).rglob("*.json"))
    return [pytest.param(json.loads(f.read_text()), id=str(f.relative_to(VECTORS / kind))) for f in files]


def unbase64(text):
    return base64.b64decode(text or "")


def test_the_vectors_are_all_there():
    shared_path("vectors", "merkle")
    assert len(cases("inclusion")) == 98
    assert len(cases("consistency")) == 98


@pytest.mark.parametrize("case", cases("inclusion"))
def test_inclusion_vectors_and_their_named_corruptions(case):
    def check():
        merkle.verify_inclusion(
            index=case["leafIdx"],
            size=case["treeSize"],
            leaf_hash=unbase64(case["leafHash"]),
            path=[unbase64(value) for value in case["proof"] or []],
            root=unbase64(case["root"]),
        )

    if not case["wantErr"]:
        check()
        return
    with pytest.raises(ProofError):
        check()


@pytest.mark.parametrize("case", cases("consistency"))
def test_consistency_vectors_and_their_named_corruptions(case):
    def check():
        merkle.verify_consistency(
            first=case["size1"],
            second=case["size2"],
            path=[unbase64(value) for value in case["proof"] or []],
            first_root=unbase64(case["root1"]),
            second_root=unbase64(case["root2"]),
        )

    if not case["wantErr"]:
        check()
        return
    with pytest.raises(ProofError):
        check()


def test_roots_of_the_reference_tree():
    vectors = json.loads(shared_path("vectors", "merkle", "testdata", "rfc6962_roots.json").read_text())
    leaves = [merkle.hash_leaf(bytes.fromhex(leaf)) for leaf in vectors["leaf_inputs_hex"]]

    for size, root in enumerate(vectors["root_by_size_hex"]):
        assert merkle.root_of(leaves[:size]).hex() == root


def by_definition(leaves):
    """MTH of RFC 6962, section 2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    k = merkle.largest_power_below(len(leaves))
    return merkle.hash_children(by_definition(leaves[:k]), by_definition(leaves[k:]))


def tree(size):
    leaves = [merkle.hash_leaf(bytes([n % 256, n // 256])) for n in range(size)]
    return leaves, functools.cache(lambda begin, end: by_definition(leaves[begin:end]))


@given(st.integers(1, 300), st.data())
def test_every_proof_made_is_accepted_and_fits_no_other_place(size, data):
    leaves, range_root = tree(size)
    root = range_root(0, size)
    index = data.draw(st.integers(0, size - 1))
    first = data.draw(st.integers(1, size))

    path = merkle.inclusion_path(index, size, range_root)
    extension = merkle.consistency_path(first, size, range_root)

    assert merkle.root_of(leaves) == root
    merkle.verify_inclusion(index=index, size=size, leaf_hash=leaves[index], path=path, root=root)
    merkle.verify_consistency(
        first=first, second=size, path=extension, first_root=range_root(0, first), second_root=root
    )
    if size > 1:
        other = (index + 1) % size
        with pytest.raises(ProofError):
            merkle.verify_inclusion(index=other, size=size, leaf_hash=leaves[index], path=path, root=root)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_a_leaf_outside_the_tree_has_no_proof(index, size):
    with pytest.raises(ProofError):
        merkle.inclusion_path(index, size, lambda begin, end: b"")


@pytest.mark.parametrize(("first", "second"), [(0, 3), (4, 3), (-1, 3)])
def test_sizes_out_of_order_have_no_proof(first, second):
    with pytest.raises(ProofError):
        merkle.consistency_path(first, second, lambda begin, end: b"")
