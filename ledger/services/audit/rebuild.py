"""Emptying projections and folding the log again."""

from __future__ import annotations

import itertools

from django.db import connection, transaction

from ledger import selectors
from ledger.domain.errors import WrongStateError
from ledger.projections import ALL, Projection
from ledger.services import log
from ledger.services.audit.shadow import table_names

FOLD_EVENTS = 5000


def rebuild(name: str | None = None) -> tuple[list[str], int]:
    """Fold the log again into one projection, or all; their names and how many events were folded.

    Writers wait meanwhile, readers see the old rows until the end. The journal and the other facts are not touched.

    Raises
    ------
    WrongStateError
        If there is no projection of this name.
    """
    chosen = _chosen(name)
    with transaction.atomic():
        log.lock_head()
        with connection.cursor() as cursor:
            for table in table_names(chosen):
                cursor.execute(f"delete from {table}")  # noqa: S608 — our own table names
        records = selectors.all_records()
        count = 0
        while batch := list(itertools.islice(records, FOLD_EVENTS)):
            for projection in chosen:
                projection.fold_many(batch)
            count += len(batch)
    return [projection.name for projection in chosen], count


def _chosen(name: str | None) -> list[Projection]:
    chosen = [projection for projection in ALL if name in (None, projection.name)]
    if not chosen:
        known = ", ".join(projection.name for projection in ALL)
        raise WrongStateError(f"there is no projection {name!r}; there are {known}")
    return chosen
