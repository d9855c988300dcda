"""One test database, migrated by its owner and used as the site's own role; facts are emptied as the owner."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import django
import pytest
from hypothesis import settings as hypothesis_settings

from marketplace.config.services import guard


def _set_up() -> None:
    """Servers (the environment's, or embedded ones for this run), then settings, then apps: in this order.

    It happens while this file is imported, before any test module is. pytest's configuration therefore names no
    settings: pytest-django would read them earlier still, when no server has an address yet.
    """
    guard.ensure()
    _take_own_queue()
    os.environ.setdefault("SECRET_KEY", "for tests only")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.config.settings")
    django.setup()


def _take_own_queue() -> None:
    """Each xdist worker keeps its cache, channels and queue under a number of its own, as it keeps its own database."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker:
        return
    url, number = os.environ["REDIS_URL"].partition("?")[0], int(worker.removeprefix("gw")) + 1
    os.environ["REDIS_URL"] = f"{url}?db={number}" if url.startswith("unix:") else f"{url.rstrip('/')}/{number}"


_set_up()

# Machines are shared: how long an example takes says nothing.
hypothesis_settings.register_profile("ledgerline", deadline=None)
hypothesis_settings.load_profile("ledgerline")


def database_name() -> str:
    """test_ledgerline, or one's own with PYTEST_DB_SUFFIX (and one more for each xdist worker)."""
    parts = ["test_ledgerline", os.environ.get("PYTEST_DB_SUFFIX", ""), os.environ.get("PYTEST_XDIST_WORKER", "")]
    return "_".join(part for part in parts if part)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys last: the browser's driver keeps an event loop running in the main thread until it is closed."""
    items.sort(key=lambda item: item.get_closest_marker("journey") is not None)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Create and migrate the database as the owner, then go on as the site's role."""
    from django.test.utils import setup_databases, teardown_databases

    from tests.helpers import database

    with django_db_blocker.unblock():
        database.use_name(database_name())
        with database.as_owner():
            created = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    yield
    with django_db_blocker.unblock():
        from ledger.services import sequencer

        sequencer.stop()
        with database.as_owner():
            teardown_databases(created, verbosity=0)


@pytest.fixture(autouse=True, scope="session")
def _facts_can_be_emptied_between_tests() -> None:
    """Transactional tests empty all tables; facts refuse that, so the owner does it."""
    from django.test import TransactionTestCase

    from tests.helpers import database

    TransactionTestCase._fixture_teardown = lambda self: database.empty()  # type: ignore[method-assign]


@pytest.fixture
def _clear_sequencer() -> Iterator[None]:
    """For tests that stop the database's connections: end the writing thread afterwards."""
    yield
    from ledger.services import sequencer

    sequencer.stop()


@pytest.fixture(autouse=True, scope="session")
def _static_files_have_a_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing is collected in tests, and the middleware that serves it warns where there is no folder."""
    from django.conf import settings

    settings.STATIC_ROOT = tmp_path_factory.mktemp("static")


@pytest.fixture(autouse=True)
def _own_log_keys(tmp_path_factory: pytest.TempPathFactory, settings: Any) -> None:
    """Each test signs with keys of its own, never with those in var/."""
    settings.LEDGER_KEY_DIR = tmp_path_factory.mktemp("keys")
