"""The writing thread: it outlives the database's connections, a fork, and commands that fail."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger import feed
from ledger.domain.events import PartyRegistered
from ledger.domain.ids import uuid7
from ledger.models import EventRow
from ledger.services import Command, sequencer, submit

ACTOR = uuid7()

pytestmark = pytest.mark.django_db(transaction=True)


def command(key):
    event = PartyRegistered(party_id=uuid7(), party_kind="person", claimed=True)
    return Command(events=(event,), actor_id=ACTOR, key=key)


def test_a_lost_connection_is_replaced_and_nothing_is_written_twice():
    submit(command("before"))

    end_site_connections()
    (record,) = submit(command("after"))

    assert record.position == 1
    assert EventRow.objects.count() == 2


def end_site_connections():
    """As the site's role itself: a role may end its own connections."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid() and usename = current_user"
        )


def test_connections_that_die_under_load_lose_nothing_and_repeat_nothing():
    keys = [f"key {n}" for n in range(300)]
    over = threading.Event()

    def trouble():
        from django.db import connection

        while not over.wait(0.1):
            end_site_connections()
        connection.close()

    killer = threading.Thread(target=trouble)
    killer.start()
    try:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda key: submit(command(key)), keys))
    finally:
        over.set()
        killer.join()

    assert sorted(answer[0].position for answer in answers) == list(range(300))
    assert EventRow.objects.count() == 300


def test_a_forked_child_has_a_sequencer_of_its_own():
    submit(command("parent"))

    child = os.fork()
    if child == 0:
        status = 1
        try:
            from django.db import connections

            # The child must not use the parent's socket, nor end its session by closing it.
            connections["default"].connection = None
            submit(command("child"))
            sequencer.stop()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert submit(command("again"))[0].position == 2


def test_tailing_readers_see_every_event_once_and_in_order():
    over = threading.Event()
    seen: list[int] = []

    def follow():
        from django.db import connection, transaction

        last = False
        while not last:
            last = over.is_set()
            with transaction.atomic():
                records = feed.read(subscriber="tail", limit=50)
                if records:
                    feed.commit("tail", records[-1].position)
            seen.extend(record.position for record in records)
            last = last and not records
            time.sleep(0.001)
        connection.close()

    reader = threading.Thread(target=follow)
    reader.start()
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: submit(command(f"key {n}")), range(300)))
    finally:
        over.set()
        reader.join()

    assert seen == list(range(300))
