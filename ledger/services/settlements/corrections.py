"""Corrections of a settled period, step by step: calculate, post by a second person, discard, undo.

A closed run is never edited. Corrections stack: each is compared with the run as corrected so far, so nothing is owed
twice. What differs is owed, or taken, in the open period.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import NAMESPACE_OID, UUID, uuid5

from django.db import transaction

from ledger.domain import corrections as domain
from ledger.domain import events
from ledger.domain.corrections import Change, RunRestored
from ledger.domain.errors import NotAllowedError, WrongStateError
from ledger.models import Correction, Party, SettlementRun
from ledger.services import documents, log
from ledger.services.append import append, recorded
from ledger.services.settlements import adjustments, folder, runs, told
from ledger.services.settlements.corrected import Preview, again, as_corrected, preview


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
        If it is not waiting, another correction of the run was posted since, it is `blocked`, or the stored folder no
        longer gives the stored results.
    """
    run, found = _waiting(correction_id)
    if actor_id == found.prepared_by:
        raise NotAllowedError("who calculated a correction cannot post it: a second person must")
    if as_corrected(run) != (found.base_inputs_hash, found.base_outputs_hash):
        raise WrongStateError("another correction of this run was posted since: calculate this one again")
    computed = again(found)  # advances move only under the lock of runs, which is held
    if folder.manifest_hash(computed.outputs) != found.outputs_hash:
        raise WrongStateError("the stored folder does not give the stored results; nothing was posted")
    if reason := blocked(computed):
        raise WrongStateError(reason)
    # Nobody may refund a sale between looking at the log and writing, nor claim a party that is in escrow.
    log.lock_head()
    told.check(run, folder.load(found.base_inputs_hash), computed.files)
    append(*_facts(found, computed), actor_id=actor_id, key=f"correction.posted:{correction_id}")


def blocked(computed: Preview) -> str:
    """Why a correction cannot be posted now, in words; empty if it can.

    A run that is calculated and not released has read the advances: they must not move under it.
    """
    moves_advances = any(one.counted_micro for one in computed.advances)
    if moves_advances and SettlementRun.objects.filter(state__in=told.UNDECIDED_STATES).exists():
        return (
            "It changes what is repaid of an advance, and a run is calculated and not released yet: "
            "release or discard that run first."
        )
    return ""


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
