"""`manage.py up`: the whole site on this machine, until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import socket
import sys
import urllib.error
import urllib.request
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db.migrations.loader import MigrationLoader

from marketplace.config import environment as env
from marketplace.config.services import supervisor
from marketplace.config.services.errors import ServicesError
from marketplace.config.services.places import Desk
from marketplace.config.services.processes import Follower, Manager, Program, Words, site_programs

READY_TIMEOUT_S = 60.0
WATCH_S = 0.3
MANAGE = (sys.executable, str(env.BASE_DIR / "manage.py"))


class Command(BaseCommand):
    """Bring the database up to date, start every process, load the demo, say where everything is."""

    help = "Runs the whole site on this machine: services, web, worker, clock, payment sandbox."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where, and with what in it."""
        parser.add_argument("--port", type=int, default=int(env.text("PORT", "8000")))
        parser.add_argument("--no-demo", action="store_true", help="leave the shop as it is")

    def handle(self, *, port: int, no_demo: bool, **_options: Any) -> None:
        """Run until Ctrl-C or SIGTERM."""
        sandbox = not env.text("STRIPE_SECRET_KEY")
        for wanted in (port, port + 1) if sandbox else (port,):
            require_free(wanted)
        os.environ["PORT"] = str(port)  # for the children: addresses in pages and mails
        for folder in ("beat", "keys", "sandbox"):
            (settings.VAR_DIR / folder).mkdir(parents=True, exist_ok=True)
        programs = site_programs(port=port, var=settings.VAR_DIR, sandbox=sandbox)
        names = [program.name for program in programs]
        words = Words(sys.stdout, ["site", *names, "postgres", "valkey", "migrate", "demo"])
        site = Site(port=port, words=words, programs=programs, demo=not no_demo)
        asyncio.run(site.run())
        if site.failed:
            raise CommandError(site.failed)


class Site:
    """One run of the site, from an empty or old database to the last process's end."""

    def __init__(self, *, port: int, words: Words, programs: list[Program], demo: bool) -> None:
        self.port, self.words, self.demo = port, words, demo
        self.manager = Manager(programs, words=words)
        self.failed = ""
        # Only services that this command's guard started are its to watch; with URLs given, others watch theirs.
        self.desk = Desk.default()
        self.embedded = supervisor.status(self.desk).environment.get("DATABASE_URL") == os.environ["DATABASE_URL"]

    async def run(self) -> None:
        """Everything, in order."""
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(signum, self._asked_to_stop)
        if not await self._prepare():
            return
        others = [asyncio.create_task(self._open()), asyncio.create_task(self._watch_services())]
        await self.manager.run()
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        self.words.say("site", "stopped")

    def _asked_to_stop(self) -> None:
        if not self.manager.stopping.is_set():
            self.words.say("site", "stopping")
            self.manager.stop()

    async def _prepare(self) -> bool:
        if await asyncio.to_thread(migrations_missing):
            command = (*MANAGE, "migrate", "--no-input", "--verbosity", "1")
            code = await self.manager.once(Program(name="migrate", command=command, environment={"AS_OWNER": "1"}))
            if code and not self.manager.stopping.is_set():
                self.failed = "the database could not be brought up to date; the lines above say why"
        if not self.failed and static_files_stale():
            await asyncio.to_thread(call_command, "collectstatic", interactive=False, verbosity=0)
        # Before the others start: the demo dates its events, and what a worker wrote meanwhile would lie after them.
        if self.demo and not self.failed and await asyncio.to_thread(log_is_empty):
            self.words.say("site", "filling the shop with the demo, once; it takes about a minute")
            code = await self.manager.once(Program(name="demo", command=(*MANAGE, "demo")))
            if code and not self.manager.stopping.is_set():
                self.words.say("site", "the demo did not load; the lines above say why")
        return not self.failed and not self.manager.stopping.is_set()

    async def _open(self) -> None:
        """Wait for the first page, tell the people where it is."""
        deadline = asyncio.get_running_loop().time() + READY_TIMEOUT_S
        while not await asyncio.to_thread(self._answers):
            if asyncio.get_running_loop().time() > deadline:
                self.words.say("site", f"no answer after {READY_TIMEOUT_S:.0f} s; the lines above may say why")
                return
            await asyncio.sleep(0.1)
        self._tell()

    def _answers(self) -> bool:
        url = f"http://127.0.0.1:{self.port}/healthz/"
        with contextlib.suppress(OSError, urllib.error.URLError), urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
        return False

    def _tell(self) -> None:
        lines = ["", f"The site      http://127.0.0.1:{self.port}/"]
        if any(program.name == "sandbox" for program in self.manager.programs):
            lines.append(f"Card sandbox  http://127.0.0.1:{self.port + 1}/control")
        if not env.text("EMAIL_HOST"):
            lines.append(f"Mail          http://127.0.0.1:{self.port}/mail/")
        logins = Path(settings.VAR_DIR) / "demo" / "logins.txt"
        if logins.exists():
            lines += ["", *logins.read_text().splitlines()]
        lines += ["", "Ctrl-C stops everything."]
        for line in lines:
            self.words.say("site", line)

    async def _watch_services(self) -> None:
        """Pass on the servers' words, and start a new keeper should the old one have been killed."""
        if not self.embedded:
            return
        followers = [
            Follower(name, self.desk.logs / f"{name}.log", words=self.words) for name in ("postgres", "valkey")
        ]
        session = supervisor.Session(self.desk)
        try:
            while True:
                for follower in followers:
                    follower.look()
                if not supervisor.status(self.desk).running:
                    with contextlib.suppress(ServicesError):  # it is in the log, and the next look tries again
                        await asyncio.to_thread(session.enter)
                await asyncio.sleep(WATCH_S)
        finally:
            session.leave()


def require_free(port: int) -> None:
    """Refuse to start where another program listens already.

    Raises
    ------
    CommandError
        Naming the port.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            why = "is in use by another program" if error.errno == errno.EADDRINUSE else f"cannot be used: {error}"
            raise CommandError(f"port {port} {why}; choose another: make run PORT={port + 100}") from error


def migrations_missing() -> bool:
    """Whether the files hold a migration that the database has not seen. Asked as the owner, whose table it is."""
    on_disk = set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
    try:
        with psycopg.connect(settings.OWNER_DATABASE_URL) as owner:
            seen = set(owner.execute("SELECT app, name FROM django_migrations").fetchall())
    except psycopg.errors.UndefinedTable:
        return True
    return not on_disk <= seen


def log_is_empty() -> bool:
    """Whether nothing ever happened here."""
    with psycopg.connect(settings.OWNER_DATABASE_URL) as owner:
        return owner.execute("SELECT 1 FROM ledger_event LIMIT 1").fetchone() is None


def static_files_stale() -> bool:
    """Whether the front end was built since its files were last collected."""
    manifest, root = Path(str(settings.DJANGO_VITE["default"]["manifest_path"])), Path(settings.STATIC_ROOT)
    if not root.exists():
        return True
    return manifest.exists() and manifest.stat().st_mtime > root.stat().st_mtime
