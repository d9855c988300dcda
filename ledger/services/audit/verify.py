"""One pass over the log, with every check beside it."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

from django.db import connection, transaction

from ledger.domain.note import Checkpoint, VerifierKey, open_note
from ledger.projections import ALL, Projection
from ledger.services.audit import shadow
from ledger.services.audit.books import check_books
from ledger.services.audit.checks import Heads, Journal, Keys, Tiles
from ledger.services.audit.rows import CheckedEvent, checked_events

FOLD_EVENTS = 5000


@dataclasses.dataclass(frozen=True, slots=True)
class Audit:
    """What was checked, and found right."""

    size: int
    root: bytes
    heads: int
    projections: int


def verify(*, log_only: bool = False, keys: Sequence[VerifierKey] = (), against: str | None = None) -> Audit:
    """Recompute everything from the rows of one moment, and change nothing.

    Every leaf from its columns, the root, every stored tree head, tile and key; unless `log_only`, also each journal
    entry and, in temporary tables, each projection, and that both tell every payee the same. `against` is a signed
    checkpoint kept elsewhere: the only witness against someone who rewrites everything.

    Raises
    ------
    AuditError
        At the first wrong position.
    ProofError
        If `against` is not signed by one of `keys`.
    """
    witness = Checkpoint.parse(open_note(against, keys)) if against is not None else None
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("set transaction isolation level repeatable read")
        audit = _verify(log_only=log_only, keys=keys, witness=witness)
        transaction.set_rollback(True)
    return audit


def _verify(*, log_only: bool, keys: Sequence[VerifierKey], witness: Checkpoint | None) -> Audit:
    heads, journal = Heads(keys, witness), None if log_only else Journal()
    checks: list[Heads | Tiles | Keys] = [heads, Tiles(), Keys()]
    projections = () if log_only else ALL
    shadow.make_tables(projections)
    events = checked_events()
    while batch := list(itertools.islice(events, FOLD_EVENTS)):
        for event in batch:
            for check in checks:
                check.check(event)
        if journal is not None:
            _fold(batch, journal, projections)
    for check in checks:
        check.finish()
    if journal is not None:
        journal.finish()
    if projections:
        shadow.compare(projections)
        check_books()
    return Audit(heads.tree.size, heads.tree.root(), heads.count, len(projections))


def _fold(batch: Sequence[CheckedEvent], journal: Journal, projections: Sequence[Projection]) -> None:
    records = [event.record() for event in batch]
    for record in records:
        journal.check(record)
    for projection in projections:
        projection.fold_many(records)
