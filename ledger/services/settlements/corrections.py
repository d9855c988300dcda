"""A settled period computed again with other facts; the difference is owed, or taken, in the open period.

A closed run is never edited. Corrections stack: each is compared with the run as corrected so far, so nothing is owed
twice. Two people are needed, as for a release.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import NAMESPACE_OID, UUID, uuid5

from django.db import transaction
from django.db.models import Sum

from ledger import selectors
from ledger.domain import corrections as domain
from ledger.domain import events
from ledger.domain.corrections import AdvanceDifference, AdvanceState, Change, Differences, RunRestored
from ledger.domain.errors import NotAllowedError, WrongStateError
from ledger.domain.settlement.run import settle
from ledger.models import Advance, AdvanceCorrection, Correction, Party, RevenueLine, SettlementRun
from ledger.services import documents, log
from ledger.services.append import append, recorded
from ledger.services.settlements import adjustments, folder, runs
from ledger.services.settlements.rights_of_run import RightsOfRun

UNDECIDED_STATES = ("calculated", "reviewed", "approved")
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
    _refuse_what_comes_anyway(changes)
    base_inputs_hash, base_outputs_hash = as_corrected(run)
    files = domain.applied(
        folder.load(base_inputs_hash),
        changes,
        supply=RightsOfRun(run.cutoff_position),
        folder=folder.load,
        document=_document,
    )
    return _compared(run, tuple(changes), base_inputs_hash, base_outputs_hash, files)


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


def _refuse_what_comes_anyway(changes: Sequence[Change]) -> None:
    """A reversal that the log holds enters a run by itself: as a correction it would count twice."""
    for change in changes:
        if isinstance(change, domain.LineReversed) and _reversed_in_the_log(change.line_id):
            raise WrongStateError(f"the {change.kind} of {change.line_id} is in the log: a run takes it by itself")


def _reversed_in_the_log(line_id: str) -> bool:
    return RevenueLine.objects.filter(kind__in=("refund", "dispute"), revenue_id__endswith=f"/{line_id}").exists()


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


# ------------------------------------------------------------------------------------------------------- verbs
@transaction.atomic
def calculate(*, run_id: UUID, changes: Sequence[Change], reason: str, actor_id: UUID, key: str) -> UUID:
    """Write a correction down, for a second person to post; `reason` is told to the payees. Returns its id.

    Raises
    ------
    WrongStateError
        If nothing would change, no reason is given, or a payee is not known; and as `preview`.
    """
    run = runs.locked(run_id, *adjustments.ISSUED_STATES)
    if (before := _recorded_id(key)) is not None:
        return before
    if not reason.strip():
        raise WrongStateError("say why: the payees read it on their statements")
    found = preview(run_id=run_id, changes=changes)
    if not (found.differences.payees or found.advances):
        raise WrongStateError("with these changes nobody would have got anything else")
    _check_known(party_id for party_id, _currency in found.owed)
    correction_id = uuid5(NAMESPACE_OID, f"correction/{key}")
    append(
        events.CorrectionCalculated(
            correction_id=correction_id,
            run_id=run.run_id,
            changes_hash=documents.keep(domain.encode_changes(changes), media_type="application/json"),
            reason_hash=documents.keep(reason.strip().encode(), media_type="text/plain"),
            base_inputs_hash=found.base_inputs_hash,
            base_outputs_hash=found.base_outputs_hash,
            inputs_hash=folder.keep(found.files),
            outputs_hash=folder.keep(found.outputs),
            totals=tuple(
                events.Amount(currency=currency, amount_micro=amount)
                for currency, amount in sorted(found.totals.items())
            ),
        ),
        actor_id=actor_id,
        key=key,
    )
    return correction_id


def _recorded_id(key: str) -> UUID | None:
    found = [one.event for one in recorded(key) if isinstance(one.event, events.CorrectionCalculated)]
    return found[0].correction_id if found else None


def _check_known(party_ids: Iterable[str]) -> None:
    known = set(Party.objects.values_list("party_id", flat=True))
    for party_id in party_ids:
        if not _is_known(party_id, known):
            raise WrongStateError(f"nobody with the id {party_id} is known here")


def _is_known(party_id: str, known: set[UUID]) -> bool:
    try:
        return UUID(party_id) in known
    except ValueError:
        return False


@transaction.atomic
def post(*, correction_id: UUID, actor_id: UUID) -> None:
    """A second person lets the differences count: balances and advances move now, the next run pays or takes them.

    Raises
    ------
    NotAllowedError
        If the actor calculated it.
    WrongStateError
        If it is not waiting, another correction of the run was posted since, a run is being decided, or the stored
        folder no longer gives the stored results.
    """
    run, found = _waiting(correction_id)
    if actor_id == found.prepared_by:
        raise NotAllowedError("who calculated a correction cannot post it: a second person must")
    if SettlementRun.objects.filter(state__in=UNDECIDED_STATES).exists():
        raise WrongStateError("a run is calculated and not released yet: release or discard it first")
    if as_corrected(run) != (found.base_inputs_hash, found.base_outputs_hash):
        raise WrongStateError("another correction of this run was posted since: calculate this one again")
    log.lock_head()  # nobody may claim a party, or repay an advance, between looking and writing
    computed = again(found)
    if folder.manifest_hash(computed.outputs) != found.outputs_hash:
        raise WrongStateError("the stored folder does not give the stored results; nothing was posted")
    append(*_facts(found, computed), actor_id=actor_id, key=f"correction.posted:{correction_id}")


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


def _waiting(correction_id: UUID) -> tuple[SettlementRun, Correction]:
    run_id = Correction.objects.filter(correction_id=correction_id).values_list("run_id", flat=True).first()
    if run_id is None:
        raise WrongStateError("there is no such correction")
    run = runs.locked(run_id, *adjustments.ISSUED_STATES)
    found = Correction.objects.get(correction_id=correction_id)
    if found.state != "calculated":
        raise WrongStateError(f"this correction is {found.state}")
    return run, found


def _facts(correction: Correction, computed: Preview) -> list[events.Event]:
    facts: list[events.Event] = [
        events.CorrectionPosted(
            correction_id=correction.correction_id, run_id=correction.run_id, outputs_hash=correction.outputs_hash
        )
    ]
    for (party_id, currency), amount in computed.owed.items():
        facts.append(
            events.BalanceAdjusted(
                adjustment_id=uuid5(NAMESPACE_OID, f"{correction.correction_id}/{party_id}/{currency}"),
                party_id=UUID(party_id),
                currency=currency,
                amount_micro=amount,
                basis="correction",
                cause_id=correction.correction_id,
                escrowed=adjustments.is_escrowed(UUID(party_id)),
            )
        )
    return facts + [
        events.AdvanceCorrected(
            correction_id=correction.correction_id,
            advance_id=UUID(one.advance_id),
            currency=one.currency,
            amount_micro=one.counted_micro,
            unrecouped_micro=one.unrecouped_micro,
        )
        for one in computed.advances
        if one.counted_micro
    ]


@transaction.atomic
def discard(*, correction_id: UUID, actor_id: UUID) -> None:
    """Set a calculated correction aside."""
    _run, found = _waiting(correction_id)
    append(
        events.CorrectionDiscarded(correction_id=correction_id, run_id=found.run_id),
        actor_id=actor_id,
        key=f"correction.discarded:{correction_id}",
    )


def undo(*, correction_id: UUID, reason: str, actor_id: UUID, key: str) -> UUID:
    """A correction back to what the newest posted one was compared with; it needs a second person like any other.

    Raises
    ------
    WrongStateError
        If it is not the newest posted correction of its run.
    """
    found = Correction.objects.filter(correction_id=correction_id, state="posted").first()
    if found is None:
        raise WrongStateError("only a posted correction can be undone")
    if as_corrected(SettlementRun.objects.get(run_id=found.run_id))[0] != found.inputs_hash:
        raise WrongStateError("a later correction stands on this one: undo that first")
    changes = [RunRestored(inputs_hash=found.base_inputs_hash)]
    return calculate(run_id=found.run_id, changes=changes, reason=reason, actor_id=actor_id, key=key)
