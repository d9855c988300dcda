"""Questions about a statement's papers: its files, what was recouped in it, whose brand it has."""

from __future__ import annotations

import dataclasses
import datetime as dt
from uuid import UUID

from ledger import models
from ledger.domain import events
from ledger.selectors.log import events_about
from ledger.selectors.rows import as_value

__all__ = [
    "PaidOut",
    "Recouped",
    "StatementFiles",
    "labels_signed_by",
    "paid_out",
    "recouped_in",
    "statement_files",
    "statement_of_file",
    "statements_without_files",
]

RECOUPMENTS_MAX = 200
"""Runs of one advance looked at; an advance that is older is told in one sum."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StatementFiles:
    """The hashes of the files of a statement, from the event at `position`."""

    statement_id: UUID
    party_id: UUID
    csv_hash: str
    pdf_hash: str
    position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Recouped:
    """What a run kept of a party's royalty to repay one advance."""

    advance_id: UUID
    label_id: UUID
    currency: str
    amount_micro: int
    unrecouped_micro: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PaidOut:
    """A transfer that reached a payee, with the day it did."""

    payout_id: UUID
    statement_id: UUID
    currency: str
    gross_minor: int
    withheld_minor: int
    payout_minor: int
    at: dt.datetime


def paid_out(party_id: UUID) -> list[PaidOut]:
    """Every payout of a party that went out and did not come back, oldest first."""
    rows = list(models.Payout.objects.filter(party_id=party_id, state="paid").order_by("changed_position"))
    times = dict(
        models.EventRow.objects.filter(position__in=[row.changed_position for row in rows]).values_list(
            "position", "at"
        )
    )
    return [as_value(PaidOut, row, at=times[row.changed_position]) for row in rows]


def statement_files(statement_id: UUID) -> StatementFiles | None:
    """The files of a statement; None until they are made."""
    row = models.StatementFiles.objects.filter(statement_id=statement_id).first()
    return as_value(StatementFiles, row) if row else None


def statement_of_file(file_hash: str) -> StatementFiles | None:
    """The statement that a file (SHA-256, hex) is of."""
    by_pdf = models.StatementFiles.objects.filter(pdf_hash=file_hash).order_by("position")
    by_csv = models.StatementFiles.objects.filter(csv_hash=file_hash).order_by("position")
    row = by_pdf.first() or by_csv.first()
    return as_value(StatementFiles, row) if row else None


def statements_without_files(*, limit: int = 500) -> list[UUID]:
    """Statements that were issued and not made into files yet, oldest first."""
    made = models.StatementFiles.objects.values("statement_id")
    rows = models.Statement.objects.exclude(statement_id__in=made).order_by("position")
    return list(rows.values_list("statement_id", flat=True)[:limit])


def recouped_in(*, run_id: UUID, party_id: UUID, currency: str) -> list[Recouped]:
    """What a run kept of a party's royalty, advance by advance."""
    found = []
    advances = models.Advance.objects.filter(party_id=party_id, currency=currency).order_by("advance_id")
    for advance in advances:
        for record in events_about(advance.advance_id, limit=RECOUPMENTS_MAX):
            if isinstance(record.event, events.AdvanceRecouped) and record.event.run_id == run_id:
                found.append(
                    Recouped(
                        advance_id=advance.advance_id,
                        label_id=advance.label_id,
                        currency=currency,
                        amount_micro=record.event.amount_micro,
                        unrecouped_micro=record.event.unrecouped_micro,
                    )
                )
    return found


def labels_signed_by(party_id: UUID, *, upto: int) -> set[UUID]:
    """The labels a party had a contract with at a position."""
    rows = models.Contract.objects.filter(party_id=party_id, position__lte=upto)
    return set(rows.values_list("label_id", flat=True))
