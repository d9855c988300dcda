"""A rebuild grows beside the living rows: it can be killed and goes on, and long logs are worked on side by side."""

from __future__ import annotations

import datetime as dt
import sys

import pytest
from django.db import connection, transaction

from ledger.domain.events import AdjustmentPosted, Event, SplitTookEffect
from ledger.domain.ids import uuid7
from ledger.domain.records import EventRecord
from ledger.models import Balance, Trail
from ledger.projections import ALL
from ledger.projections.base import Projection, folds
from ledger.services import audit, checkpoints, log_keys
from ledger.services.append import append
from ledger.services.audit import apart, shadow
from ledger.services.audit.errors import AuditError
from tests.ledger import stories
from tests.ledger.test_audit import rows_of_all_projections

rebuild = sys.modules["ledger.services.audit.rebuild"]  # the package has a function of the same name


def progress():
    with connection.cursor() as cursor:
        cursor.execute("select projection, position from ledger_rebuild.reached order by 1")
        return dict(cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_a_rebuild_that_was_killed_goes_on_where_it_was(monkeypatch):
    with transaction.atomic():
        stories.tell(4)
    before = rows_of_all_projections()
    monkeypatch.setattr(apart, "APART_EVENTS_MIN", 10**9)
    seen = []
    batches = shadow.batches

    def watched(kinds, *, begin=0, end=0):
        seen.append(begin)
        return batches(kinds, begin=begin, end=end)

    monkeypatch.setattr(shadow, "batches", watched)
    with monkeypatch.context() as patch:
        patch.setattr(shadow, "FOLD_EVENTS", 20)
        grow = rebuild.grow
        patch.setattr(rebuild, "grow", lambda names, end: grow(names, 40))
        patch.setattr(rebuild, "_take_places", lambda chosen: None)
        audit.rebuild("orders")
    assert progress() == {"orders": 40}
    assert rows_of_all_projections() == before
    seen.clear()

    audit.rebuild("orders")

    assert seen[0] == 40
    assert progress() == {}
    assert rows_of_all_projections() == before


@pytest.mark.django_db(transaction=True)
def test_a_half_done_rebuild_begins_anew_when_the_folds_have_changed(monkeypatch):
    with transaction.atomic():
        stories.tell(4)
    before = rows_of_all_projections()
    with monkeypatch.context() as patch:
        patch.setattr(rebuild, "_code_of", lambda projection: "the code of yesterday")
        patch.setattr(rebuild, "_take_places", lambda chosen: None)
        audit.rebuild("orders")
    assert progress()["orders"] > 0

    audit.rebuild("orders")

    assert rows_of_all_projections() == before


@pytest.mark.django_db(transaction=True)
def test_a_rebuild_puts_back_what_was_changed_added_and_taken_away():
    with transaction.atomic():
        stories.tell(4)
    before = rows_of_all_projections()
    with connection.cursor() as cursor:
        cursor.execute("update ledger_order set gross_minor = gross_minor + 1")
        cursor.execute("delete from ledger_revenue_line where currency = 'EUR'")
        cursor.execute("insert into ledger_balance values ('payable:nobody', 'EUR', 1, 1)")

    audit.rebuild()

    assert rows_of_all_projections() == before


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_side_by_side_or_in_one_process_the_rows_and_the_verdict_are_the_same(monkeypatch):
    monkeypatch.setattr(apart, "APART_EVENTS_MIN", 1)
    with transaction.atomic():
        stories.tell(4)
    checkpoints.checkpoint()
    before = rows_of_all_projections()

    assert audit.verify(keys=log_keys.public_keys()).projections == len(ALL)
    audit.rebuild()
    assert rows_of_all_projections() == before
    with connection.cursor() as cursor:
        cursor.execute("delete from ledger_trail where position = 7")

    with pytest.raises(AuditError, match="'trail'") as caught:
        audit.verify(keys=log_keys.public_keys())

    assert caught.value.position == 7


def test_every_projection_stands_in_exactly_one_group():
    for count in range(1, len(ALL) + 3):
        groups = apart.groups_of(ALL, count)

        assert sorted(name for names in groups for name in names) == sorted(one.name for one in ALL)
        assert len(groups) == min(count, len(ALL))


def test_what_happens_to_different_things_is_folded_together_and_to_one_thing_in_order():
    seen: list[tuple[str, list[int]]] = []

    class Watched(Projection):
        name = "watched"
        subject = "element_id"

        @folds(AdjustmentPosted)
        def adjusted(self, records):
            seen.append(("adjusted", [record.position for record in records]))

        @folds(SplitTookEffect)
        def took_effect(self, records):
            seen.append(("took effect", [record.position for record in records]))

    a, b = uuid7(), uuid7()

    def adjusted(position, element):
        event = AdjustmentPosted(
            adjustment_id=uuid7(), element_id=element, currency="EUR", gross_minor=1, reason_hash="0" * 64
        )
        return _record(position, event)

    def split(position, element):
        return _record(position, SplitTookEffect(proposal_id=uuid7(), element_id=element, shares=()))

    Watched().fold_many([adjusted(0, a), split(1, a), adjusted(2, b), adjusted(3, a), split(4, b), adjusted(5, a)])

    assert seen == [("adjusted", [0, 2]), ("took effect", [1, 4]), ("adjusted", [3, 5])]


def _record(position: int, event: Event) -> EventRecord[Event]:
    return EventRecord(
        position=position,
        event_id=uuid7(),
        at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        key="k",
        actor_id=uuid7(),
        event=event,
        leaf_hash=b"",
    )


@pytest.mark.django_db(transaction=True)
def test_what_is_written_while_a_rebuild_grows_is_in_it(monkeypatch):
    with transaction.atomic():
        stories.tell(4)
    grow, calls = rebuild.grow, []

    def grow_and_write(names, end):
        grow(names, end)
        calls.append(end)

    with monkeypatch.context() as patch:
        patch.setattr(rebuild, "grow", grow_and_write)
        patch.setattr(rebuild, "_take_places", lambda chosen: None)
        audit.rebuild("balances")
    element = uuid7()
    with transaction.atomic():
        event = AdjustmentPosted(
            adjustment_id=uuid7(), element_id=element, currency="EUR", gross_minor=7, reason_hash="0" * 64
        )
        append(event, actor_id=uuid7(), key="later")
    before = list(Balance.objects.order_by("account", "currency").values_list())

    audit.rebuild("balances")

    assert list(Balance.objects.order_by("account", "currency").values_list()) == before
    assert Trail.objects.filter(subject_id=element).exists()
