"""Questions about balances, runs, statements and payouts."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any
from uuid import UUID

from ledger import models
from ledger.domain.journal import payable
from ledger.selectors.rows import as_value

__all__ = [
    "Balance",
    "BalanceAdjustment",
    "Payout",
    "Posting",
    "SettlementRun",
    "Statement",
    "adjustments_of",
    "adjustments_since",
    "balance",
    "balances",
    "balances_of",
    "document",
    "entry_at",
    "payout",
    "payouts_of",
    "payouts_of_run",
    "postings_on",
    "run",
    "runs",
    "statement",
    "statements_of",
    "statements_of_run",
]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The sum of an account's postings: debit > 0, credit < 0."""

    account: str
    currency: str
    amount_micro: int
    position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One debit (> 0) or credit (< 0) of the entry at `position`."""

    position: int
    line: int
    account: str
    currency: str
    amount_micro: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SettlementRun:
    """A run: calculated, reviewed, approved, released, closed or discarded; `totals` as in its event."""

    run_id: UUID
    period: str
    from_position: int
    cutoff_position: int
    commission_ppm: int
    inputs_hash: str
    outputs_hash: str
    totals: list[dict[str, Any]]
    state: str
    prepared_by: UUID
    reviewed_by: UUID | None
    findings_hash: str
    approved_by: UUID | None
    released_by: UUID | None
    calculated_at: dt.datetime
    position: int
    changed_position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one run means for one payee in one currency."""

    statement_id: UUID
    run_id: UUID
    party_id: UUID
    currency: str
    escrowed: bool
    opening_micro: int
    royalty_micro: int
    recouped_micro: int
    recoupment_received_micro: int
    reserve_held_micro: int
    reserve_released_micro: int
    payable_micro: int
    gross_payout_minor: int
    withheld_minor: int
    payout_minor: int
    carried_micro: int
    lines_hash: str
    at: dt.datetime
    position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BalanceAdjustment:
    """What is owed to a party changed between two runs; `cause_id` is what it follows from."""

    adjustment_id: UUID
    party_id: UUID
    currency: str
    amount_micro: int
    basis: str
    cause_id: UUID
    escrowed: bool
    at: dt.datetime
    position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """Our payment of a statement: requested, paid, failed or reversed."""

    payout_id: UUID
    run_id: UUID
    statement_id: UUID
    party_id: UUID
    currency: str
    gross_minor: int
    withheld_minor: int
    payout_minor: int
    state: str
    failures: int
    code: str
    position: int
    changed_position: int


def balance(account: str, currency: str) -> int:
    """An account's balance in micro; 0 if nothing was ever posted."""
    row = models.Balance.objects.filter(account=account, currency=currency).first()
    return row.amount_micro if row else 0


def balances() -> list[Balance]:
    """Every account, by name."""
    return [as_value(Balance, row) for row in models.Balance.objects.order_by("account", "currency")]


def balances_of(party_id: UUID) -> list[Balance]:
    """What stands on a party's accounts: payable, escrow, reserve."""
    accounts = [payable(party_id), payable(party_id, escrowed=True), f"reserve:{party_id}"]
    rows = models.Balance.objects.filter(account__in=accounts).order_by("account", "currency")
    return [as_value(Balance, row) for row in rows]


def entry_at(position: int) -> list[Posting]:
    """The journal entry of the event at this position."""
    return [as_value(Posting, r) for r in models.PostingRow.objects.filter(position=position).order_by("line")]


def postings_on(account: str, *, limit: int = 200) -> list[Posting]:
    """An account's postings, newest first."""
    rows = models.PostingRow.objects.filter(account=account).order_by("-position", "line")[:limit]
    return [as_value(Posting, row) for row in rows]


def run(run_id: UUID) -> SettlementRun | None:
    """The run with this id."""
    row = models.SettlementRun.objects.filter(run_id=run_id).first()
    return as_value(SettlementRun, row) if row else None


def runs() -> list[SettlementRun]:
    """Every run, newest first."""
    return [as_value(SettlementRun, row) for row in models.SettlementRun.objects.order_by("-position")]


def statement(statement_id: UUID) -> Statement | None:
    """The statement with this id."""
    row = models.Statement.objects.filter(statement_id=statement_id).first()
    return as_value(Statement, row) if row else None


def statements_of_run(run_id: UUID) -> list[Statement]:
    """What a run means for everyone, by party and currency."""
    rows = models.Statement.objects.filter(run_id=run_id).order_by("party_id", "currency")
    return [as_value(Statement, row) for row in rows]


def statements_of(party_id: UUID) -> list[Statement]:
    """A payee's statements, newest first."""
    rows = models.Statement.objects.filter(party_id=party_id).order_by("-position")
    return [as_value(Statement, row) for row in rows]


def adjustments_of(party_id: UUID, currency: str, run: SettlementRun) -> list[BalanceAdjustment]:
    """The adjustments in the opening of a run's statement for this payee, in order."""
    rows = models.BalanceAdjustment.objects.filter(
        party_id=party_id, currency=currency, position__gte=run.from_position, position__lte=run.cutoff_position
    ).order_by("position")
    return [as_value(BalanceAdjustment, row) for row in rows]


def adjustments_since(party_id: UUID, position: int) -> list[BalanceAdjustment]:
    """A party's adjustments after a position, in order: what the next statement will open with."""
    rows = models.BalanceAdjustment.objects.filter(party_id=party_id, position__gt=position).order_by("position")
    return [as_value(BalanceAdjustment, row) for row in rows]


def payout(payout_id: UUID) -> Payout | None:
    """The payout with this id."""
    row = models.Payout.objects.filter(payout_id=payout_id).first()
    return as_value(Payout, row) if row else None


def payouts_of_run(run_id: UUID) -> list[Payout]:
    """A run's payouts, in order of request."""
    return [as_value(Payout, row) for row in models.Payout.objects.filter(run_id=run_id).order_by("position")]


def payouts_of(party_id: UUID) -> list[Payout]:
    """A payee's payouts, newest first."""
    return [as_value(Payout, row) for row in models.Payout.objects.filter(party_id=party_id).order_by("-position")]


def document(content_hash: str) -> bytes | None:
    """The bytes with this SHA-256 (hex): terms, run folders, statement lines."""
    row = models.Document.objects.filter(hash=content_hash).first()
    return bytes(row.content) if row else None
