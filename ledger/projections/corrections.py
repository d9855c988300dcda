"""Settled periods computed again."""

from __future__ import annotations

from collections.abc import Sequence

from ledger import sql
from ledger.domain import events as ev
from ledger.domain.records import EventRecord
from ledger.models import AdvanceCorrection, ArrivedCorrection, Correction, MetCorrection
from ledger.projections.base import Projection, folds


class Corrections(Projection):
    """Each correction with its state, and what it says of advances."""

    name = "corrections"
    tables = (Correction, AdvanceCorrection, MetCorrection, ArrivedCorrection)

    @folds(ev.CorrectionCalculated)
    def calculated(self, records: Sequence[EventRecord[ev.CorrectionCalculated]]) -> None:
        """A run was computed with other facts."""
        for r in records:
            Correction.objects.create(
                correction_id=r.event.correction_id,
                run_id=r.event.run_id,
                changes_hash=r.event.changes_hash,
                reason_hash=r.event.reason_hash,
                base_inputs_hash=r.event.base_inputs_hash,
                base_outputs_hash=r.event.base_outputs_hash,
                inputs_hash=r.event.inputs_hash,
                outputs_hash=r.event.outputs_hash,
                totals=r.event.body()["totals"],
                state="calculated",
                prepared_by=r.actor_id,
                calculated_at=r.at,
                position=r.position,
                changed_position=r.position,
            )

    @folds(ev.CorrectionPosted)
    def posted(self, records: Sequence[EventRecord[ev.CorrectionPosted]]) -> None:
        """A second person let it count."""
        for r in records:
            Correction.objects.filter(correction_id=r.event.correction_id).update(
                state="posted", posted_by=r.actor_id, posted_at=r.at, changed_position=r.position
            )

    @folds(ev.CorrectionDiscarded)
    def discarded(self, records: Sequence[EventRecord[ev.CorrectionDiscarded]]) -> None:
        """Set aside."""
        for r in records:
            Correction.objects.filter(correction_id=r.event.correction_id).update(
                state="discarded", changed_position=r.position
            )

    @folds(ev.CorrectionMet)
    def met(self, records: Sequence[EventRecord[ev.CorrectionMet]]) -> None:
        """What it told reached the log, and a run counted it once."""
        names = ("run_id", "line_id", "sale_id", "currency", "gross_minor", "tax_minor", "fee_minor")
        sql.insert(
            MetCorrection,
            ({name: getattr(r.event, name) for name in names} | {"position": r.position} for r in records),
        )

    @folds(ev.CorrectionArrived)
    def arrived(self, records: Sequence[EventRecord[ev.CorrectionArrived]]) -> None:
        """What staff said last of a line holds."""
        for r in records:
            ArrivedCorrection.objects.update_or_create(
                line_id=str(r.event.line_id), defaults={"told_id": r.event.told_id, "position": r.position}
            )

    @folds(ev.AdvanceCorrected)
    def advance_corrected(self, records: Sequence[EventRecord[ev.AdvanceCorrected]]) -> None:
        """What it counts as repaid of an advance."""
        sql.insert(
            AdvanceCorrection,
            (
                {
                    "correction_id": r.event.correction_id,
                    "advance_id": r.event.advance_id,
                    "currency": r.event.currency,
                    "amount_micro": r.event.amount_micro,
                    "position": r.position,
                }
                for r in records
            ),
        )
