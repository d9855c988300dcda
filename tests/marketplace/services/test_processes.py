"""The manager of the site's processes: readable words, rebirth, a clean end."""

import asyncio
import io
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from marketplace.config import environment as env
from marketplace.config.services.processes import Follower, Manager, Program, Words, site_programs
from marketplace.management.commands.up import require_free
from tests.marketplace.services.helpers import alive, wait_until

TALKER = "import time; print('hello'); print('world'); time.sleep(60)"


def _manager(*programs: Program) -> tuple[Manager, io.StringIO]:
    out = io.StringIO()
    return Manager(programs, words=Words(out, [program.name for program in programs])), out


def _python(name: str, code: str) -> Program:
    return Program(name=name, command=(sys.executable, "-c", code))


async def _until(out: io.StringIO, pattern: str, *, times: int = 1) -> list[str]:
    async with asyncio.timeout(20):
        while len(found := re.findall(pattern, out.getvalue(), re.MULTILINE)) < times:
            await asyncio.sleep(0.02)
    return list(found)


async def test_every_line_stands_under_the_name_of_who_said_it():
    manager, out = _manager(_python("web", TALKER), _python("worker", TALKER))
    running = asyncio.create_task(manager.run())

    await _until(out, "world", times=2)
    manager.stop()
    await running

    assert sorted(out.getvalue().splitlines()) == [
        "web    | hello",
        "web    | world",
        "worker | hello",
        "worker | world",
    ]


async def test_a_killed_process_starts_again():
    manager, out = _manager(_python("web", "import os, time; print('pid', os.getpid()); time.sleep(60)"))
    running = asyncio.create_task(manager.run())
    [pid] = await _until(out, r"pid (\d+)")

    os.kill(int(pid), signal.SIGKILL)

    pids = await _until(out, r"pid (\d+)", times=2)
    assert "web | ended with SIGKILL; starts again" in out.getvalue()
    manager.stop()
    await running
    assert not any(alive(int(pid)) for pid in pids)


async def test_stop_takes_the_children_of_a_process_with_it():
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print('child', child.pid); time.sleep(60)"
    )
    manager, out = _manager(_python("worker", code))
    running = asyncio.create_task(manager.run())
    [child] = await _until(out, r"child (\d+)")

    manager.stop()
    await running

    await asyncio.to_thread(wait_until, lambda: not alive(int(child)), timeout_s=5)


def test_a_killed_manager_leaves_no_process_behind():
    code = (
        "import asyncio, sys\n"
        "from marketplace.config.services.processes import Manager, Program, Words\n"
        "code = \"import os, time; print('pid', os.getpid()); time.sleep(60)\"\n"
        "programs = [Program(name=name, command=(sys.executable, '-c', code)) for name in ('web', 'beat')]\n"
        "asyncio.run(Manager(programs, words=Words(sys.stdout, ['web', 'beat'])).run())"
    )
    manager = subprocess.Popen([sys.executable, "-c", code], cwd=env.BASE_DIR, stdout=subprocess.PIPE, text=True)
    assert manager.stdout is not None
    pids = [int(manager.stdout.readline().rsplit(maxsplit=1)[1]) for _ in range(2)]

    manager.kill()
    manager.communicate()

    wait_until(lambda: not any(alive(pid) for pid in pids), timeout_s=5)


def test_a_log_is_followed_from_its_end_and_over_a_new_beginning(tmp_path: Path):
    log, out = tmp_path / "postgres.log", io.StringIO()
    log.write_text("long ago, in a line longer than any below\n")
    follower = Follower("postgres", log, words=Words(out, ["postgres"]))

    with log.open("a") as file:
        file.write("one\ntwo, and half of thr")
    follower.look()
    with log.open("a") as file:
        file.write("ee\n")
    follower.look()
    log.write_text("anew\n")
    follower.look()

    said = ["postgres | one", "postgres | two, and half of three", "postgres | anew"]
    assert out.getvalue().splitlines() == said


def test_a_port_in_use_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(CommandError, match=f"port {port} is in use by another program"):
            require_free(port)


def test_the_payment_sandbox_runs_only_where_no_real_key_is_set(tmp_path: Path):
    def names(*, sandbox: bool) -> list[str]:
        return [program.name for program in site_programs(port=8000, var=tmp_path, sandbox=sandbox)]

    assert names(sandbox=True) == ["web", "worker", "beat", "sandbox"]
    assert names(sandbox=False) == ["web", "worker", "beat"]
