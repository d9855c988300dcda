"""Statements that travel together: in order, with Django's own between them, and errors at the latest at the end."""

from __future__ import annotations

import pytest
from django.db import DataError, IntegrityError, InternalError, connection, transaction
from django.db.transaction import TransactionManagementError

from ledger import pipeline, sql
from ledger.domain.ids import uuid7
from ledger.models import Trail

SUBJECT = uuid7()

pytestmark = pytest.mark.django_db(transaction=True)


def insert(*positions):
    """Each in a statement of its own."""
    for position in positions:
        sql.insert(Trail, [{"subject_id": SUBJECT, "position": position}])


def positions():
    return list(Trail.objects.order_by("position").values_list("position", flat=True))


def test_djangos_statements_see_what_was_sent_before_them():
    with transaction.atomic(), sql.pipelined():
        insert(1)
        changed = Trail.objects.filter(subject_id=SUBJECT).update(position=2)
        insert(1)
        _, created = Trail.objects.get_or_create(subject_id=SUBJECT, position=2)
        seen = positions()

    assert (changed, created, seen) == (1, False, [1, 2])
    assert positions() == [1, 2]


def test_an_error_undoes_the_transaction_with_what_was_sent_after_it():
    with pytest.raises(IntegrityError), transaction.atomic(), sql.pipelined():
        insert(1, 1, 2)

    assert positions() == []


def test_an_error_undoes_no_more_than_the_savepoint():
    with transaction.atomic():
        insert(1)
        with pytest.raises(IntegrityError), transaction.atomic(), sql.pipelined():
            insert(2, 1)
        insert(3)

    assert positions() == [1, 3]


def test_plans_made_before_an_error_are_used_again_and_those_it_skipped_are_made_then():
    sql.keep_plans()
    for value in (1, 2):
        with pytest.raises(DataError):
            fail_in_the_middle(value)

        assert sql.fetch("select %s::int", [value]) == [(value,)]
        assert sql.fetch("select %s::int + 1", [value]) == [(value + 1,)]


def fail_in_the_middle(value):
    with transaction.atomic(), sql.pipelined():
        sql.execute("select %s::int", [value])
        sql.execute("select 1 / %s::int", [0])
        sql.execute("select %s::int + 1", [value])


def test_rows_of_several_statements_come_back_in_their_order():
    assert sql.fetch_each(("select %s::int", [1]), ("select x from unnest(array[2, 3]) as x", [])) == [
        [(1,)],
        [(2,), (3,)],
    ]


def test_an_error_of_the_database_or_of_ours_undoes_the_block_and_no_more():
    with transaction.atomic():
        insert(1)
        with pytest.raises(IntegrityError), sql.savepoint():
            insert(2, 1)
        with pytest.raises(ZeroDivisionError), sql.savepoint():
            insert_and_fail(3)
        with sql.savepoint():
            insert(4)

    assert positions() == [1, 4]


def insert_and_fail(position):
    insert(position)
    raise ZeroDivisionError


def test_a_transaction_that_has_failed_already_stays_failed():
    with transaction.atomic():
        with pytest.raises(DataError):
            sql.fetch("select 1 / %s::int", [0])
        with pytest.raises(InternalError), sql.savepoint():
            insert(1)
        with pytest.raises(TransactionManagementError):
            insert(1)

    assert positions() == []


def test_plans_are_kept_within_the_block_only():
    connection.ensure_connection()
    line = pipeline.over(connection.connection)

    with sql.kept_plans():
        assert line.keeps_plans
        sql.fetch("select %s::int", [1])

    assert not line.keeps_plans
