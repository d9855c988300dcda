"""Does a reader that tails the log ever miss an event? Writers, rollbacks at random, readers, a million events.

    python -m tests.harness.tail [--events 1000000] [--writers 32] [--readers 3]

Writers are threads: most submit to the sequencer, some append in transactions of their own and roll every third back
after a while, so that numbers could be left out if they were given out early. Readers are processes that ask for what
lies after the last position they saw, as the feed does. In the end each reader must have seen every event once, in
order. As a control, `--naive` reads a table numbered by a sequence in the same way, which must miss some.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from tests.harness import setting

DATABASE = "harness_ledgerline_tail"
APPENDING = 4
"""Every so many-th writer appends in a transaction of its own, with others' rows in between."""


class RolledBackError(Exception):
    """On purpose."""


def main() -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--writers", type=int, default=32)
    parser.add_argument("--readers", type=int, default=3)
    parser.add_argument("--naive-rows", type=int, default=20_000, help="size of the control; 0: leave it out")
    options = parser.parse_args()
    setting.set_up()
    with setting.database(DATABASE):
        missed = run(events=options.events, writers=options.writers, readers=options.readers, say=print)
        naive = naive_control(options.naive_rows, writers=8) if options.naive_rows else 1
    print(f"the control, a table numbered by a sequence: {naive} of {options.naive_rows} rows missed")
    if not naive:
        print("the control missed nothing: this run proves nothing")
    return 1 if missed or not naive else 0


def run(*, events: int, writers: int, readers: int, say: Callable[[str], Any]) -> int:
    """Write and read at once; how many events any reader missed, saw twice or saw out of order."""
    from django.db import connection

    context = multiprocessing.get_context("spawn")
    settings = {name: connection.settings_dict[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    stop, answers = context.Event(), context.Queue()
    tailing = [
        context.Process(target=tail, args=(settings, stop, answers, batch)) for batch in (100, 500, 1000)[:readers]
    ]
    for reader in tailing:
        reader.start()
    began = time.perf_counter()
    rolled_back = write(events, writers)
    took_s = time.perf_counter() - began
    stop.set()
    found = [answers.get(timeout=600) for _ in tailing]
    for reader in tailing:
        reader.join()
    size = _size()
    say(f"{size} events by {writers} writers in {took_s:.0f} s, {rolled_back} rolled back")
    missed = 0
    for batch, seen, odd in found:
        missed += size - seen + odd
        say(f"  a reader of batches of {batch}: {seen} seen, {size - seen} missed, {odd} out of order")
    return missed


def write(events: int, writers: int) -> int:
    """Every writer its part; how many transactions were rolled back."""
    from django.db import connection, transaction

    from ledger.domain.events import AdjustmentPosted
    from ledger.domain.ids import uuid7
    from ledger.services import Command, append, submit

    left, rolled_back, lock = [events], [0], threading.Lock()

    def take(count: int) -> int:
        with lock:
            taken = min(count, left[0])
            left[0] -= taken
            return taken

    def event() -> AdjustmentPosted:
        return AdjustmentPosted(
            adjustment_id=uuid7(), element_id=UUID(int=1), currency="EUR", gross_minor=100, reason_hash="0" * 64
        )

    def submitting() -> None:
        while count := take(5):
            events = tuple(event() for _ in range(count))
            submit(Command(events=events, actor_id=UUID(int=1), key=str(events[0].adjustment_id)))

    def appending(seed: int) -> None:
        draw = random.Random(seed)
        while count := take(20):
            events = [event() for _ in range(count)]
            while True:
                try:
                    with transaction.atomic():
                        append(*events, actor_id=UUID(int=1), key=str(events[0].adjustment_id))
                        time.sleep(draw.random() * 0.002)
                        if draw.random() < 1 / 3:
                            raise RolledBackError
                    break
                except RolledBackError:
                    with lock:
                        rolled_back[0] += 1
        connection.close()

    threads = [
        threading.Thread(target=appending, args=(number,)) if number % APPENDING == 0
        else threading.Thread(target=submitting)
        for number in range(writers)
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return rolled_back[0]


def tail(settings: dict[str, Any], stop: Any, answers: Any, batch: int) -> None:
    """Read what lies after the last position, until the writers are done and nothing is left."""
    import django

    django.setup()
    from django.db import connection

    connection.settings_dict.update(settings)
    last, seen, odd = -1, 0, 0
    while True:
        ended = stop.is_set()
        with connection.cursor() as cursor:
            cursor.execute(
                "select position from ledger_event where position > %s order by position limit %s", [last, batch]
            )
            rows = cursor.fetchall()
        for (position,) in rows:
            odd += position != last + 1
            last, seen = position, seen + 1
        if not rows:
            if ended:
                break
            time.sleep(0.001)
    answers.put((batch, seen, odd))


def _size() -> int:
    from ledger import selectors

    return selectors.size()


def naive_control(rows: int, *, writers: int) -> int:
    """The same reader on a table numbered by a sequence: how many rows it misses."""
    from django.db import connection, transaction

    from tests.helpers.database import owner_connection

    with owner_connection() as owner:
        owner.execute("create table naive (seq bigserial primary key, body text)")
        owner.execute(f'grant all on naive, naive_seq_seq to "{connection.settings_dict["USER"]}"')
    done = threading.Event()
    seen = [0]

    def reading() -> None:
        last = 0
        while True:
            ended = done.is_set()
            with connection.cursor() as cursor:
                cursor.execute("select seq from naive where seq > %s order by seq limit 1000", [last])
                found = cursor.fetchall()
            if found:
                last, seen[0] = found[-1][0], seen[0] + len(found)
            elif ended:
                break
        connection.close()

    def writing() -> None:
        for _ in range(rows // writers):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("insert into naive (body) values ('x')")
        connection.close()

    reader = threading.Thread(target=reading)
    reader.start()
    threads = [threading.Thread(target=writing) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    reader.join()
    return rows // writers * writers - seen[0]


if __name__ == "__main__":
    sys.exit(main())
