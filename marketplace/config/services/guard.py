"""Gives every command and test run the services it needs, and its environment, before Django reads its settings."""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import sys
from collections.abc import Iterator, MutableMapping, Sequence

from marketplace.config import environment as env

from . import supervisor
from .errors import ServicesError
from .places import Desk
from .secret import load_or_make

# These work on a machine where no database can run; everything else gets one.
WITHOUT_SERVICES = frozenset(
    {"", "help", "version", "services", "settle", "check", "collectstatic", "findstatic"}
    | {"diffsettings", "makemessages", "compilemessages"}
)
# These change tables, so they run as the owner of them.
AS_OWNER = frozenset(("migrate", "makemigrations", "showmigrations", "optimizemigration", "squashmigrations", "flush"))

_sessions: list[supervisor.Session] = []


@contextlib.contextmanager
def services_for(argv: Sequence[str]) -> Iterator[None]:
    """The services around one management command, if it needs them and no DATABASE_URL leads elsewhere."""
    command = _command(argv)
    if command in AS_OWNER:
        os.environ.setdefault("AS_OWNER", "1")
    if not _wants_services(command, argv):
        _settings_without_services(os.environ)
        yield
        return
    before = dict(os.environ)
    session = supervisor.Session(Desk.default())
    try:
        try:
            _enter(session)
        except ServicesError as error:
            sys.exit(str(error))
        yield
    finally:
        session.leave()
        for name in os.environ.keys() - before.keys():
            del os.environ[name]  # they lead to servers that may be gone now


def ensure() -> None:
    """The same for a process that is not a management command (a test run): the services stay until it ends."""
    if env.text("DATABASE_URL") or _sessions:
        return
    session = supervisor.Session(Desk.default())
    _sessions.append(session)
    atexit.register(session.leave)
    _enter(session)


def _enter(session: supervisor.Session) -> None:
    for name, value in session.enter().items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("SECRET_KEY", load_or_make(session.desk.secrets).secret_key)


def _command(argv: Sequence[str]) -> str:
    """The subcommand's name; options before it (there are none with values of their own) do not count."""
    return next((word for word in argv[1:] if not word.startswith("-")), "")


def _wants_services(command: str, argv: Sequence[str]) -> bool:
    if env.text("DATABASE_URL"):
        return False
    asks_for_help = any(word in ("-h", "--help", "--version") for word in argv[1:])
    return not asks_for_help and (command not in WITHOUT_SERVICES or "--database" in argv)


def _settings_without_services(environ: MutableMapping[str, str]) -> None:
    """Settings must be readable where nothing runs: a URL that leads nowhere, and a key that nobody will use.

    With a DATABASE_URL of its own the site is configured from outside, and a missing key is an error to be seen.
    """
    if not environ.get("DATABASE_URL"):
        environ["DATABASE_URL"] = "postgresql://ledgerline@/ledgerline?host=/nonexistent"
        environ.setdefault("REDIS_URL", "unix:///nonexistent/valkey.sock")
        environ.setdefault("SECRET_KEY", secrets.token_urlsafe(64))
