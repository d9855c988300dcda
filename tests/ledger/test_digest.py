"""Two tables count as equal only if every row is the same: nothing that sums alike slips through."""

from __future__ import annotations

import pytest
from django.db import connection

from ledger.services.audit import digest

pytestmark = pytest.mark.django_db

ROWS = [(1, "EUR", 5, None), (2, "EUR", 2**32 + 5, "b"), (3, "USD", 7, ""), (4, "EUR", 5, None)]


def table_of(name, rows):
    with connection.cursor() as cursor:
        cursor.execute(
            f"create temporary table {name} (id bigint, currency text, micro bigint, note text) on commit drop"
        )
        cursor.executemany(f"insert into {name} values (%s, %s, %s, %s)", rows)
    return name


def test_the_same_rows_in_another_order_are_the_same():
    table, other = table_of("one", ROWS), table_of("other", ROWS[::-1])

    assert digest.same_rows(table, other)


@pytest.mark.parametrize(
    ("what", "changed"),
    {
        "two rows exchange a value": [(1, "EUR", 7, None), ROWS[1], (3, "USD", 5, ""), ROWS[3]],
        "a number with the same halves in sum": [ROWS[0], (2, "EUR", 4, "b"), ROWS[2], ROWS[3]],
        "null and empty": [(1, "EUR", 5, ""), ROWS[1], (3, "USD", 7, None), ROWS[3]],
        "a value in its neighbour": [ROWS[0], (2, "EURb", 2**32 + 5, ""), ROWS[2], ROWS[3]],
        "a row too few": ROWS[1:],
        "a row twice instead of another": [ROWS[0], ROWS[1], ROWS[2], ROWS[2]],
        "no rows": [],
    }.items(),
)
def test_other_rows_are_others(what, changed):
    table, other = table_of("one", ROWS), table_of("other", changed)

    assert not digest.same_rows(table, other)


def test_the_key_is_drawn_for_each_comparison(monkeypatch):
    keys, found = [], digest.digest
    monkeypatch.setattr(digest, "digest", lambda table, key: keys.append(key) or found(table, key))
    table = table_of("one", ROWS)

    digest.same_rows(table, table)
    digest.same_rows(table, table)

    assert [len(key) for key in keys] == [32] * 4
    assert keys[0] == keys[1] != keys[2] == keys[3]


def test_older_servers_come_to_the_same_sums(monkeypatch):
    table, key = table_of("one", ROWS), b"k" * 32
    newest = digest.digest(table, key)

    monkeypatch.setattr(digest, "BYTEA_TO_BIGINT_VERSION", 10**9)

    assert digest.digest(table, key) == newest
