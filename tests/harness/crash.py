"""Kill everything, again and again, and look whether anything that was acknowledged is gone.

    python -m tests.harness.crash [--cycles 50] [--control-cycles 10] [--seconds 1.5]

A private PostgreSQL is started under the site's own supervisor. Writers (processes of several threads) submit events
and note the id and position of each answer in a file of their own. After a while the keeper, every process of the
server, and the writers are killed with SIGKILL, at no particular moment; the server is started again and looked at:

  lost     an acknowledged event that is not in the log
  gap      a position that is missing, or a journal entry or key that does not fit its event
  fork     a position that held another event in an earlier cycle, or a root that does not extend the one seen then

The control runs the same with `synchronous_commit = off`, where the database may forget what it said: if the harness
finds no loss there, it proves nothing. Exit status 1 if anything was found, or if the control found nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

ROOT = Path(__file__).resolve().parents[2]
WRITERS = 3
THREADS = 8
START_TIMEOUT_S = 120


@dataclasses.dataclass(slots=True)
class Tally:
    """What was seen over all cycles."""

    acknowledged: int = 0
    lost: int = 0
    gaps: int = 0
    forks: int = 0
    cycles_with_loss: int = 0


def main() -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=50)
    parser.add_argument("--control-cycles", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=1.5, help="how long writers write before the kill, at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        write(options.write)
        return 0
    ours = campaign(options.cycles, options.seconds, options.seed, asynchronous=False, say=print)
    control = campaign(options.control_cycles, options.seconds, options.seed, asynchronous=True, say=print)
    bad = ours.lost or ours.gaps or ours.forks
    if options.control_cycles and not control.lost:
        print("the control lost nothing: this run proves nothing")
        return 1
    return 1 if bad else 0


def campaign(cycles: int, seconds: float, seed: int, *, asynchronous: bool, say: Callable[[str], object]) -> Tally:
    """So many cycles on one cluster; the tally."""
    draw, tally = random.Random(seed), Tally()
    # Short: the path of a socket has to fit into 100 bytes. Not /tmp's own name: others may clean it.
    with tempfile.TemporaryDirectory(prefix="llcrash-") as place:
        os.chmod(place, 0o755)
        server = Cluster(Path(place))
        try:
            server.start()
            server.prepare(asynchronous=asynchronous)
            seen: list[bytes] = []
            for number in range(cycles):
                acknowledged = server.cycle(number, seconds * (0.3 + 0.7 * draw.random()))
                seen = _look(server, acknowledged, seen, tally)
                say(
                    f"  cycle {number + 1:>3}: {len(acknowledged):>6} acknowledged, {len(seen):>8} in the log, "
                    f"{tally.lost} lost, {tally.gaps} gaps, {tally.forks} forks"
                )
        finally:
            server.end()
    words = "synchronous_commit off (the control)" if asynchronous else "as it runs"
    say(
        f"{words}: {cycles} cycles, {tally.acknowledged} acknowledged, {tally.lost} lost in "
        f"{tally.cycles_with_loss} cycles, {tally.gaps} gaps, {tally.forks} forks"
    )
    return tally


class Cluster:
    """A private set of services in a folder, and the processes that write to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL")
        } | {"LEDGERLINE_VAR": str(folder), "SECRET_KEY": "for harnesses only"}

    def _manage(self, *words: str, owner: bool = False) -> str:
        environ = self.environ | ({"AS_OWNER": "1"} if owner else {})
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=environ, capture_output=True, text=True,
            timeout=START_TIMEOUT_S, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(words)}: {done.stderr}")
        return done.stdout

    def start(self) -> None:
        """Up, and kept up."""
        self._manage("services", "start")
        for line in self._manage("services", "env").splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            self.environ[name] = value.strip("'")

    def prepare(self, *, asynchronous: bool) -> None:
        """Tables; and for the control, commits that do not wait for the disk."""
        import psycopg

        self._manage("migrate", "--verbosity", "0", owner=True)
        if asynchronous:
            with psycopg.connect(self.environ["OWNER_DATABASE_URL"], autocommit=True) as connection:
                connection.execute("alter database ledgerline set synchronous_commit = off")

    def cycle(self, number: int, seconds: float) -> list[tuple[int, UUID]]:
        """Write, kill everything, start again; what was acknowledged."""
        files = [self.folder / f"acknowledged.{number}.{writer}" for writer in range(WRITERS)]
        writers = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.harness.crash", "--write", str(file)],
                cwd=ROOT, env=self.environ, stderr=subprocess.DEVNULL,
            )
            for file in files
        ]  # fmt: skip
        _wait(lambda: all(file.exists() and file.stat().st_size for file in files))
        time.sleep(seconds)
        for pid in [*self._servers(), *(writer.pid for writer in writers)]:
            _kill(pid)
        for writer in writers:
            writer.wait()
        self.start()
        return [entry for file in files for entry in _entries(file)]

    def _servers(self) -> list[int]:
        """The keeper first, so that it starts nothing anew; then the postmaster and all its processes."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().replace(b"\0", b" ")
                environ = (process / "environ").read_bytes()
            except OSError:
                continue
            mine = str(self.folder).encode()
            if mine in words or (b"LEDGERLINE_VAR=" + mine in environ and b"keeper" in words):
                found.append((b"keeper" not in words, int(process.name)))
        pids = [pid for _, pid in sorted(found) if pid != os.getpid()]
        return [*pids, *(child for pid in pids for child in _children(pid))]

    def end(self) -> None:
        """Stop everything and let the folder go."""
        try:
            self._manage("services", "stop", "--force")
        except (RuntimeError, subprocess.TimeoutExpired):
            for pid in self._servers():
                _kill(pid)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(exist_ok=True)


def _children(pid: int) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == pid:
            found.append(int(process.name))
    return found


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _wait(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not true():
        if time.monotonic() > deadline:
            raise RuntimeError("the writers did not begin to write")
        time.sleep(0.02)


# ------------------------------------------------------------------------------------------------------- writers
def write(file: Path) -> None:
    """Submit events for ever from several threads; note each answer before the next question is asked."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.config.settings")
    django.setup()
    from ledger.domain.events import AdjustmentPosted
    from ledger.domain.ids import uuid7
    from ledger.services import Command, submit

    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def go() -> None:
        while True:
            event = AdjustmentPosted(
                adjustment_id=uuid7(), element_id=UUID(int=1), currency="EUR", gross_minor=100, reason_hash="0" * 64
            )
            for record in submit(Command(events=(event,), actor_id=UUID(int=1), key=str(event.adjustment_id))):
                os.write(handle, f"{record.position} {record.event_id}\n".encode())

    threads = [threading.Thread(target=go) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _entries(file: Path) -> Iterator[tuple[int, UUID]]:
    for line in file.read_text().splitlines(keepends=True):
        if line.endswith("\n"):
            position, event_id = line.split()
            yield int(position), UUID(event_id)


# -------------------------------------------------------------------------------------------------------- checks
def _look(server: Cluster, acknowledged: list[tuple[int, UUID]], seen: list[bytes], tally: Tally) -> list[bytes]:
    """Compare the log with what was acknowledged and with what it was before; its leaf hashes."""
    import psycopg

    with psycopg.connect(server.environ["DATABASE_URL"]) as connection:
        rows = connection.execute("select position, id, leaf, leaf_hash from ledger_event order by position").fetchall()
        odd = connection.execute(
            """select (select count(*) from ledger_command) - (select count(*) from ledger_event)
                    + (select count(*) from ledger_event e
                        where (select coalesce(sum(amount_micro), 1) from ledger_posting p
                                where p.position = e.position) <> 0)"""
        ).fetchone()
    from ledger.domain import merkle

    at = {event_id: position for position, event_id, _, _ in rows}
    lost = [entry for entry in acknowledged if at.get(entry[1]) != entry[0]]
    hashes = [bytes(leaf_hash) for _, _, _, leaf_hash in rows]
    tally.acknowledged += len(acknowledged)
    tally.lost += len(lost)
    tally.cycles_with_loss += bool(lost)
    tally.gaps += sum(position != place for place, (position, *_) in enumerate(rows)) + abs(odd[0] if odd else 1)
    tally.forks += sum(merkle.hash_leaf(bytes(leaf)) != bytes(leaf_hash) for _, _, leaf, leaf_hash in rows)
    tally.forks += hashes[: len(seen)] != seen or merkle.root_of(hashes[: len(seen)]) != merkle.root_of(seen)
    return hashes


if __name__ == "__main__":
    sys.exit(main())
