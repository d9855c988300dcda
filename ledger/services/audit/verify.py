"""Everything recomputed from the rows of one moment: the log itself, then what was made of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from django.db import connection, transaction

from ledger import processes, selectors
from ledger.domain.note import Checkpoint, VerifierKey, open_note
from ledger.projections import ALL
from ledger.projections.balances import Balances
from ledger.services.audit import apart, shadow
from ledger.services.audit.books import check_books
from ledger.services.audit.checks import Heads, Journal, Keys, Tiles
from ledger.services.audit.errors import AuditError
from ledger.services.audit.rows import checked_events

JOURNAL = "journal"
"""Stands among the names of projections for the check of the journal's entries."""


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
    checkpoint kept elsewhere: the only witness against someone who rewrites everything. On a long log, what can be
    checked side by side is.

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
        long = outermost and selectors.size() >= apart.APART_EVENTS_MIN
        if log_only:
            audit = _check_log(keys=keys, witness=witness)
        elif long:
            audit = _check_side_by_side(keys=keys, witness=witness)
        else:
            audit = _check_log(keys=keys, witness=witness)
            _check_made([JOURNAL, *(projection.name for projection in ALL)])
        if not log_only:
            check_books()
        transaction.set_rollback(True)
    return audit if log_only else dataclasses.replace(audit, projections=len(ALL))


def _check_log(*, keys: Sequence[VerifierKey], witness: Checkpoint | None) -> Audit:
    heads = Heads(keys, witness)
    checks: list[Heads | Tiles | Keys] = [heads, Tiles(), Keys()]
    for event in checked_events():
        for check in checks:
            check.check(event)
    for check in checks:
        check.finish()
    return Audit(heads.tree.size, heads.tree.root(), heads.count, 0)


def _check_side_by_side(*, keys: Sequence[VerifierKey], witness: Checkpoint | None) -> Audit:
    with connection.cursor() as cursor:
        cursor.execute("select pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
    groups = apart.groups_of(ALL, processes.count_max())
    next(names for names in groups if Balances.name in names).append(JOURNAL)  # they read the same events
    with processes.side_by_side(f"{__name__}:check_apart", [(names, snapshot) for names in groups]) as checks:
        audit = _check_log(keys=keys, witness=witness)
    wrong = sorted(found for check in checks if (found := check.result()) is not None)
    if wrong:
        raise AuditError(*wrong[0])
    return audit


def check_apart(names: list[str], snapshot: str) -> tuple[int, str] | None:
    """`_check_made` in another process, on the rows of the same moment: the first wrong position, and what is wrong."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read")
            cursor.execute("set transaction snapshot %s", [snapshot])
        try:
            _check_made(names)
        except AuditError as error:
            return error.position, error.told
        finally:
            transaction.set_rollback(True)
    return None


def _check_made(names: Sequence[str]) -> None:
    """What was made of the log: journal entries and projections, by name."""
    projections = apart.named(names)
    journal = Journal() if JOURNAL in names else None
    kinds = {*shadow.kinds_of(projections), *(Journal.kinds() if journal else ())}
    shadow.make_tables(projections)
    for batch in shadow.batches(kinds):
        if journal:
            journal.check_many(batch)
        shadow.fold(projections, batch)
    if journal:
        journal.finish()
    shadow.compare(projections)
