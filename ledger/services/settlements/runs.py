"""The steps of a settlement: calculate, review, approve, release, pay, close. Each is an event; two people are needed.

A run can be interrupted anywhere: every step is one transaction with a key of its own, and what follows a release (the
transfers) hangs on outbox rows that were written with it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import NAMESPACE_OID, UUID, uuid5

from django.conf import settings
from django.db import connection, transaction

from ledger.domain import events
from ledger.domain.errors import NotAllowedError, WrongStateError
from ledger.domain.ids import uuid7
from ledger.domain.settlement.result import SettlementResult, StatementRow
from ledger.domain.settlement.run import settle
from ledger.models import EventRow, Party, PartyIdentity, Payout, RevenueLine, SettlementRun, Statement
from ledger.services import clock, log, outbox
from ledger.services.append import append
from ledger.services.settlements import folder, gather, periods, told
from ledger.services.settlements.periods import Period

OPEN_STATES = ("calculated", "reviewed", "approved", "released")
PAY_TASK = "ledger.pay"
_RUN_LOCK = (76201, 7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A computed run that is not written anywhere yet: the dry run."""

    period: Period
    files: dict[str, bytes]
    result: SettlementResult
    facts: gather.Gathered


def draft(period: Period, *, window: dt.timedelta | None = None) -> Draft:
    """Compute the run of a period without writing anything; `window` in place of the refund window, for estimates.

    Raises
    ------
    WrongStateError
        If the period has not ended, or does not end after the last run.
    """
    if period.end > clock.now():
        raise WrongStateError(f"{period.words} has not ended yet")
    earlier = gather.earlier_ends()
    if earlier and period.end <= earlier[-1]:
        raise WrongStateError(f"everything before {earlier[-1]:%d %B %Y, %H:%M} UTC was settled already")
    gathered = gather.gather(period, earlier=earlier, window=window)
    return Draft(period=period, files=gathered.files, result=settle(folder.read(gathered.files)), facts=gathered)


@transaction.atomic
def calculate(*, period: Period, actor_id: UUID) -> UUID:
    """Write a computed run: its folder and results as documents, bound by their hashes in the event. Returns its id."""
    _one_at_a_time()
    if SettlementRun.objects.filter(state__in=OPEN_STATES).exists():
        raise WrongStateError("another run is open: close or discard it first")
    _wait_for_writers()
    found = draft(period)
    run_id = uuid7()
    inputs_hash = folder.keep(found.files)
    outputs_hash = folder.keep(folder.outputs(found.result))
    previous = SettlementRun.objects.exclude(state="discarded").order_by("-cutoff_position").first()
    append(
        events.SettlementCalculated(
            run_id=run_id,
            period=period.name,
            from_position=previous.cutoff_position + 1 if previous else 0,
            cutoff_position=found.facts.cutoff_position,
            commission_ppm=settings.COMMISSION_PPM,
            inputs_hash=inputs_hash,
            outputs_hash=outputs_hash,
            totals=_totals(found.result),
        ),
        actor_id=actor_id,
        key=f"settlement.calculated:{run_id}",
    )
    return run_id


def _totals(result: SettlementResult) -> tuple[events.Amount, ...]:
    sums: dict[str, int] = {}
    for row in result.statement_rows():
        sums[row.currency] = sums.get(row.currency, 0) + row.royalty_micro
    return tuple(events.Amount(currency=currency, amount_micro=amount) for currency, amount in sorted(sums.items()))


def _one_at_a_time() -> None:
    """Runs are steps of one sequence; the lock ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", _RUN_LOCK)


def _wait_for_writers() -> None:
    """Whoever is writing now may add an event from before the period's end, and a line missed now is missed for good.

    Rolling back to a savepoint gives the lock back at once: nobody waits while the run is computed.
    """
    with transaction.atomic():
        log.lock_head()
        transaction.set_rollback(True)


def locked(run_id: UUID, *states: str) -> SettlementRun:
    """The run, while no other step of any run can be taken; refused if it is in none of these states."""
    _one_at_a_time()
    run = SettlementRun.objects.filter(run_id=run_id).first()
    if run is None:
        raise WrongStateError("there is no such run")
    if run.state not in states:
        raise WrongStateError(f"this run is {run.state}; that can be done only while it is {' or '.join(states)}")
    return run


@transaction.atomic
def discard(*, run_id: UUID, actor_id: UUID, reason: str) -> None:
    """Set a run aside before its release; `reason` is a code."""
    locked(run_id, "calculated", "reviewed", "approved")
    append(
        events.SettlementDiscarded(run_id=run_id, reason=reason),
        actor_id=actor_id,
        key=f"settlement.discarded:{run_id}",
    )


@transaction.atomic
def approve(*, run_id: UUID, actor_id: UUID) -> None:
    """Somebody stands by the figures, once what is unusual about them was looked at."""
    run = locked(run_id, "reviewed")
    append(
        events.SettlementApproved(run_id=run_id, outputs_hash=run.outputs_hash),
        actor_id=actor_id,
        key=f"settlement.approved:{run_id}",
    )


@transaction.atomic
def release(*, run_id: UUID, actor_id: UUID) -> None:
    """A second person lets the money go: statements are issued, the journal moves, payouts are asked for.

    Raises
    ------
    NotAllowedError
        If the actor calculated, reviewed or approved this run.
    WrongStateError
        If the run is not approved, or its stored folder no longer gives its stored results.
    """
    run = locked(run_id, "approved")
    if actor_id in (run.prepared_by, run.reviewed_by, run.approved_by):
        raise NotAllowedError("who prepared, reviewed or approved a run cannot release it: a second person must")
    files = folder.load(run.inputs_hash)
    result = settle(folder.read(files))
    if folder.manifest_hash(folder.outputs(result)) != run.outputs_hash:
        raise WrongStateError("the stored folder does not give the stored results; nothing was released")
    log.lock_head()  # nobody may claim a party between reading who is in escrow and writing it
    facts: list[events.Event] = [events.SettlementReleased(run_id=run_id, outputs_hash=run.outputs_hash)]
    facts += _statements(run, result)
    facts += _recouped(run, result)
    facts += told.facts(run_id, files)
    append(*facts, actor_id=actor_id, key=f"settlement.released:{run_id}")
    # A run in which nobody is paid has nothing to wait for.
    close_if_paid(run_id=run_id, actor_id=actor_id)


def statement_id_of(run_id: UUID, party_id: UUID, currency: str) -> UUID:
    """A statement's id follows from its run, payee and currency: asked for again, it is the same."""
    return uuid5(NAMESPACE_OID, f"{run_id}/{party_id}/{currency}")


def _statements(run: SettlementRun, result: SettlementResult) -> list[events.Event]:
    claimed = set(Party.objects.filter(claimed=True).values_list("party_id", flat=True))
    documents_of = gather.statement_lines(run.inputs_hash, result)
    facts: list[events.Event] = []
    for row in result.statement_rows():
        party_id = UUID(row.party_id)
        statement_id = statement_id_of(run.run_id, party_id, row.currency)
        lines_hash = documents_of(row.party_id, row.currency)
        facts.append(_issued(run.run_id, statement_id, row, escrowed=party_id not in claimed, lines_hash=lines_hash))
        if row.payout_minor > 0 or row.withheld_minor > 0:
            facts.append(_request_payout(run.run_id, statement_id, row))
    return facts


def _issued(
    run_id: UUID, statement_id: UUID, row: StatementRow, *, escrowed: bool, lines_hash: str
) -> events.StatementIssued:
    figures = row._asdict()
    return events.StatementIssued(
        statement_id=statement_id,
        run_id=run_id,
        party_id=UUID(figures.pop("party_id")),
        escrowed=escrowed,
        lines_hash=lines_hash,
        **figures,
    )


def _request_payout(run_id: UUID, statement_id: UUID, row: StatementRow) -> events.PayoutRequested:
    payout_id = uuid5(NAMESPACE_OID, f"payout/{statement_id}")
    outbox.put(task=PAY_TASK, payload={"payout_id": str(payout_id)})
    return events.PayoutRequested(
        payout_id=payout_id,
        run_id=run_id,
        statement_id=statement_id,
        party_id=UUID(row.party_id),
        currency=row.currency,
        gross_minor=row.gross_payout_minor,
        withheld_minor=row.withheld_minor,
        payout_minor=row.payout_minor,
    )


def _recouped(run: SettlementRun, result: SettlementResult) -> list[events.Event]:
    before = gather.unrecouped(run.inputs_hash)
    return [
        events.AdvanceRecouped(
            run_id=run.run_id,
            advance_id=UUID(row.advance_id),
            currency=row.currency,
            amount_micro=before[row.advance_id] - row.unrecouped_micro,
            unrecouped_micro=row.unrecouped_micro,
        )
        for row in result.advance_rows()
        if row.unrecouped_micro != before[row.advance_id]
    ]


@transaction.atomic
def close_if_paid(*, run_id: UUID, actor_id: UUID) -> bool:
    """Close a released run once no payout of it is owed any more; says whether it is closed now."""
    run = SettlementRun.objects.filter(run_id=run_id).first()
    if run is None or run.state != "released":
        return run is not None and run.state == "closed"
    if Payout.objects.filter(run_id=run_id, state__in=("requested", "failed")).exists():
        return False
    _one_at_a_time()
    append(events.SettlementClosed(run_id=run_id), actor_id=actor_id, key=f"settlement.closed:{run_id}")
    return True


def last_statements(*, before_position: int | None = None) -> list[Statement]:
    """The newest statement of every (party, currency), of those issued before a position."""
    found = Statement.objects.order_by("party_id", "currency", "-position").distinct("party_id", "currency")
    return list(found if before_position is None else found.filter(position__lt=before_position))


def choices() -> list[Period]:
    """The periods that can be settled now."""
    ends = gather.earlier_ends()
    first: dt.datetime | None = gather.first_sale_at()
    return periods.choices(after=ends[-1] if ends else None, first=first, now=clock.now())


def version() -> str:
    """Changes whenever a draft would: with every event that is not a job's, and with payees becoming payable."""
    rows = EventRow.objects.exclude(kind__startswith="job.").order_by("-position")
    newest = rows.values_list("position", flat=True).first()
    ready = PartyIdentity.objects.filter(payouts_enabled=True).count()
    opened = PartyIdentity.objects.exclude(stripe_account_id="").count()
    return f"{-1 if newest is None else newest}.{ready}.{opened}"


def lines_before(period: Period) -> int:
    """How many revenue lines a draft of this period has to look at: how long it will take."""
    return RevenueLine.objects.filter(at__lt=period.end).count()
