"""Runs, statements, payouts and corrections."""

from __future__ import annotations

import dataclasses
from typing import Literal, TypeAlias
from uuid import UUID

from ledger.domain.events.codec import Event, event
from ledger.domain.events.values import Amount


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SettlementCalculated(Event):
    """A run over the mature money events of positions `from_position` to `cutoff_position` (inclusive) was computed.

    `inputs_hash` and `outputs_hash` bind the folder that anyone can settle again with `manage.py settle`.
    """

    kind = "settlement.calculated.v1"
    run_id: UUID
    period: str
    from_position: int
    cutoff_position: int
    commission_ppm: int
    inputs_hash: str
    outputs_hash: str
    totals: tuple[Amount, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SettlementDiscarded(Event):
    """A calculated run that nobody released was set aside."""

    kind = "settlement.discarded.v1"
    run_id: UUID
    reason: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SettlementReviewed(Event):
    """Somebody went through what is unusual about the run; `findings_hash` binds the list they acknowledged."""

    kind = "settlement.reviewed.v1"
    run_id: UUID
    outputs_hash: str
    findings_hash: str
    findings: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SettlementApproved(Event):
    """Its preparers stand by the reviewed run."""

    kind = "settlement.approved.v1"
    run_id: UUID
    outputs_hash: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SettlementReleased(Event):
    """A second person let the money go."""

    kind = "settlement.released.v1"
    run_id: UUID
    outputs_hash: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StatementIssued(Event):
    """What one run means for one payee in one currency: the row of statements.csv, and the hash of its lines.

    `escrowed` is true when the payee has no account yet.
    """

    kind = "statement.issued.v1"
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


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceRecouped(Event):
    """A run kept royalties until an advance was repaid, or a part of it."""

    kind = "advance.recouped.v1"
    run_id: UUID
    advance_id: UUID
    currency: str
    amount_micro: int
    unrecouped_micro: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SettlementClosed(Event):
    """Every payout of the run has an end; the period is never edited again."""

    kind = "settlement.closed.v1"
    run_id: UUID


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRequested(Event):
    """A payee's statement is to be paid: the start of a transfer."""

    kind = "payout.requested.v1"
    payout_id: UUID
    run_id: UUID
    statement_id: UUID
    party_id: UUID
    currency: str
    gross_minor: int
    withheld_minor: int
    payout_minor: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PayoutPaid(Event):
    """The transfer went out."""

    kind = "payout.paid.v1"
    payout_id: UUID
    party_id: UUID
    currency: str
    gross_minor: int
    withheld_minor: int
    payout_minor: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PayoutFailed(Event):
    """The transfer did not go out this time; the money stays owed and is tried again."""

    kind = "payout.failed.v1"
    payout_id: UUID
    party_id: UUID
    code: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PayoutReversed(Event):
    """A transfer that went out came back."""

    kind = "payout.reversed.v1"
    payout_id: UUID
    party_id: UUID
    currency: str
    gross_minor: int
    withheld_minor: int
    payout_minor: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentPosted(Event):
    """A correction in an open period: a revenue line of its own for one element."""

    kind = "adjustment.posted.v1"
    adjustment_id: UUID
    element_id: UUID
    currency: str
    gross_minor: int
    reason_hash: str


AdjustmentBasis: TypeAlias = Literal["correction", "escrow_expired", "cost", "agreement", "trial"]
"""Why money moved between two runs: a closed run corrected, an escrow that ran out, a cost, an agreement by hand, or
credits of a trial, which the platform pays."""


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BalanceAdjusted(Event):
    """Between two runs more (or, below zero, less) is owed to a party: the next run's opening takes it up.

    `cause_id` is what it follows from: the correction, the cost, the agreement. `escrowed` is true while the party has
    no account.
    """

    kind = "balance.adjusted.v1"
    adjustment_id: UUID
    party_id: UUID
    currency: str
    amount_micro: int
    basis: AdjustmentBasis
    cause_id: UUID
    escrowed: bool
