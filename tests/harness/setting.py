"""A database of its own for a harness, on the server that the settings name."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import django


def set_up() -> None:
    """Start the embedded services if nothing else is named, and Django."""
    from marketplace.config.services import guard

    guard.ensure()
    os.environ.setdefault("SECRET_KEY", "for harnesses only")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.config.settings")
    django.setup()


@contextlib.contextmanager
def database(name: str) -> Iterator[None]:
    """Made, migrated by its owner, and dropped in the end."""
    from django.test.utils import setup_databases, teardown_databases

    from ledger.services import sequencer
    from tests.helpers import database as helper

    helper.use_name(name)
    with helper.as_owner():
        created = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    try:
        yield
    finally:
        sequencer.stop()
        with helper.as_owner():
            teardown_databases(created, verbosity=0)
