"""A settled period computed again with other facts; the difference moves money in the open period."""

from __future__ import annotations

import dataclasses
from uuid import UUID

from ledger.domain.events.codec import Event, event
from ledger.domain.events.values import Amount


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionCalculated(Event):
    """What a run would have been with these changes, against what it is after all earlier corrections.

    `changes_hash` binds the list of changed facts, `reason_hash` the words why; the other four bind both folders, that
    anyone can settle again: the one compared with (`base_`) and the corrected one. `totals` is how much more is owed to
    all payees together.
    """

    kind = "correction.calculated.v1"
    correction_id: UUID
    run_id: UUID
    changes_hash: str
    reason_hash: str
    base_inputs_hash: str
    base_outputs_hash: str
    inputs_hash: str
    outputs_hash: str
    totals: tuple[Amount, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionPosted(Event):
    """A second person let the differences count; the adjustments of balances and advances follow in the same entry."""

    kind = "correction.posted.v1"
    correction_id: UUID
    run_id: UUID
    outputs_hash: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionDiscarded(Event):
    """A calculated correction that nobody posted was set aside."""

    kind = "correction.discarded.v1"
    correction_id: UUID
    run_id: UUID


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionMet(Event):
    """A reversal, or late revenue, that a posted correction had told reached the log: a released run counted it once.

    `line_id` is the run's line of it, `sale_id` the sale that was told to be reversed, or the late line that was told;
    the amounts are how much of it had been told, and divided beside it with the opposite sign.
    """

    kind = "correction.met.v1"
    run_id: UUID
    line_id: str
    sale_id: str
    currency: str
    gross_minor: int
    tax_minor: int
    fee_minor: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionArrived(Event):
    """Staff say what money from outside is: the late revenue `told_id` that a correction had told, or (empty) other.

    `line_id` is the revenue line of the log. The newest of several about one line holds; the run that takes the line
    counts the two once.
    """

    kind = "correction.arrived.v1"
    line_id: UUID
    told_id: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceCorrected(Event):
    """With the corrected facts more of an advance (or, below zero, less) had been repaid; what is left of it now."""

    kind = "advance.corrected.v1"
    correction_id: UUID
    advance_id: UUID
    currency: str
    amount_micro: int
    unrecouped_micro: int
