"""Which commands get the services, and what their environment holds then."""

import os

import pytest

from marketplace.config.services import guard, supervisor
from marketplace.config.services.places import Desk


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, desk: Desk) -> None:
    for name in ("DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL", "SECRET_KEY", "AS_OWNER"):
        monkeypatch.setenv(name, "")  # so that monkeypatch puts back whatever the guard sets
        monkeypatch.delenv(name)
    monkeypatch.setenv("LEDGERLINE_VAR", str(desk.var))


@pytest.mark.parametrize(
    "line", ["help", "settle in --out out", "migrate --help", "check", "--version", "services stop"]
)
def test_commands_that_need_no_database_start_none(desk: Desk, line: str):
    with guard.services_for(["manage.py", *line.split()]):
        assert not desk.var.exists()
        assert os.environ["DATABASE_URL"]  # settings can still be read
        assert os.environ["SECRET_KEY"]


def test_a_command_that_needs_the_database_has_it_for_as_long_as_it_runs(desk: Desk):
    with guard.services_for(["manage.py", "ledger", "verify"]):
        assert supervisor.status(desk).running
        assert os.environ["DATABASE_URL"].startswith("postgresql://ledgerline:")
        assert "AS_OWNER" not in os.environ
        key = os.environ["SECRET_KEY"]
        assert len(key) >= 50
    assert not supervisor.status(desk).running

    assert "DATABASE_URL" not in os.environ  # it would lead nowhere now
    with guard.services_for(["manage.py", "ledger", "verify"]):
        assert os.environ["SECRET_KEY"] == key


def test_migrations_run_as_the_owner_of_the_tables(desk: Desk):
    with guard.services_for(["manage.py", "migrate"]):
        assert os.environ["AS_OWNER"] == "1"
        assert os.environ["OWNER_DATABASE_URL"].startswith("postgresql://ledgerline_owner:")


def test_a_database_of_ones_own_is_used_and_nothing_is_started(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop@db.example/shop")

    with guard.services_for(["manage.py", "ledger", "verify"]):
        assert os.environ["DATABASE_URL"] == "postgresql://shop@db.example/shop"
        assert "SECRET_KEY" not in os.environ  # a missing key is then an error to be seen

    assert not desk.var.exists()
