"""The operating system account that PostgreSQL and Valkey run under: never root."""

from __future__ import annotations

import contextlib
import os
import pwd
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from marketplace.config import environment as env

from .errors import ServicesError

# The first of these that exists, where root starts the services and names nobody else.
CANDIDATES = ("ledgerline", "postgres", "nobody")


class Credentials(TypedDict, total=False):
    """The keyword arguments of `subprocess.Popen` that make a child another user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One user of this machine."""

    name: str
    uid: int
    gid: int

    @property
    def is_self(self) -> bool:
        """Whether this process already is that user, and no switch is wanted."""
        return os.geteuid() == self.uid

    def credentials(self) -> Credentials:
        """What a child needs to become this user before it runs a program; empty where it already is."""
        if self.is_self:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    @contextlib.contextmanager
    def acting(self) -> Iterator[None]:
        """Make files and folders as this user. The whole process changes, so only for programs with one thread."""
        if self.is_self:
            yield
            return
        uid, gid = os.geteuid(), os.getegid()
        os.setegid(self.gid)
        os.seteuid(self.uid)
        try:
            yield
        finally:
            os.seteuid(uid)
            os.setegid(gid)

    def can(self, test: str, path: Path) -> bool:
        """Whether this user passes `test` (-r, -w, -x, -d) on `path`: asked of the system, so every rule counts."""
        command = ["/bin/sh", "-c", 'test "$0" "$1"', test, str(path)]
        return subprocess.run(command, check=False, **self.credentials()).returncode == 0  # noqa: S603


def _named(name: str) -> Account | None:
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name=found.pw_name, uid=found.pw_uid, gid=found.pw_gid)


def _current() -> Account:
    uid = os.geteuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:  # a container may run under a number that nobody named
        name = str(uid)
    return Account(name=name, uid=uid, gid=os.getegid())


def choose(remembered: Path) -> Account:
    """The account for the services whose choice is kept in the file `remembered`.

    A normal user runs them as himself. Root hands them to LEDGERLINE_SERVICE_USER, else to the account that was chosen
    the first time, else to the first of `CANDIDATES`.
    """
    current = _current()
    if current.uid != 0:
        return current
    wanted = env.text("LEDGERLINE_SERVICE_USER")
    kept = remembered.read_text().strip() if remembered.exists() else ""
    for name in (wanted,) if wanted else (kept, *CANDIDATES):
        account = _named(name) if name else None
        if account is not None and account.uid != 0:
            return account
    raise ServicesError(
        f"PostgreSQL refuses to run as root, and there is no account {wanted!r} to run it under: "
        "set LEDGERLINE_SERVICE_USER to the name of an account that is not root"
        if wanted
        else "PostgreSQL refuses to run as root, and none of the accounts "
        f"{', '.join(CANDIDATES)} exists: set LEDGERLINE_SERVICE_USER"
    )
