"""The database itself refuses to change a fact: for the site's role, and for the owner too."""

from __future__ import annotations

import psycopg
import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction

from ledger.domain.ids import uuid7
from ledger.models.append_only import APPEND_ONLY_TABLES
from ledger.services import checkpoints, documents
from tests.helpers.database import owner_connection, unguarded
from tests.ledger import stories

CHANGES = {
    "update": "update {table} set {column} = {column}",
    "delete": "delete from {table}",
    "truncate": "truncate {table}",
}
COLUMNS = {
    "ledger_event": "kind",
    "ledger_command": "count",
    "ledger_posting": "amount_micro",
    "ledger_tree_head": "note",
    "ledger_tile": "hashes",
    "ledger_document": "media_type",
}


def statement(change, table):
    return CHANGES[change].format(table=table, column=COLUMNS[table])


@pytest.mark.django_db
@pytest.mark.parametrize("table", APPEND_ONLY_TABLES)
@pytest.mark.parametrize("change", CHANGES)
def test_the_sites_role_may_not_change_facts(change, table):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        run(statement(change, table))


def count(table):
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {table}")
        return cursor.fetchone()[0]


def run(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def facts(transactional_db):
    """Committed rows in every append-only table."""
    with transaction.atomic():
        for seed in (1, 2, 3):
            stories.tell(seed)
    checkpoints.checkpoint()
    documents.keep(b"terms", media_type="text/plain")


@pytest.mark.django_db(transaction=True)
def test_the_owner_is_refused_by_the_triggers(facts):
    with owner_connection() as owner:
        for table in APPEND_ONLY_TABLES:
            for change in CHANGES:
                with pytest.raises(psycopg.errors.InsufficientPrivilege, match=f"{table} is append-only: {change}"):
                    owner.execute(statement(change, table))


@pytest.mark.django_db(transaction=True)
def test_the_triggers_fire_in_replica_mode_too():
    with connection.cursor() as cursor:
        cursor.execute(
            "select tgrelid::regclass::text, count(*) from pg_trigger where tgenabled = 'A' "
            "and tgname in ('append_only_row', 'append_only_table') group by 1"
        )
        assert dict(cursor.fetchall()) == dict.fromkeys(APPEND_ONLY_TABLES, 2)


@pytest.mark.django_db(transaction=True)
def test_an_entry_that_does_not_balance_is_refused_at_commit():
    def unbalanced():
        with transaction.atomic():
            run(
                "insert into ledger_posting values (1, 0, 'a', 'EUR', 5), (1, 1, 'b', 'EUR', -5), (1, 2, 'c', 'USD', 1)"
            )

    with pytest.raises(IntegrityError, match="position 1 does not balance"):
        unbalanced()
    with transaction.atomic():
        run("insert into ledger_posting values (1, 0, 'a', 'EUR', 5), (1, 1, 'b', 'EUR', -5)")


@pytest.mark.django_db(transaction=True)
def test_an_entry_may_be_completed_before_the_commit_and_is_checked_there_whatever_was_done_in_between():
    with transaction.atomic():
        run("insert into ledger_posting values (1, 0, 'a', 'EUR', 5)")
        run("insert into ledger_posting values (1, 1, 'b', 'EUR', -5)")

    def half(*more):
        with transaction.atomic():
            run("insert into ledger_posting values (2, 0, 'a', 'EUR', 5)")
            for sql in more:
                run(sql)

    for more in (
        (),
        ("delete from ledger_unbalanced_entry",),
        ("create temporary table ledger_posting (position int)",),
    ):
        with pytest.raises(IntegrityError, match="position 2 does not balance"):
            half(*more)
    with pytest.raises(IntegrityError, match="position 1 does not balance"), transaction.atomic():
        run("insert into ledger_posting values (1, 2, 'c', 'EUR', 1)")
    assert count("ledger_unbalanced_entry") == 0


@pytest.mark.django_db(transaction=True)
def test_a_position_or_an_id_twice_is_refused():
    row = f"('{uuid7()}', 'k', '{uuid7()}', now(), 'k', 'x', 'y')"
    run(insert_event(0, row))

    with pytest.raises(IntegrityError):
        run(insert_event(0, f"('{uuid7()}', 'k', '{uuid7()}', now(), 'k', 'x', 'y')"))
    with pytest.raises(IntegrityError):
        run(insert_event(1, row))
    with pytest.raises(IntegrityError):
        run(insert_event(-1, f"('{uuid7()}', 'k', '{uuid7()}', now(), 'k', 'x', 'y')"))


def insert_event(position, row):
    columns = "position, id, kind, actor_id, at, key, leaf, leaf_hash"
    return f"insert into ledger_event ({columns}) values ({position}, {row[1:]}"


@pytest.mark.django_db(transaction=True)
def test_missing_triggers_are_told_by_the_system_check():
    assert run_checks(databases=["default"], tags=["database"]) == []

    with unguarded("ledger_event"):
        (error,) = run_checks(databases=["default"], tags=["database"])

    assert error.id == "ledger.E001"
    assert "ledger_event" in error.msg


@pytest.mark.django_db
def test_a_document_kept_twice_is_one():
    first = documents.keep(b"terms", media_type="text/plain")

    assert documents.keep(b"terms", media_type="text/plain") == first


@pytest.mark.django_db(transaction=True)
def test_the_sites_role_may_not_switch_the_guard_off():
    for sql in (
        "alter table ledger_event disable trigger all",
        "drop trigger append_only_row on ledger_event",
        "set session_replication_role = replica",
        "drop table ledger_event",
    ):
        with pytest.raises(DatabaseError):
            run(sql)
