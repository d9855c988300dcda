"""The review of a run: what is unusual is listed, looked at and acknowledged; only then can the run be approved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from django.conf import settings
from django.db import transaction

from ledger.domain import canonical, events
from ledger.domain.errors import WrongStateError
from ledger.domain.settlement.result import StatementRow
from ledger.gateways import payouts as gateway
from ledger.gateways.errors import GatewayError
from ledger.models import SettlementRun
from ledger.services import documents
from ledger.services.append import append
from ledger.services.settlements import eligible, findings, folder, gather, periods, reasons, runs
from ledger.services.settlements.findings import Finding


def funds() -> dict[str, gateway.Funds] | None:
    """The platform's money at the processor by currency; None if it did not answer."""
    try:
        return {one.currency: one for one in gateway.balance()}
    except GatewayError:
        return None


def last_royalties(before_position: int | None = None) -> dict[tuple[str, str], int]:
    """(party, currency) -> royalty of the newest statement, of those issued before a position."""
    return {
        (str(one.party_id), one.currency): one.royalty_micro
        for one in runs.last_statements(before_position=before_position)
    }


def why_not(rows: Iterable[StatementRow], files: Mapping[str, bytes]) -> dict[tuple[str, str], str]:
    """(party, currency) -> why nothing of a positive balance is paid."""
    rules = reasons.rules_of(files)
    found = {}
    for one in rows:
        why = reasons.why_not_paid(
            rules,
            party_id=one.party_id,
            currency=one.currency,
            payable_micro=one.payable_micro,
            gross_payout_minor=one.gross_payout_minor,
        )
        if why:
            found[one.party_id, one.currency] = why
    return found


def waiting_in(period: periods.Period) -> list[eligible.Waiting]:
    """What the run of a period leaves alone, and why."""
    earlier = [end for end in gather.earlier_ends() if end < period.end]
    window = dt.timedelta(days=settings.REFUND_WINDOW_DAYS)
    return eligible.waiting(period, earlier_ends=earlier, window=window)


def list_findings(
    rows: Sequence[StatementRow],
    *,
    files: Mapping[str, bytes],
    last: Mapping[tuple[str, str], int],
    waiting: Iterable[eligible.Waiting],
    money: Mapping[str, gateway.Funds] | None,
) -> list[Finding]:
    """Every finding of a computed run, written or not."""
    platform = str(settings.PLATFORM_PARTY_ID)  # it keeps its own balance: never paid, never an outlier
    words = {key: why for key, why in why_not(rows, files).items() if key[0] != platform}
    return findings.of(
        [row for row in rows if row.party_id != platform],
        last=last,
        why_not=words,
        waiting=waiting,
        available_minor=None if money is None else {code: one.available_minor for code, one in money.items()},
        pending_minor=None if money is None else {code: one.pending_minor for code, one in money.items()},
    )


def of_run(run_id: UUID) -> list[Finding]:
    """The findings of a run that is not released yet."""
    run = SettlementRun.objects.get(run_id=run_id)
    files = folder.load(run.inputs_hash)
    return list_findings(
        folder.statement_rows(folder.load(run.outputs_hash)),
        files=files,
        last=last_royalties(),
        waiting=waiting_in(periods.parse(run.period)),
        money=funds(),
    )


def review(*, run_id: UUID, acknowledged: Collection[str], actor_id: UUID) -> None:
    """Somebody went through the findings of a calculated run and acknowledged each kind of them.

    Raises
    ------
    WrongStateError
        If there is no such run, it is not calculated, or a kind of finding was not acknowledged.
    """
    if not SettlementRun.objects.filter(run_id=run_id).exists():
        raise WrongStateError("there is no such run")
    found = of_run(run_id)  # asks the processor: outside the transaction
    with transaction.atomic():
        run = runs.locked(run_id, "calculated")
        if missing := sorted({one.kind for one in found} - set(acknowledged)):
            raise WrongStateError(f"not looked at yet: {', '.join(missing).replace('_', ' ')}")
        kept = documents.keep(canonical.encode([one.as_json() for one in found]), media_type="application/json")
        append(
            events.SettlementReviewed(
                run_id=run_id, outputs_hash=run.outputs_hash, findings_hash=kept, findings=len(found)
            ),
            actor_id=actor_id,
            key=f"settlement.reviewed:{run_id}",
        )
