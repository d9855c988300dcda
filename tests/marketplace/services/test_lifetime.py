"""How long the services live, and what survives whom."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from marketplace.config.services import supervisor
from marketplace.config.services.places import Desk
from tests.marketplace.services.helpers import alive, answers, pids, user_of_services, wait_until

pytestmark = pytest.mark.slow  # servers start and stop in every test


def test_services_start_with_the_first_user_and_stop_with_the_last(used_desk: Desk):
    with supervisor.session(used_desk) as environment:
        assert answers(environment)
        running = pids(used_desk)

        second = supervisor.Session(used_desk)
        second.enter()
        assert pids(used_desk) == running

    assert pids(used_desk) == running  # the second still uses them
    second.leave()
    assert not any(alive(pid) for pid in running.values())
    assert not supervisor.status(used_desk).running


def test_a_second_start_is_quick_and_finds_what_the_first_one_kept(used_desk: Desk):
    with supervisor.session(used_desk) as environment, psycopg.connect(environment["OWNER_DATABASE_URL"]) as owner:
        owner.execute("CREATE TABLE kept (word text)")
        owner.execute("INSERT INTO kept VALUES ('still here')")

    began = time.monotonic()
    with supervisor.session(used_desk) as environment:
        elapsed_s = time.monotonic() - began
        with psycopg.connect(environment["OWNER_DATABASE_URL"]) as owner:
            assert owner.execute("SELECT word FROM kept").fetchall() == [("still here",)]
    assert elapsed_s < 5


@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_a_killed_server_is_back_within_five_seconds(used_desk: Desk, name: str):
    with supervisor.session(used_desk) as environment:
        # Given a session in the middle of work, which outlives its postmaster for a moment
        open_session = psycopg.connect(environment["OWNER_DATABASE_URL"])
        open_session.execute("SELECT 1")
        before = pids(used_desk)[name]

        os.kill(before, signal.SIGKILL)

        wait_until(lambda: pids(used_desk)[name] not in (None, before), timeout_s=5)
        open_session.close()
        assert wait_until(lambda: answers(environment), timeout_s=5) < 5
        assert supervisor.status(used_desk).servers[name]["starts"] == 2


def test_a_server_that_is_killed_while_it_computes_is_back_within_five_seconds(used_desk: Desk):
    with supervisor.session(used_desk) as environment:
        busy = subprocess.Popen(  # a backend in a long computation does not notice that its postmaster is gone
            [sys.executable, "-c", BUSY, environment["OWNER_DATABASE_URL"]], stderr=subprocess.DEVNULL
        )
        wait_until(lambda: _busy(environment), timeout_s=10)
        before = pids(used_desk)["postgres"]

        os.kill(before, signal.SIGKILL)

        wait_until(lambda: pids(used_desk)["postgres"] not in (None, before) and answers(environment), timeout_s=5)
        busy.communicate(timeout=10)


BUSY = """
import psycopg, sys
with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    connection.execute("SET application_name = 'busy'")
    connection.execute("SELECT count(*) FROM generate_series(1, 1000000000000) AS n WHERE n % 7 = 8")
"""


def _busy(environment: dict[str, str]) -> bool:
    question = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'busy' AND state = 'active'"
    with psycopg.connect(environment["OWNER_DATABASE_URL"]) as owner:
        row = owner.execute(question).fetchone()
    return row is not None and row[0] == 1


def test_a_killed_keeper_takes_both_servers_with_it_and_the_next_user_starts_afresh(used_desk: Desk):
    with supervisor.session(used_desk):
        before = pids(used_desk)

        os.kill(before["keeper"], signal.SIGKILL)

        wait_until(lambda: not any(alive(pid) for pid in before.values()), timeout_s=10)
        with supervisor.session(used_desk) as environment:
            assert answers(environment)
            assert not set(before.values()) & set(pids(used_desk).values())


def test_a_start_right_after_the_keeper_was_killed_waits_for_the_old_servers(used_desk: Desk):
    mine = supervisor.Session(used_desk)
    environment = mine.enter()
    for _ in range(3):
        keeper = pids(used_desk)["keeper"]
        os.kill(keeper, signal.SIGKILL)
        wait_until(lambda: not alive(keeper), timeout_s=5)  # noqa: B023
        mine.enter()
        assert answers(environment)
    mine.leave()


def test_a_killed_last_user_leaves_nothing_running(used_desk: Desk):
    user = user_of_services(used_desk)
    running = pids(used_desk)

    user.kill()
    user.communicate()

    wait_until(lambda: not any(alive(pid) for pid in running.values()), timeout_s=10)


def test_pinned_services_stay_without_users_until_they_are_stopped(used_desk: Desk):
    supervisor.pin(used_desk)
    running = pids(used_desk)
    time.sleep(1.5)  # longer than the keeper waits between two looks for users
    with supervisor.session(used_desk):
        assert pids(used_desk) == running
    assert pids(used_desk) == running

    assert supervisor.stop(used_desk)

    assert not any(alive(pid) for pid in running.values())


def test_stop_leaves_services_to_those_who_use_them_unless_forced(used_desk: Desk):
    user = user_of_services(used_desk)
    try:
        assert not supervisor.stop(used_desk)
        assert supervisor.status(used_desk).running

        assert supervisor.stop(used_desk, force=True)
        assert not supervisor.status(used_desk).running
    finally:
        user.kill()
        user.communicate()


def test_a_pin_of_an_earlier_boot_counts_no_more(used_desk: Desk):
    supervisor.pin(used_desk)
    supervisor.stop(used_desk)
    used_desk.pin.write_text("another boot")

    with supervisor.session(used_desk):
        running = pids(used_desk)

    assert not any(alive(pid) for pid in running.values())


def test_the_pid_file_of_an_earlier_boot_does_not_stop_a_start(used_desk: Desk):
    with supervisor.session(used_desk):
        home = Path(supervisor.status(used_desk).home)
        account_uid = (home / "postgres").stat().st_uid
    # A number that now belongs to another living process of the same account
    sleeper = subprocess.Popen(["sleep", "60"], user=account_uid if os.geteuid() == 0 else None)
    try:
        pid_file = home / "postgres" / "data" / "postmaster.pid"
        pid_file.write_text(f"{sleeper.pid}\n{pid_file.parent}\n0\n5432\n{home}/run\n\n0 0\nready   \n")
        os.chown(pid_file, account_uid, -1)

        with supervisor.session(used_desk) as environment:
            assert answers(environment)
            assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()
