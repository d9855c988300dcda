"""A long log: how fast it is written in batches, verified, rebuilt and receipted.

    python -m tests.benchmarks.bench_audit [--events 100000] [--keep] [--only append,verify,rebuild,receipt]
    python -m tests.benchmarks.bench_audit --only leaves,receipt --events 10000000

The log is a shop's: an element in forty with its split and offer, the rest orders that are placed, paid, settled and
licensed. `--keep` leaves the database for the next run, which then goes on from there. `leaves` fills the log with
leaves alone, made by the server: enough for receipts, whose cost depends on nothing but the tree. The CPU seconds are
those of this program and the processes that it starts, not the server's: they hold on a busy machine too.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import itertools
import os
import random
import resource
import statistics
import time
from collections.abc import Iterator
from uuid import UUID

import django

from ledger.domain import events as ev
from ledger.domain.ids import uuid7

DATABASE = os.environ.get("BENCH_DATABASE", "bench_ledgerline_audit")
BATCH = 100
ORDERS_PER_ELEMENT = 10
PARTIES = [UUID(int=number) for number in range(1, 501)]
HASH = "5f" * 32


def main() -> None:
    """Run what was asked for and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--keep", action="store_true", help="leave the database, and use what an earlier run left")
    parser.add_argument("--only", default="append,verify,rebuild,receipt")
    options = parser.parse_args()
    steps = {"leaves": _leaves, "append": _append, "verify": _verify, "rebuild": _rebuild, "receipt": _receipt}
    _set_up()
    with _database(keep=options.keep):
        for name in options.only.split(","):
            steps[name](options.events)


def _set_up() -> None:
    from marketplace.config.services import guard

    guard.ensure()
    os.environ.setdefault("SECRET_KEY", "for benchmarks only")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.config.settings")
    django.setup()


@contextlib.contextmanager
def _database(*, keep: bool) -> Iterator[None]:
    from django.test.utils import setup_databases, teardown_databases

    from tests.helpers import database

    database.use_name(DATABASE)
    with database.as_owner():
        created = setup_databases(verbosity=0, interactive=False, serialized_aliases=[], keepdb=keep)
    try:
        yield
    finally:
        if not keep:
            with database.as_owner():
                teardown_databases(created, verbosity=0)


def _story(seed: int) -> Iterator[list[ev.Event]]:
    """Commands without end: a new element on sale, then orders of any element so far, their steps interleaved."""
    draw = random.Random(seed)
    elements: list[tuple[UUID, UUID]] = []
    while True:
        creator, element_id, proposal_id, listing_id = draw.choice(PARTIES), uuid7(), uuid7(), uuid7()
        shares = (ev.Share(party_id=creator, role="producer", share_ppm=1_000_000),)
        elements.append((element_id, listing_id))
        yield [
            ev.ElementCreated(
                element_id=element_id,
                element_kind="midi",
                content_hash=HASH,
                media_type="audio/midi",
                contributors=(ev.Contribution(party_id=creator, role="producer"),),
            ),
            ev.SplitProposed(proposal_id=proposal_id, element_id=element_id, shares=shares),
            ev.SplitTookEffect(proposal_id=proposal_id, element_id=element_id, shares=shares),
            ev.ListingPublished(
                listing_id=listing_id,
                element_id=element_id,
                content_hash=HASH,
                licence_kind="standard",
                terms_hash=HASH,
                currency="EUR",
                price_minor=999,
            ),
        ]
        orders = [_order(draw, *draw.choice(elements)) for _ in range(ORDERS_PER_ELEMENT)]
        for step in zip(*orders, strict=True):
            yield from ([event] for event in step)


def _order(draw: random.Random, element_id: UUID, listing_id: UUID) -> list[ev.Event]:
    order_id, line_id, buyer_id = uuid7(), uuid7(), draw.choice(PARTIES)
    lines = (
        ev.OrderLine(
            line_id=line_id,
            listing_id=listing_id,
            element_id=element_id,
            licence_kind="standard",
            terms_hash=HASH,
            gross_minor=999,
            tax_minor=159,
        ),
    )
    fees = (ev.LineAmount(line_id=line_id, element_id=element_id, gross_minor=0, tax_minor=0, fee_minor=39),)
    licence = ev.LicenceGranted(
        licence_id=uuid7(),
        element_id=element_id,
        content_hash=HASH,
        holder_id=buyer_id,
        licence_kind="standard",
        terms_hash=HASH,
        order_id=order_id,
        line_id=line_id,
    )
    return [
        ev.OrderPlaced(order_id=order_id, buyer_id=buyer_id, currency="EUR", lines=lines),
        ev.OrderPaid(order_id=order_id, buyer_id=buyer_id, currency="EUR", lines=lines),
        licence,
        ev.ChargeSettled(order_id=order_id, currency="EUR", lines=fees),
    ]


def _append(count: int) -> None:
    from django.db import transaction

    from ledger import selectors
    from ledger.services import append, checkpoints

    size = selectors.size()
    story = itertools.chain.from_iterable(_story(size))
    began, before = _Clock.now(), size
    while size < count:
        batch = list(itertools.islice(story, min(BATCH, count - size)))
        with transaction.atomic():
            append(*batch, actor_id=PARTIES[0], key=f"{size}:{uuid7()}")
        size += len(batch)
    took = began.since()
    checkpoints.checkpoint()
    if size > before:
        _row(f"append in batches of {BATCH}", size - before, took)


LEAVES_SQL = """
    insert into ledger_event (position, id, kind, actor_id, at, key, leaf, leaf_hash)
    select n, uuidv7(), 'x.v1', %s, now(), 'k' || n, leaf, sha256('\\x00'::bytea || leaf)
      from generate_series(%s, %s) as n,
           lateral (select convert_to(repeat('leaf ' || n || ' ', 25), 'UTF8') as leaf) as l
"""
LEAVES_A_STATEMENT = 500_000


def _leaves(count: int) -> None:
    from django.db import connection

    from ledger import selectors
    from ledger.services import checkpoints

    began, size = _Clock.now(), selectors.size()
    with connection.cursor() as cursor:
        for begin in range(size, count, LEAVES_A_STATEMENT):
            cursor.execute(LEAVES_SQL, [PARTIES[0], begin, min(begin + LEAVES_A_STATEMENT, count) - 1])
    checkpoints.checkpoint()
    _row("leaves alone, and their tiles", count - size, began.since())


def _verify(count: int) -> None:
    from ledger.services import audit, log_keys

    keys = log_keys.public_keys()
    for words, log_only in (("verify --log", True), ("verify", False)):
        began = _Clock.now()
        found = audit.verify(log_only=log_only, keys=keys)
        _row(words, found.size, began.since())


def _rebuild(count: int) -> None:
    from ledger.services import audit

    began = _Clock.now()
    _names, folded = audit.rebuild()
    _row("rebuild of all projections", folded, began.since())


def _receipt(count: int) -> None:
    from ledger import selectors
    from ledger.models import EventRow
    from ledger.services import receipts

    size = selectors.size()
    draw = random.Random(size)
    positions = [draw.randrange(size) for _ in range(201)]
    event_ids = list(EventRow.objects.filter(position__in=positions).values_list("id", flat=True))
    took_ms, sizes = [], []
    for event_id in event_ids:
        began = time.perf_counter()
        sizes.append(len(receipts.receipt(event_id)))
        took_ms.append((time.perf_counter() - began) * 1000)
    ms, p99 = statistics.median(took_ms[1:]), statistics.quantiles(took_ms[1:], n=100)[98]
    print(f"{'a receipt':<30} {size:>10,} events {ms:8.2f} ms p50 {p99:8.2f} ms p99 {max(sizes):>6} bytes at most")


@dataclasses.dataclass(frozen=True, slots=True)
class _Clock:
    """Seconds on the wall, and of CPU in this process and in those that it started and that have ended."""

    wall_s: float
    cpu_s: float

    @classmethod
    def now(cls) -> _Clock:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return cls(time.perf_counter(), sum(one.ru_utime + one.ru_stime for one in used))

    def since(self) -> _Clock:
        """What has passed since."""
        now = self.now()
        return _Clock(now.wall_s - self.wall_s, now.cpu_s - self.cpu_s)


def _row(words: str, count: int, took: _Clock) -> None:
    rate = f"{count / took.wall_s:>9,.0f}/s"
    print(f"{words:<30} {count:>10,} events {took.wall_s:8.1f} s {rate} {took.cpu_s:8.1f} CPU s", flush=True)


if __name__ == "__main__":
    main()
