"""Questions about corrections of settled periods."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any
from uuid import UUID

from ledger import models
from ledger.selectors.money import BalanceAdjustment
from ledger.selectors.rows import as_value

__all__ = [
    "Correction",
    "adjustments_by",
    "correction",
    "corrections_of_run",
    "reason_of",
]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A run computed again with other facts: calculated, posted or discarded."""

    correction_id: UUID
    run_id: UUID
    changes_hash: str
    reason_hash: str
    base_inputs_hash: str
    base_outputs_hash: str
    inputs_hash: str
    outputs_hash: str
    totals: list[dict[str, Any]]
    state: str
    prepared_by: UUID
    posted_by: UUID | None
    calculated_at: dt.datetime
    posted_at: dt.datetime | None
    position: int
    changed_position: int


def correction(correction_id: UUID) -> Correction | None:
    """The correction with this id."""
    row = models.Correction.objects.filter(correction_id=correction_id).first()
    return as_value(Correction, row) if row else None


def corrections_of_run(run_id: UUID) -> list[Correction]:
    """A run's corrections, newest first."""
    rows = models.Correction.objects.filter(run_id=run_id).order_by("-position")
    return [as_value(Correction, row) for row in rows]


def adjustments_by(cause_id: UUID) -> list[BalanceAdjustment]:
    """The adjustments that follow from one cause, in order."""
    rows = models.BalanceAdjustment.objects.filter(cause_id=cause_id).order_by("position")
    return [as_value(BalanceAdjustment, row) for row in rows]


def reason_of(adjustment: BalanceAdjustment) -> str:
    """The words that staff gave for an adjustment; empty where its cause has none of its own."""
    found = models.Correction.objects.filter(correction_id=adjustment.cause_id).values_list("reason_hash", flat=True)
    document = models.Document.objects.filter(hash__in=found).first()
    return bytes(document.content).decode() if document else ""
