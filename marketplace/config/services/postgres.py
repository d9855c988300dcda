"""PostgreSQL, embedded: a private cluster with three roles, one database and two extensions."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

from marketplace.config import environment as env

from .errors import ServicesError
from .places import POSTGRES_SOCKET
from .server import Server

DATABASE = "ledgerline"
SUPERUSER = "postgres"
OWNER = "ledgerline_owner"  # makes tables and test databases
SITE = "ledgerline"  # what the site runs as: it may insert facts and never change them
EXTENSIONS = ("vector", "pg_trgm")

# Modest: the site, its workers and a test run share one machine with whatever else it does.
CONFIGURATION = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "1GB",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
    "cluster_name": "ledgerline",
}
# The first error ends it, and what it prints of an error never holds the statement, which may hold a password.
SINGLE_USER = ("-c", "exit_on_error=true", "-c", "log_min_error_statement=panic")


def durable() -> bool:
    """Whether data must survive a crash of the machine. Tests of the supervisor itself say no: theirs live a second."""
    return env.flag("LEDGERLINE_SERVICES_DURABLE", default=True)


class Postgres(Server):
    """The database server."""

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast": ends sessions, writes a checkpoint

    @property
    def data(self) -> Path:
        """The cluster lies one folder below the account's, so that it appears there complete or not at all."""
        return self.place.postgres_data / "data"

    @property
    def _pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def url(self, role: str, password: str, database: str = DATABASE) -> str:
        """A libpq URL through the socket."""
        return f"postgresql://{role}:{password}@/{database}?host={quote(str(self.place.sockets))}"

    def command(self) -> list[str]:
        """The server with our settings; nothing is written into the cluster's own configuration."""
        settings = {**CONFIGURATION, "unix_socket_directories": str(self.place.sockets)}
        if not durable():
            settings |= {"fsync": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.place.postgres_bin / "postgres"), "-D", str(self.data), *options]

    def prepare(self) -> None:
        """Make the cluster on the first start, bring roles and passwords in line, prune what a crash left."""
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        # The lock says that no server runs on this data, so a pid file is a leftover: of a kill -9, or of a boot
        # since which its number may have gone to another process (then the server would refuse to start).
        with self.place.account.acting():
            self._pid_file.unlink(missing_ok=True)
            (self.place.sockets / f"{POSTGRES_SOCKET}.lock").unlink(missing_ok=True)
        mark = self._mark()
        if not mark.exists() or mark.read_text() != self._wanted_mark():
            self._provision()
            mark.write_text(self._wanted_mark())

    def ready(self) -> bool:
        """What `pg_ctl -w` looks at: the last line of the pid file, written by the process that was started."""
        with contextlib.suppress(OSError):
            lines = self._pid_file.read_text().splitlines()
            return (
                self.process is not None
                and len(lines) >= 8
                and (lines[0] == str(self.process.pid) and lines[7].strip() == "ready")
            )
        return False

    def _mark(self) -> Path:
        return self.desk.folder / "postgres.provisioned"

    def _wanted_mark(self) -> str:
        """Changes with the passwords, the steps below or the cluster, and then the steps run again."""
        made_ns = (self.data / "PG_VERSION").stat().st_mtime_ns
        text = "\n".join((*self._steps(), str(made_ns)))
        return hashlib.sha256(text.encode()).hexdigest()

    def _initialise(self) -> None:
        draft = self.place.postgres_data / f"draft-{os.getpid()}"
        password = self.place.postgres_data / "password"
        with self.place.account.acting():
            for left in self.place.postgres_data.glob("draft-*"):
                shutil.rmtree(left)
            # initdb opens the password's file itself; it lies in a folder that only the account may enter.
            password.write_text(self.secrets.superuser)
        command = [
            *(str(self.place.postgres_bin / "initdb"), "-D", str(draft), "-U", SUPERUSER, f"--pwfile={password}"),
            *("--auth=scram-sha-256", "-E", "UTF8", "--locale=C", "--locale-provider=builtin"),
            *("--builtin-locale=C.UTF-8", "--no-instructions"),
            *(() if durable() else ("--no-sync",)),
        ]
        done = self._run(command)
        with self.place.account.acting():
            password.unlink()
        if done.returncode != 0:
            raise ServicesError(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")
        with self.place.account.acting():
            draft.rename(self.data)

    def _steps(self) -> tuple[str, ...]:
        """One statement a line, each safe to repeat. The passwords are URL-safe text: no quote can be in them."""
        roles = [(SUPERUSER, self.secrets.superuser, "SUPERUSER"), (OWNER, self.secrets.owner, "CREATEDB")]
        roles.append((SITE, self.secrets.site, "NOCREATEDB"))
        return (
            *(
                f"DO $$ BEGIN IF to_regrole('{role}') IS NULL THEN CREATE ROLE {role}; END IF; END $$"
                for role, _, _ in roles
            ),
            *(f"ALTER ROLE {role} LOGIN {right} PASSWORD '{password}'" for role, password, right in roles),
            f"GRANT {SITE} TO {OWNER}",  # so that a test of the owner's can act as the site
        )

    def _provision(self) -> None:
        """Roles, passwords, extensions, database: in single-user mode, so that no password is needed to set one."""
        extensions = [f"CREATE EXTENSION IF NOT EXISTS {name}" for name in EXTENSIONS]
        self._single("template1", *extensions)  # so every new database, a test's too, has them
        self._single("postgres", "SET password_encryption = 'scram-sha-256'", *self._steps())
        found = self._single("postgres", "SELECT datname FROM pg_database")
        if f'"{DATABASE}"' not in found:
            self._single("postgres", f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        self._single(DATABASE, *extensions)

    def _single(self, database: str, *statements: str) -> str:
        program = str(self.place.postgres_bin / "postgres")
        command = [program, "--single", *(() if durable() else ("-F",)), "-D", str(self.data), *SINGLE_USER, database]
        done = self._run(command, "\n".join(statements) + "\n")
        if done.returncode != 0:
            raise ServicesError(f"the database {database} could not be prepared: {done.stderr.strip()}")
        return done.stdout

    def _run(self, command: list[str], words: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603
            command,
            input=words,
            text=True,
            check=False,
            capture_output=True,
            cwd=self.place.postgres_data,
            umask=0o077,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            **self.place.account.credentials(),
        )
