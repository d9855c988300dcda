"""The two doors of the log."""

from __future__ import annotations

import datetime as dt
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from ledger import feed, selectors
from ledger.domain.errors import KeyReusedError
from ledger.domain.events import PartyRegistered
from ledger.domain.ids import uuid7
from ledger.models import EventRow, Party
from ledger.services import Command, append, clock, recorded, submit
from ledger.services.append import NotAtomicError

ACTOR = uuid7()


def registered() -> PartyRegistered:
    return PartyRegistered(party_id=uuid7(), party_kind="person", claimed=True)


@pytest.mark.django_db
def test_positions_start_at_zero_and_have_no_gap():
    first = append(registered(), registered(), actor_id=ACTOR, key="a")
    second = append(registered(), actor_id=ACTOR, key="b")

    assert [record.position for record in first + second] == [0, 1, 2]
    assert first[0].at <= first[1].at <= second[0].at


@pytest.mark.django_db
def test_the_same_key_twice_gives_the_first_answer():
    event = registered()

    first = append(event, actor_id=ACTOR, key="a")
    again = append(event, actor_id=ACTOR, key="a")

    assert [r.event_id for r in again] == [r.event_id for r in first]
    assert again[0].replayed
    assert not first[0].replayed
    assert again[0].event == event
    assert EventRow.objects.count() == 1
    assert recorded("a")[0].event == event
    assert recorded("never") == []


@pytest.mark.django_db
def test_a_key_used_for_another_command_is_refused():
    append(registered(), actor_id=ACTOR, key="a")

    with pytest.raises(KeyReusedError):
        append(registered(), actor_id=ACTOR, key="a")


@pytest.mark.django_db(transaction=True)
def test_append_outside_a_transaction_and_submit_inside_one_are_mistakes():
    with pytest.raises(NotAtomicError):
        append(registered(), actor_id=ACTOR, key="a")
    with transaction.atomic(), pytest.raises(NotAtomicError):
        submit(Command(events=(registered(),), actor_id=ACTOR, key="a"))


@pytest.mark.django_db(transaction=True)
def test_an_append_that_rolls_back_leaves_no_gap():
    def write_and_fail():
        with transaction.atomic():
            append(registered(), actor_id=ACTOR, key="a")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()

    with transaction.atomic():
        (record,) = append(registered(), actor_id=ACTOR, key="b")

    assert record.position == 0
    assert Party.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_threads_write_one_gapless_log_and_each_gets_its_own_answer():
    events = {f"key {n}": registered() for n in range(200)}

    with ThreadPoolExecutor(16) as pool:
        answers = dict(
            zip(
                events,
                pool.map(lambda key: submit(Command(events=(events[key],), actor_id=ACTOR, key=key)), events),
                strict=True,
            )
        )

    assert {key: answer[0].event for key, answer in answers.items()} == events
    assert list(EventRow.objects.order_by("position").values_list("position", flat=True)) == list(range(200))
    assert Party.objects.count() == 200
    assert [record.position for record in feed.read(subscriber="test")] == list(range(200))


@pytest.mark.django_db(transaction=True)
def test_a_command_that_fails_fails_alone():
    class Refused(Exception):
        pass

    def write(records):
        if records[0].key.endswith("3"):
            raise Refused
        with connection.cursor() as cursor:
            cursor.execute("insert into ledger_feed_cursor values (%s, %s)", [records[0].key, records[0].position])

    def send(n):
        try:
            return submit(
                Command(events=(registered(),), actor_id=ACTOR, key=f"key {n}", write=write if n % 2 else None)
            )
        except Refused:
            return None

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(send, range(60)))

    assert [n for n, answer in enumerate(answers) if answer is None] == [3, 13, 23, 33, 43, 53]
    positions = sorted(answer[0].position for answer in answers if answer)
    assert positions == list(range(54))
    for n, answer in enumerate(answers):
        if answer and n % 2:
            assert feed.position(f"key {n}") == answer[0].position


@pytest.mark.django_db(transaction=True)
def test_threads_that_race_with_one_key_write_once():
    event = registered()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: submit(Command(events=(event,), actor_id=ACTOR, key="one")), range(32)))

    assert {answer[0].event_id for answer in answers} == {answers[0][0].event_id}
    assert sum(not answer[0].replayed for answer in answers) == 1
    assert EventRow.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_wait_for_each_other_and_get_the_next_positions():
    begun, numbers = threading.Event(), []

    def slow():
        with transaction.atomic():
            numbers.append(append(registered(), actor_id=ACTOR, key="slow")[0].position)
            begun.set()
            time.sleep(0.3)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert begun.wait(10)
    with transaction.atomic():
        numbers.append(append(registered(), actor_id=ACTOR, key="quick")[0].position)
    thread.join()

    assert numbers == [0, 1]
    assert selectors.size() == 2


@pytest.mark.django_db
def test_time_never_runs_backwards_whatever_the_clock_says():
    later = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    with clock.at(later):
        first = append(registered(), actor_id=ACTOR, key="first")
    with clock.at(later - dt.timedelta(hours=1)):
        second = append(registered(), actor_id=ACTOR, key="second")
        third = submit(Command(events=(registered(),), actor_id=ACTOR, key="third"))

    assert [record.at for record in (*first, *second, *third)] == [later] * 3
