"""Canonical JSON against cyberphone's vectors, and against the rfc8785 package."""

from __future__ import annotations

import hashlib
import json
import struct

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain import canonical
from ledger.domain.errors import MalformedEventError
from tests.helpers.shared import SHARED, shared_path

JCS = SHARED / "vectors" / "jcs" / "testdata"


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_the_vectors_come_out_byte_for_byte(name):
    shared_path("vectors", "jcs")
    value = json.loads((JCS / "input" / f"{name}.json").read_text())

    expected = bytes.fromhex("".join((JCS / "outhex" / f"{name}.txt").read_text().split()))

    assert canonical.canonicalise(value) == expected
    assert expected == (JCS / "output" / f"{name}.json").read_bytes()


def numbers(vectors):
    """The test numbers of the vectors' description, as 64-bit patterns."""
    for pattern in vectors["static_u64_hex"]:
        yield int(pattern, 16)
    for step in range(2000):
        yield 0x0010000000000000 + step
    block = bytes(32)
    while True:
        block = hashlib.sha256(block).digest()
        for pattern in struct.unpack("<4Q", block):
            exponent = pattern >> 52 & 0x7FF
            if exponent != 0x7FF and pattern & 0x7FFFFFFFFFFFFFFF:
                yield pattern


def test_a_hundred_thousand_numbers_come_out_as_ecmascript_writes_them():
    vectors = json.loads(shared_path("vectors", "jcs", "testdata", "es6_numbers.json").read_text())
    checksums = {entry["lines"]: entry["sha256"] for entry in vectors["checksums"]}
    digest, reached = hashlib.sha256(), 0

    for count, pattern in enumerate(numbers(vectors), start=1):
        (number,) = struct.unpack("<d", struct.pack("<Q", pattern))
        digest.update(f"{pattern:x},{canonical.number_text(number)}\n".encode())
        if count in checksums:
            assert digest.hexdigest() == checksums[count]
            reached += 1
        if count == 100_000:
            break
    assert reached == 3


restricted = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
anything = st.recursive(
    restricted | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(restricted)
def test_the_fast_path_writes_the_same_bytes_as_rfc8785(value):
    assert canonical.encode(value) == rfc8785.dumps(value) == canonical.canonicalise(value)


@given(anything)
def test_the_general_path_writes_the_same_bytes_as_rfc8785(value):
    assert canonical.canonicalise(value) == rfc8785.dumps(value)


@given(restricted)
def test_canonical_bytes_read_back_to_the_value(value):
    assert json.loads(canonical.encode(value)) == value


def test_names_sort_by_utf16_unit_even_on_the_fast_path():
    value = {"\ufb33": 1, "😀": 2}

    assert canonical.encode(value) == '{"😀":2,"\ufb33":1}'.encode()


@pytest.mark.parametrize("value", ["\ud800", {"\udc00": 1}])
def test_half_a_surrogate_pair_is_refused(value):
    with pytest.raises(MalformedEventError):
        canonical.encode(value)
    with pytest.raises(MalformedEventError):
        canonical.canonicalise(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1: 2}, object()])
def test_what_json_cannot_say_is_refused(value):
    with pytest.raises(MalformedEventError):
        canonical.canonicalise(value)
