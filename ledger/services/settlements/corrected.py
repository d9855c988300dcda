"""A settled period with other facts, computed and not written: what differs, and what is owed for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Sum

from ledger import selectors
from ledger.domain import corrections as domain
from ledger.domain.corrections import AdvanceDifference, AdvanceState, Change, Differences
from ledger.domain.errors import WrongStateError
from ledger.domain.settlement.run import settle
from ledger.models import Advance, AdvanceCorrection, Correction, SettlementRun
from ledger.services.settlements import adjustments, folder, told
from ledger.services.settlements.rights_of_run import RightsOfRun

Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A run with other facts, computed and not written: both folders, both results, what differs and what is owed."""

    run_id: UUID
    changes: tuple[Change, ...]
    base_inputs_hash: str
    base_outputs_hash: str
    files: Files
    outputs: Files
    differences: Differences
    advances: tuple[AdvanceDifference, ...]
    owed: Mapping[tuple[str, str], int]

    @property
    def totals(self) -> dict[str, int]:
        """Currency -> how much more all payees together are owed: the change of what the period took in."""
        sums: dict[str, int] = {}
        for (_party, currency), amount in self.owed.items():
            sums[currency] = sums.get(currency, 0) + amount
        return sums


def preview(*, run_id: UUID, changes: Sequence[Change]) -> Preview:
    """Compute a run again with these changes, against the run as corrected so far. Writes nothing.

    Raises
    ------
    WrongStateError
        If the run issued no statements yet, or a change is already on its way to the next run.
    ChangeError
        If a change names what the run does not have.
    BadInputError
        If the changed folder is faulty: every fault with its row.
    """
    run = SettlementRun.objects.filter(run_id=run_id, state__in=adjustments.ISSUED_STATES).first()
    if run is None:
        raise WrongStateError("only a run that was released can be corrected; before that, calculate it anew")
    base_inputs_hash, base_outputs_hash = as_corrected(run)
    base = folder.load(base_inputs_hash)
    files = domain.applied(
        base,
        changes,
        supply=RightsOfRun(run.cutoff_position),
        folder=folder.load,
        document=_document,
    )
    found = _compared(run, tuple(changes), base_inputs_hash, base_outputs_hash, files)
    told.check(run, base, files)  # after the comparison: only a folder that can be settled has rows to compare
    return found


def _compared(
    run: SettlementRun, changes: tuple[Change, ...], base_inputs_hash: str, base_outputs_hash: str, files: Files
) -> Preview:
    outputs = folder.outputs(settle(folder.read(files)))
    differences = domain.differences_of(folder.load(base_outputs_hash), outputs)
    advances = domain.advances_of(folder.load(run.outputs_hash), outputs, _advance_states(run.run_id))
    return Preview(
        run_id=run.run_id,
        changes=changes,
        base_inputs_hash=base_inputs_hash,
        base_outputs_hash=base_outputs_hash,
        files=files,
        outputs=outputs,
        differences=differences,
        advances=advances,
        owed=domain.owed(differences.payees, advances),
    )


def as_corrected(run: SettlementRun | selectors.SettlementRun) -> tuple[str, str]:
    """(inputs hash, outputs hash) of a run after all its posted corrections."""
    newest = Correction.objects.filter(run_id=run.run_id, state="posted").order_by("-changed_position").first()
    return (newest.inputs_hash, newest.outputs_hash) if newest else (run.inputs_hash, run.outputs_hash)


def _document(content_hash: str) -> bytes:
    found = selectors.document(content_hash)
    if found is None:
        raise WrongStateError(f"the document {content_hash} is missing")
    return found


def _advance_states(run_id: UUID) -> dict[str, AdvanceState]:
    posted = Correction.objects.filter(run_id=run_id, state="posted").values("correction_id")
    rows = AdvanceCorrection.objects.filter(correction_id__in=posted).values_list("advance_id")
    counted = dict(rows.annotate(total=Sum("amount_micro")))
    return {
        str(one.advance_id): AdvanceState(
            amount_micro=one.amount_micro,
            unrecouped_micro=one.unrecouped_micro,
            counted_micro=int(counted.get(one.advance_id, 0)),
        )
        for one in Advance.objects.all()
    }


def again(correction: Correction | selectors.Correction) -> Preview:
    """A written correction computed from its stored folder: what is owed follows the advances as they stand now."""
    run = SettlementRun.objects.get(run_id=correction.run_id)
    return _compared(
        run,
        domain.decode_changes(_document(correction.changes_hash)),
        correction.base_inputs_hash,
        correction.base_outputs_hash,
        folder.load(correction.inputs_hash),
    )


def as_posted(computed: Preview, owed: Mapping[tuple[str, str], int]) -> Preview:
    """A posted correction as it was: computed again, the advances would be compared with what they are by now."""
    return replace(computed, owed=owed, advances=())
