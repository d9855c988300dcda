"""Logs exported from each released event schema: they are read, folded and proved for ever.

`fixtures/v1.jsonl` is `manage.py ledger export` of a story with every kind; `v1.checkpoint` and `v1.key` were signed
with a key that was thrown away. When a kind changes, add the next export; never touch these.
"""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from ledger import projections
from ledger.domain import canonical, merkle
from ledger.domain.events import REGISTRY, parse_time
from ledger.domain.note import Checkpoint, VerifierKey, open_note
from ledger.domain.records import EventRecord, event_of_leaf, parse_leaf
from ledger.models import Job, RevenueLine

FIXTURES = Path(__file__).parent / "fixtures"
RELEASES = sorted(path.stem for path in FIXTURES.glob("*.jsonl"))


def leaves(release):
    return (FIXTURES / f"{release}.jsonl").read_bytes().splitlines()


@pytest.mark.parametrize("release", RELEASES)
def test_a_released_log_still_has_the_root_that_was_signed(release):
    key = VerifierKey.parse((FIXTURES / f"{release}.key").read_text())
    head = Checkpoint.parse(open_note((FIXTURES / f"{release}.checkpoint").read_text(), [key]))

    found = leaves(release)

    assert len(found) == head.size
    assert merkle.root_of([merkle.hash_leaf(leaf) for leaf in found]) == head.root


@pytest.mark.parametrize("release", RELEASES)
def test_every_event_of_a_released_log_is_read_and_written_back_as_it_was(release):
    for leaf in leaves(release):
        value = parse_leaf(leaf)
        assert canonical.encode(value) == leaf
        event = event_of_leaf(leaf)
        if event.kind == value["kind"]:
            assert event.body() == value["body"]


def test_the_released_logs_hold_every_kind_there_is():
    released = {parse_leaf(leaf)["kind"] for release in RELEASES for leaf in leaves(release)}

    assert released >= REGISTRY.keys(), "export a log with the new kinds (see this file's docstring)"


@pytest.mark.django_db
@pytest.mark.parametrize("release", RELEASES)
def test_a_released_log_still_folds_into_every_projection(release):
    records = []
    for position, leaf in enumerate(leaves(release)):
        value = parse_leaf(leaf)
        records.append(
            EventRecord(
                position=position,
                event_id=UUID(value["id"]),
                at=parse_time(value["at"]),
                key=value["key"],
                actor_id=UUID(value["actor"]),
                event=event_of_leaf(leaf),
                leaf_hash=merkle.hash_leaf(leaf),
            )
        )

    projections.fold(records)

    assert RevenueLine.objects.exists()
    assert Job.objects.filter(state="finished").exists()
