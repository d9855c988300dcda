"""Verify recomputes everything; whatever is changed behind the database's back is named with its position."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from ledger import selectors
from ledger.models import EventRow
from ledger.projections import ALL
from ledger.services import audit, checkpoints, log_keys
from ledger.services.audit import AuditError
from tests.helpers.database import unguarded
from tests.ledger import stories


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_projection_equals_its_rebuild(seed):
    count = stories.tell(seed)
    checkpoints.checkpoint()

    found = audit.verify(keys=log_keys.public_keys())

    assert (found.size, found.heads, found.projections) == (count, 1, len(ALL))


@pytest.mark.django_db
def test_rebuild_folds_to_the_very_same_rows():
    stories.tell(4)
    before = rows_of_all_projections()

    names, count = audit.rebuild()

    assert count == EventRow.objects.count()
    assert names == [projection.name for projection in ALL]
    assert rows_of_all_projections() == before
    assert all(before.values()), [name for name, rows in before.items() if not rows]


def rows_of_all_projections():
    rows = {}
    with connection.cursor() as cursor:
        for projection in ALL:
            for table in projection.tables:
                cursor.execute(f'select t::text from "{table._meta.db_table}" t order by 1')
                rows[table._meta.db_table] = cursor.fetchall()
    return rows


@pytest.mark.django_db
def test_money_is_conserved_at_every_prefix():
    stories.tell(5)
    with connection.cursor() as cursor:
        cursor.execute("select position, currency, sum(amount_micro) from ledger_posting group by 1, 2")
        assert all(total == 0 for _, _, total in cursor.fetchall())
        cursor.execute("""select account, currency, sum(amount_micro) from ledger_posting group by 1, 2
                          except select account, currency, amount_micro from ledger_balance""")
        assert cursor.fetchall() == []
    assert sum(balance.amount_micro for balance in selectors.balances()) == 0


ATTACKS = {
    "a bit of a leaf": (
        "ledger_event",
        "update ledger_event set leaf = set_byte(leaf, 100, get_byte(leaf, 100) # 1) where position = 40",
    ),
    "a column": ("ledger_event", "update ledger_event set actor_id = gen_random_uuid() where position = 40"),
    "the time": ("ledger_event", "update ledger_event set at = at + interval '1 microsecond' where position = 40"),
    "the key": ("ledger_event", "update ledger_event set key = 'another' where position = 40"),
    "a hash": (
        "ledger_event",
        "update ledger_event set leaf_hash = set_byte(leaf_hash, 0, get_byte(leaf_hash, 0) # 1) where position = 40",
    ),
    "a row taken out": ("ledger_event", "delete from ledger_event where position = 40"),
    "a fingerprint": (
        "ledger_command",
        "update ledger_command set fingerprint = sha256('x') where first_position = "
        "(select max(first_position) from ledger_command where first_position <= 40)",
    ),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_change_behind_the_databases_back_is_named_with_its_position(attack):
    tell_and_sign()
    table, sql = ATTACKS[attack]

    tamper(table, sql)

    with pytest.raises(AuditError) as caught:
        audit.verify(log_only=True, keys=log_keys.public_keys())
    first = 40 if table == "ledger_event" else first_position_of_the_command_at(40)
    assert caught.value.position == first
    with pytest.raises(CommandError, match=f"position {first}:"):
        call_command("ledger", "verify", "--log")


def tell_and_sign():
    with transaction.atomic():
        stories.tell(6)
    checkpoints.checkpoint()


def tamper(table, sql):
    with unguarded(table) as owner:
        assert owner.execute(sql).rowcount == 1


def first_position_of_the_command_at(position):
    key = selectors.event_at(position).key
    return EventRow.objects.filter(key=key).order_by("position").first().position


@pytest.mark.django_db(transaction=True)
def test_a_changed_posting_is_named_with_its_position():
    tell_and_sign()
    position = selectors.postings_on("unsettled")[-1].position

    tamper(
        "ledger_posting",
        f"update ledger_posting set amount_micro = amount_micro + 1 where position = {position} and line = 0",
    )

    assert audit.verify(log_only=True).size
    with pytest.raises(AuditError, match="the journal entry is not what its event says") as caught:
        audit.verify()
    assert caught.value.position == position


@pytest.mark.django_db(transaction=True)
def test_a_changed_projection_is_named_with_its_position_and_rebuild_heals_it():
    tell_and_sign()
    order = selectors.orders(state="paid")[0]

    with connection.cursor() as cursor:
        cursor.execute("update ledger_order set gross_minor = gross_minor + 1 where order_id = %s", [order.order_id])

    with pytest.raises(AuditError, match="'orders'") as caught:
        audit.verify()
    assert caught.value.position == order.position
    call_command("ledger", "rebuild", "orders")
    audit.verify()


@pytest.mark.django_db(transaction=True)
def test_two_rows_of_a_projection_that_exchange_their_values_are_named():
    tell_and_sign()
    with connection.cursor() as cursor:
        cursor.execute("select min(line_id::text)::uuid, max(line_id::text)::uuid from ledger_revenue_line")
        pair = cursor.fetchone()
        cursor.execute(
            """update ledger_revenue_line as t set at = other.at from ledger_revenue_line as other
                where t.line_id = any(%s) and other.line_id = any(%s) and other.line_id <> t.line_id""",
            [list(pair), list(pair)],
        )

    with pytest.raises(AuditError, match="'revenue'"):
        audit.verify()


@pytest.mark.django_db(transaction=True)
def test_a_suffix_cut_off_contradicts_the_signed_checkpoint():
    tell_and_sign()
    size = selectors.size()
    keys = log_keys.public_keys()

    with unguarded("ledger_event", "ledger_command", "ledger_posting") as owner:
        owner.execute(f"delete from ledger_event where position >= {size - 3}")

    with pytest.raises(AuditError) as caught:
        audit.verify(log_only=True, keys=keys)
    assert caught.value.position == size - 3
    with pytest.raises(checkpoints.ContradictionError):
        checkpoints.checkpoint()


@pytest.mark.django_db(transaction=True)
def test_a_changed_tree_head_is_named():
    tell_and_sign()
    size = selectors.size()

    tamper("ledger_tree_head", "update ledger_tree_head set root = sha256('x')")

    with pytest.raises(AuditError, match="not the one that was signed") as caught:
        audit.verify(log_only=True)
    assert caught.value.position == size - 1


@pytest.mark.django_db(transaction=True)
def test_a_history_rewritten_with_all_its_hashes_is_caught_by_a_checkpoint_kept_elsewhere(tmp_path):
    tell_and_sign()
    kept = tmp_path / "checkpoint"
    kept.write_text(checkpoints.newest())
    call_command("ledger", "verify", "--against", str(kept))

    with unguarded("ledger_tree_head") as owner:
        owner.execute("delete from ledger_tree_head")
    rewrite_event_at(40)

    audit.verify(log_only=True)  # nothing stored here contradicts it
    with pytest.raises(CommandError, match="an event from here to"):
        call_command("ledger", "verify", "--log", "--against", str(kept))


def rewrite_event_at(position):
    """As a superuser would: another salt, and leaf and hash to match."""
    from ledger.domain import canonical
    from ledger.domain.merkle import hash_leaf
    from ledger.domain.records import parse_leaf

    row = EventRow.objects.get(position=position)
    leaf = canonical.encode({**parse_leaf(bytes(row.leaf)), "salt": "A" * 22})
    with unguarded("ledger_event") as owner:
        owner.execute(
            "update ledger_event set leaf = %s, leaf_hash = %s where position = %s", [leaf, hash_leaf(leaf), position]
        )


@pytest.mark.django_db(transaction=True)
def test_an_event_rewritten_under_a_full_tile_is_named_exactly():
    with transaction.atomic():
        for seed in (7, 8, 9):
            stories.tell(seed)
    assert selectors.size() > 256
    checkpoints.checkpoint()

    rewrite_event_at(200)

    with pytest.raises(AuditError, match="its tile") as caught:
        audit.verify(log_only=True)
    assert caught.value.position == 200
