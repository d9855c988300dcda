"""Appends per second and p99, beside pyeventsourcing's default PostgreSQL recorder on the same server, same run.

    python -m tests.benchmarks.bench_append [--seconds 4] [--batches 4] [--verify 100000]

Callers are threads of one process; each waits for its answer before it sends the next event. Ours writes with each
event its journal entry (two postings) and its folds; the other's writes the event alone. Both flush before they answer.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from uuid import UUID

import django

from ledger.domain.events import AdjustmentPosted
from ledger.domain.ids import uuid7

CALLERS = (1, 8, 32)
ROUNDS = 4
DATABASE = "bench_ledgerline_append"
BATCH = 100


def main() -> None:
    """Run everything and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each row is measured")
    parser.add_argument("--verify", type=int, default=100_000, help="how many events `verify` reads (0: leave out)")
    parser.add_argument("--batches", type=float, default=4.0, help="how long batches are measured (0: leave out)")
    options = parser.parse_args()
    _set_up()
    with _database():
        if options.seconds:
            _append_table(options.seconds)
        if options.batches:
            _batches_table(options.batches)
        if options.verify:
            _verify_table(options.verify)


def _set_up() -> None:
    from marketplace.config.services import guard

    guard.ensure()
    os.environ.setdefault("SECRET_KEY", "for benchmarks only")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.config.settings")
    django.setup()


@contextlib.contextmanager
def _database() -> Iterator[None]:
    """A database of our own on the server, migrated by the owner, used as the site's role."""
    from django.test.utils import setup_databases, teardown_databases

    from ledger.services import sequencer
    from tests.helpers import database

    database.use_name(DATABASE)
    with database.as_owner():
        created = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    try:
        yield
    finally:
        sequencer.stop()
        with database.as_owner():
            teardown_databases(created, verbosity=0)


# --------------------------------------------------------------------------------------------------------- append
def _append_table(seconds: float) -> None:
    with _theirs() as theirs:
        _compare(_ours(), theirs, seconds)


def _compare(ours: Callable[[], None], theirs: Callable[[], None], seconds: float) -> None:
    print(f"{'callers':>8} {'recorder':<18} {'events/s':>9} {'p50 ms':>8} {'p99 ms':>8} {'ratio':>7}")
    for callers in CALLERS:
        latencies_ms: dict[str, list[float]] = {"pyeventsourcing": [], "ledgerline": []}
        # In turns, so that what else the machine does meets both alike; the first round is for connections and caches.
        for round_ in range(ROUNDS + 1):
            for name, send in (("pyeventsourcing", theirs), ("ledgerline", ours)):
                found = _measure(send, callers=callers, seconds=seconds / ROUNDS)
                latencies_ms[name] += found if round_ else []
        for name, found in latencies_ms.items():
            ratio = f"{len(found) / len(latencies_ms['pyeventsourcing']):.1f}×"
            rate, p50, p99 = len(found) / seconds, statistics.median(found), statistics.quantiles(found, n=100)[98]
            print(f"{callers:>8} {name:<18} {rate:>9.0f} {p50:>8.2f} {p99:>8.2f} {ratio:>7}", flush=True)


def _measure(send: Callable[[], None], *, callers: int, seconds: float) -> list[float]:
    """Latencies in ms of the calls that all callers finished in time."""
    from django.db import connection

    found: list[list[float]] = [[] for _ in range(callers)]
    start = threading.Barrier(callers)

    def call(mine: list[float]) -> None:
        start.wait()
        end = time.perf_counter() + seconds
        while (begin := time.perf_counter()) < end:
            send()
            mine.append((time.perf_counter() - begin) * 1000)
        connection.close()  # a thread's own; only batches open one

    threads = [threading.Thread(target=call, args=(mine,)) for mine in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [latency for mine in found for latency in mine]


def _batches_table(seconds: float) -> None:
    """One caller, BATCH events a commit."""
    from django.db import transaction

    from ledger.services import append

    def ours() -> None:
        events = [_event() for _ in range(BATCH)]
        with transaction.atomic():
            append(*events, actor_id=ELEMENT, key=str(events[0].adjustment_id))

    with _theirs(batch=BATCH) as theirs:
        print(f"\nbatches of {BATCH}, one caller")
        for name, send in (("pyeventsourcing", theirs), ("ledgerline", ours)) * 2:
            found = _measure(send, callers=1, seconds=seconds)
            print(f"{name:<18} {len(found) * BATCH / seconds:>9.0f} events/s {statistics.median(found):>8.2f} ms p50")


ELEMENT = UUID(int=1)


def _event() -> AdjustmentPosted:
    return AdjustmentPosted(
        adjustment_id=uuid7(), element_id=ELEMENT, currency="EUR", gross_minor=100, reason_hash="0" * 64
    )


def _ours() -> Callable[[], None]:
    from ledger.services import Command, submit

    def send() -> None:
        event = _event()
        submit(Command(events=(event,), actor_id=ELEMENT, key=str(event.adjustment_id)))

    return send


@contextlib.contextmanager
def _theirs(*, batch: int = 1) -> Iterator[Callable[[], None]]:
    from django.db import connection
    from eventsourcing.persistence import StoredEvent
    from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

    from ledger.domain import canonical
    from tests.helpers.database import owner_connection

    with owner_connection() as owner:  # it makes its own tables, in a schema of its own
        owner.execute("create schema if not exists eventsourcing")
        owner.execute(f'grant all on schema eventsourcing to "{connection.settings_dict["USER"]}"')
    settings = connection.settings_dict
    datastore = PostgresDatastore(
        settings["NAME"],
        settings["HOST"],
        settings["PORT"] or "5432",
        settings["USER"],
        settings["PASSWORD"],
        pool_size=max(CALLERS),
        max_overflow=4,
        max_waiting=max(CALLERS),
        schema="eventsourcing",
    )
    recorder = PostgresApplicationRecorder(datastore)
    recorder.create_table()

    def send() -> None:
        events = [_event() for _ in range(batch)]
        recorder.insert_events([StoredEvent(e.adjustment_id, 1, e.kind, canonical.encode(e.body())) for e in events])

    try:
        yield send
    finally:
        datastore.close()


# --------------------------------------------------------------------------------------------------------- verify
def _verify_table(count: int) -> None:
    from django.db import transaction

    from ledger import selectors
    from ledger.services import append, audit, checkpoints, log_keys

    print(f"\nverify of {count} events")
    number = 0
    while (missing := count - selectors.size()) > 0:
        with transaction.atomic():
            append(*(_event() for _ in range(min(missing, 1000))), actor_id=ELEMENT, key=f"fill {number}")
        number += 1
    checkpoints.checkpoint()
    keys = log_keys.public_keys()
    for name, log_only in (("the log alone", True), ("with journal and projections", False)):
        begin = time.perf_counter()
        found = audit.verify(log_only=log_only, keys=keys)
        took_s = time.perf_counter() - begin
        print(f"{name:<30} {found.size} events in {took_s:.1f} s = {found.size / took_s:.0f}/s", flush=True)
    event_ids = [record.event_id for record in selectors.newest_events(limit=200)]
    _receipts_row([event_ids[0], *event_ids])


def _receipts_row(event_ids: list[UUID]) -> None:
    from ledger.services import receipts

    took_ms = []
    for event_id in event_ids:
        begin = time.perf_counter()
        receipts.receipt(event_id)
        took_ms.append((time.perf_counter() - begin) * 1000)
    print(f"{'a receipt':<30} p50 {statistics.median(took_ms):.1f} ms, max {max(took_ms):.1f} ms")


if __name__ == "__main__":
    main()
