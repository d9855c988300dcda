"""Ids: their version, their order in time, and no two alike, not even across a fork."""

from __future__ import annotations

import os
from uuid import UUID

from ledger.domain.ids import uuid7


def test_an_id_is_a_version_7_uuid_and_sorts_by_its_time():
    ids = [uuid7(unix_ms=ms) for ms in (1, 2, 1_800_000_000_000)]

    assert {(i.version, i.variant) for i in ids} == {(7, "specified in RFC 4122")}
    assert ids == sorted(ids)
    assert ids[-1].int >> 80 == 1_800_000_000_000


def test_a_forked_child_does_not_make_its_parents_ids():
    uuid7()  # random bytes are in store now
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write_end, b"".join(uuid7(unix_ms=0).bytes for _ in range(100)))
        os._exit(0)
    os.waitpid(child, 0)
    data = os.read(read_end, 1600)
    os.close(read_end)
    os.close(write_end)
    childs = {UUID(bytes=data[start : start + 16]) for start in range(0, len(data), 16)}

    assert len(childs) == 100
    assert not childs & {uuid7(unix_ms=0) for _ in range(200)}
