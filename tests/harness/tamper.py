"""Attack the log as a superuser who can also sign, and see whether a witnessed checkpoint finds every attack.

    python -m tests.harness.tamper [--attacks 1000] [--seed 1]

Each attack is one transaction of the tables' owner with the guards off: it changes rows, repairs whatever it can
(hashes, tiles, keys, signed heads), is looked at by `ledger verify --log --against` a checkpoint that a witness
cosigned before, and is rolled back. An attack that verify does not find is printed, and the exit status is 1. As a
control, the untouched log is verified after every fifty attacks: it must be found right.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.harness import setting

TABLES = ("ledger_event", "ledger_command", "ledger_posting", "ledger_tree_head", "ledger_tile")
SHIFT = 1_000_000
CONTROL_EVERY = 50


def main() -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attacks", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    setting.set_up()
    with setting.database("harness_ledgerline_tamper"):
        tell(seeds=range(options.seed, options.seed + 4))
        missed = run(attacks=options.attacks, seed=options.seed, say=print)
    return 1 if missed else 0


def tell(seeds: range) -> None:
    """A log with every kind of event, signed now and then."""
    from django.db import transaction

    from ledger.services import checkpoints
    from tests.ledger import stories

    for seed in seeds:
        with transaction.atomic():
            stories.tell(seed)
        checkpoints.checkpoint()


def run(*, attacks: int, seed: int, say: Callable[[str], Any], each_once: bool = False) -> list[str]:
    """Attack so many times, at random or with each attack in turn; what was not found."""
    from ledger.services import checkpoints

    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        witnessed = witness(Path(place), checkpoints.checkpoint())
    found: Counter[str] = Counter()
    missed = []
    for number in range(attacks):
        if number % CONTROL_EVERY == 0:
            assert judged(lambda: None, witnessed) is None, "a false alarm: the untouched log was not found right"
        names = sorted(ATTACKS)
        name = names[number % len(names)] if each_once else draw.choice(names)
        at = draw.getrandbits(64)
        if judged(lambda name=name, at=at: ATTACKS[name](random.Random(at)), witnessed) is None:
            missed.append(f"{name} with seed {at}")
            say(f"NOT FOUND: {missed[-1]}")
        found[name] += 1
    for name, count in sorted(found.items()):
        say(f"  {name:<52} {count:>5}")
    say(f"{attacks} attacks, {attacks - len(missed)} found, {len(missed)} missed, no false alarm")
    return missed


def witness(folder: Path, note: str) -> str:
    """The checkpoint as a witness cosigned it."""
    from ledger.domain.cosignature import request_for
    from ledger.services import log_keys
    from ledger.witness import Witness

    keys = log_keys.public_keys()
    seen = Witness(folder, {keys[0].name: keys}, name="label.example/witness")
    answer = seen.answer(request_for(old_size=0, path=[], note=note))
    assert answer.status == 200, answer
    return note + answer.body


def judged(attack: Callable[[], object], witnessed: str) -> str | None:
    """What verify says of the log after the attack, which is undone; None if it finds nothing."""
    from django.db import connection, transaction

    from ledger.domain.errors import LedgerError
    from ledger.services import audit, log_keys
    from tests.helpers.database import as_owner

    with as_owner(), transaction.atomic():
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"alter table {table} disable trigger user")
        attack()
        try:
            audit.verify(log_only=True, keys=log_keys.public_keys(), against=witnessed)
            told = None
        except LedgerError as error:
            told = str(error)
        transaction.set_rollback(True)
    return told


# ------------------------------------------------------------------------------------------------------- attacks
def _sql(statement: str, *params: object) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []


def _size() -> int:
    return int(_sql("select count(*) from ledger_event")[0][0])


def _place(draw: random.Random) -> int:
    return draw.randrange(_size())


def _rewritten(draw: random.Random, position: int) -> None:
    """The event at a position with another salt (or another number in it), and leaf and hash to match."""
    from ledger.domain import canonical, merkle
    from ledger.domain.records import parse_leaf

    ((leaf,),) = _sql("select leaf from ledger_event where position = %s", position)
    value = parse_leaf(bytes(leaf))
    value["salt"] = "".join(draw.choices("abcdefghijkmnopqrstuvwxyz", k=22))
    fresh = canonical.encode(value)
    _sql(
        "update ledger_event set leaf = %s, leaf_hash = %s where position = %s",
        fresh,
        merkle.hash_leaf(fresh),
        position,
    )


def _sign_anew() -> None:
    """Throw away heads and tiles, and sign what is there now: the attacker holds the log's key."""
    from ledger.services import checkpoints

    _sql("delete from ledger_tree_head")
    _sql("delete from ledger_tile")
    checkpoints.checkpoint()


def _renumber() -> None:
    """Close the gaps, so that positions are dense again; keys and postings go with their events."""
    _sql(
        "create temporary table place on commit drop as select position as old, "
        "row_number() over (order by position) - 1 as new from ledger_event"
    )
    for table, column in (
        ("ledger_event", "position"),
        ("ledger_posting", "position"),
        ("ledger_command", "first_position"),
    ):
        _sql(f"update {table} set {column} = place.new + {SHIFT} from place where {column} = place.old")
        _sql(f"update {table} set {column} = {column} - {SHIFT} where {column} >= {SHIFT}")


def bit_flip(draw: random.Random) -> None:
    """One bit of one leaf."""
    position = _place(draw)
    ((size,),) = _sql("select length(leaf) from ledger_event where position = %s", position)
    place, bit = draw.randrange(size), 1 << draw.randrange(8)
    _sql(
        "update ledger_event set leaf = set_byte(leaf, %s, get_byte(leaf, %s) # %s) where position = %s",
        place, place, bit, position,
    )  # fmt: skip


def bit_flip_in_hash(draw: random.Random) -> None:
    """One bit of one leaf's hash."""
    place, bit = draw.randrange(32), 1 << draw.randrange(8)
    _sql(
        "update ledger_event set leaf_hash = set_byte(leaf_hash, %s, get_byte(leaf_hash, %s) # %s) where position = %s",
        place, place, bit, _place(draw),
    )  # fmt: skip


def rewritten(draw: random.Random) -> None:
    """One event rewritten, its hash with it."""
    _rewritten(draw, _place(draw))


def rewritten_and_signed(draw: random.Random) -> None:
    """One event rewritten; tiles and heads made and signed anew."""
    _rewritten(draw, _place(draw))
    _sign_anew()


def deleted(draw: random.Random) -> None:
    """One event is gone."""
    _sql("delete from ledger_event where position = %s", _place(draw))


def deleted_and_signed(draw: random.Random) -> None:
    """One command is gone, later ones moved up, everything signed anew."""
    ((key,),) = _sql("select key from ledger_event where position = %s", _place(draw))
    _sql("delete from ledger_posting where position in (select position from ledger_event where key = %s)", key)
    _sql("delete from ledger_event where key = %s", key)
    _sql("delete from ledger_command where key = %s", key)
    _renumber()
    _sign_anew()


def inserted_and_signed(draw: random.Random) -> None:
    """An event of the attacker's in the middle, everything signed anew."""
    from uuid import UUID

    from ledger.domain import merkle
    from ledger.domain.records import leaf_bytes

    at = _place(draw)
    ((when,),) = _sql("select at from ledger_event where position = %s", at)
    for table, column in (
        ("ledger_event", "position"),
        ("ledger_posting", "position"),
        ("ledger_command", "first_position"),
    ):
        _sql(f"update {table} set {column} = {column} + {SHIFT} where {column} >= %s", at)
        _sql(f"update {table} set {column} = {column} - {SHIFT} + 1 where {column} >= {SHIFT}")
    event_id, actor = UUID(int=draw.getrandbits(128)), UUID(int=draw.getrandbits(128))
    body = b'{"run_id":"%s"}' % str(UUID(int=draw.getrandbits(128))).encode()
    leaf = leaf_bytes(
        actor_id=actor,
        at=when,
        body=body,
        event_id=event_id,
        key="inserted",
        kind="settlement.closed.v1",
        salt="A" * 22,
    )
    _sql(
        "insert into ledger_event (position, id, kind, actor_id, at, key, leaf, leaf_hash)"
        " values (%s, %s, 'settlement.closed.v1', %s, %s, 'inserted', %s, %s)",
        at, event_id, actor, when, leaf, merkle.hash_leaf(leaf),
    )  # fmt: skip
    _sign_anew()


def reordered(draw: random.Random) -> None:
    """Two events have changed places."""
    a, b = draw.sample(range(_size()), 2)
    for old, new in ((a, SHIFT), (b, a), (SHIFT, b)):
        _sql("update ledger_event set position = %s where position = %s", new, old)


def reordered_and_signed(draw: random.Random) -> None:
    """Two events have changed places, everything signed anew."""
    reordered(draw)
    _sign_anew()


def suffix_rewritten(draw: random.Random) -> None:
    """Everything from a position on rewritten with fresh hashes and signed anew."""
    for position in range(_place(draw), _size()):
        _rewritten(draw, position)
    _sign_anew()


def _cut(size: int) -> None:
    for table, column in (
        ("ledger_posting", "position"),
        ("ledger_command", "first_position"),
        ("ledger_event", "position"),
    ):
        _sql(f"delete from {table} where {column} >= %s", size)
    _sql("delete from ledger_tree_head where size > %s", size)
    _sql("delete from ledger_tile where (index + 1) * 256 ^ (level + 1) > %s", size)


def head_rolled_back(draw: random.Random) -> None:
    """The end of the log is gone, and the heads that were signed over it."""
    _cut(draw.randrange(1, _size()))


def backup_restored(draw: random.Random) -> None:
    """The log as it was at an earlier head, with other events since, signed anew: a fork."""
    from ledger.projections import ALL
    from ledger.services.audit import shadow
    from tests.ledger import stories

    sizes = [size for (size,) in _sql("select size from ledger_tree_head order by size")]
    _cut(draw.choice(sizes[:-1]))
    for table in shadow.table_names(ALL):
        _sql(f"delete from {table}")
    stories.tell(draw.randrange(10_000, 1 << 30))
    _sign_anew()


ATTACKS: dict[str, Callable[[random.Random], None]] = {
    "a bit flip in a leaf": bit_flip,
    "a bit flip in a hash": bit_flip_in_hash,
    "an event rewritten with its hash": rewritten,
    "an event rewritten, everything signed anew": rewritten_and_signed,
    "an event deleted": deleted,
    "a command deleted, everything signed anew": deleted_and_signed,
    "an event inserted, everything signed anew": inserted_and_signed,
    "two events reordered": reordered,
    "two events reordered, everything signed anew": reordered_and_signed,
    "a suffix rewritten with fresh hashes, signed anew": suffix_rewritten,
    "the head rolled back": head_rolled_back,
    "an old backup restored and gone on from, signed anew": backup_restored,
}

if __name__ == "__main__":
    sys.exit(main())
