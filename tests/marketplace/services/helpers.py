"""Small questions that the tests of the services ask."""

import os
import subprocess
import sys
import time
from collections.abc import Callable

import psycopg
import redis

from marketplace.config import environment as env
from marketplace.config.services import supervisor
from marketplace.config.services.places import Desk

HOLD = """
import sys, time
from pathlib import Path
from marketplace.config.services import supervisor
from marketplace.config.services.places import Desk
with supervisor.session(Desk(Path(sys.argv[1]))):
    print("in", flush=True)
    time.sleep(60)
"""


def wait_until(true: Callable[[], bool], *, timeout_s: float) -> float:
    """Seconds until `true()`, or an assertion after `timeout_s`."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < timeout_s, f"still not so after {timeout_s} s"
        time.sleep(0.02)
    return time.monotonic() - began


def alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def pids(desk: Desk) -> dict[str, int]:
    """The process ids of the keeper and both servers."""
    status = supervisor.status(desk)
    assert status.keeper_pid is not None
    return {"keeper": status.keeper_pid, **{name: server["pid"] for name, server in status.servers.items()}}


def answers(environment: dict[str, str]) -> bool:
    """Whether the database and the queue both answer."""
    try:
        with psycopg.connect(environment["DATABASE_URL"], connect_timeout=2) as connection:
            connection.execute("SELECT 1")
        with redis.Redis.from_url(environment["REDIS_URL"]) as queue:
            return bool(queue.ping())
    except (psycopg.OperationalError, redis.RedisError, OSError):
        return False


def user_of_services(desk: Desk) -> subprocess.Popen[str]:
    """Another process that holds the services until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(desk.var)], cwd=env.BASE_DIR, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "in\n"
    return process


def uid_of(pid: int) -> int:
    """The user that runs the process."""
    return os.stat(f"/proc/{pid}").st_uid
