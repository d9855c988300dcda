"""The dry run: a period computed and nothing written, with what is unusual and what is kept back.

A draft is kept by (period, version of the log), so that the page after a click can say what the click moved; a large
one is computed by a worker (`ask`), while the page shows how far it is.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.core.cache import cache
from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.services import jobs
from ledger.services.settlements import periods, reviews, runs
from ledger.services.settlements.eligible import Waiting
from ledger.services.settlements.findings import Finding
from marketplace.dashboards import settlements
from marketplace.dashboards.settlements import PayeeRow
from production import progress

TASK = "marketplace.draft_settlement"
LINES_AT_ONCE_MAX = 20_000
"""A draft over more lines than this takes longer than a second: a worker computes it."""
KEEP_SECONDS = 24 * 3600
CAUSES = ("hold", "claim", "deferral", "maturity", "fee")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Money that a run leaves alone, of one cause and currency."""

    cause: str
    currency: str
    cause_id: UUID | None
    lines: int
    net_minor: int
    first_ready: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """Who would get what, what is unusual, what is kept back."""

    period: periods.Period
    version: str
    rows: tuple[PayeeRow, ...]
    findings: tuple[Finding, ...]
    kept: tuple[Kept, ...]
    lines: int

    @property
    def unpaid(self) -> list[PayeeRow]:
        """Payees with a positive balance that would not be paid."""
        return [row for row in self.rows if row.why_not]


def _key(period: periods.Period, version: str) -> str:
    return f"dry-run:{period.name}:{version}"


def kept(period: periods.Period, version: str) -> DryRun | None:
    """A draft that was computed before, as of a version."""
    found: DryRun | None = cache.get(_key(period, version))
    return found


def at_once(period: periods.Period) -> DryRun | None:
    """The draft of a period as of now, unless it would take long and is not kept.

    Raises
    ------
    WrongStateError
        If the period cannot be settled.
    """
    version = runs.version()
    found = kept(period, version)
    if found is None and runs.lines_before(period) <= LINES_AT_ONCE_MAX:
        found = compute(period)
    return found


def compute(period: periods.Period) -> DryRun:
    """Compute the draft of a period, and keep it."""
    version = runs.version()
    draft = runs.draft(period)
    waiting = reviews.waiting_in(period)
    last = reviews.last_royalties()
    results = list(draft.result.statement_rows())
    why_not = reviews.why_not(results, draft.files)
    found = reviews.list_findings(results, files=draft.files, last=last, waiting=waiting, money=None)
    made = DryRun(
        period=period,
        version=version,
        rows=tuple(settlements.payee_rows(results, why_not=why_not, last=last, found=found)),
        findings=tuple(one for one in found if one.kind != "shortfall"),
        kept=tuple(_groups(waiting)),
        lines=len(draft.facts.lines),
    )
    cache.set(_key(period, version), made, KEEP_SECONDS)
    return made


def _groups(waiting: Iterable[Waiting]) -> list[Kept]:
    groups: defaultdict[tuple[str, str, UUID | None], list[Waiting]] = defaultdict(list)
    for one in waiting:
        groups[one.cause, one.line.currency, one.cause_id].append(one)
    found = [
        Kept(
            cause=cause,
            currency=currency,
            cause_id=cause_id,
            lines=len(ones),
            net_minor=sum(one.line.gross_minor - one.line.tax_minor - one.line.fee_minor for one in ones),
            first_ready=min((one.until.date() for one in ones if one.until), default=None),
        )
        for (cause, currency, cause_id), ones in groups.items()
    ]
    return sorted(found, key=lambda one: (CAUSES.index(one.cause), one.currency, -abs(one.net_minor)))


# ------------------------------------------------------------------------------------------------- by a worker
def ask(period: periods.Period, *, actor_id: UUID) -> UUID:
    """Have the draft of a period computed by a worker; the job to follow."""
    version = runs.version()
    return jobs.request(
        task=TASK,
        arguments={"period": period.name, "version": version},
        actor_id=actor_id,
        key=f"draft:{period.name}:{version}:{actor_id}",
    )


def work(job_id: UUID) -> None:
    """Compute what a job asked for."""
    with jobs.running(job_id) as job:
        if job is None:
            return
        progress.tell(job_id, 0.1, _("Collecting the lines"))
        try:
            compute(periods.parse(str(job.arguments["period"])))
        except Exception as error:
            jobs.fail(job_id, code=getattr(error, "code", "failed"), actor_id=job.actor_id)
            progress.tell_end(job_id)
            raise
        jobs.finish(job_id, result={}, actor_id=job.actor_id)
        progress.tell_end(job_id)


# ------------------------------------------------------------------------------------------- what a click moved
@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One payee's figures before and after a click."""

    name: str
    currency: str
    payout_before: int
    payout_after: int
    royalty_before: int
    royalty_after: int


def moved(before: DryRun, after: DryRun) -> list[Moved]:
    """Whose payout or royalty differs, the largest change first."""
    old = {(row.party_id, row.currency): row for row in before.rows}
    new = {(row.party_id, row.currency): row for row in after.rows}
    found = []
    for key in old.keys() | new.keys():
        was, now = old.get(key), new.get(key)
        one = Moved(
            name=(now or was).name,  # type: ignore[union-attr]
            currency=key[1],
            payout_before=was.payout_minor if was else 0,
            payout_after=now.payout_minor if now else 0,
            royalty_before=was.royalty_micro if was else 0,
            royalty_after=now.royalty_micro if now else 0,
        )
        if (one.payout_before, one.royalty_before) != (one.payout_after, one.royalty_after):
            found.append(one)
    return sorted(found, key=lambda one: (-abs(one.royalty_after - one.royalty_before), one.currency, one.name))


def causes() -> dict[str, str]:
    """Words for what keeps money back."""
    return {
        "hold": _("Held element"),
        "claim": _("Disputed share"),
        "deferral": _("Left for the next run"),
        "maturity": _("Refund window not over"),
        "fee": _("Processor’s fee not known yet"),
    }


def names_of_causes(groups: Iterable[Kept]) -> dict[UUID, dict[str, object]]:
    """Cause id -> what it is about: the element of a hold or a claim, the line or order of a deferral, and why."""
    wanted = {one.cause_id for one in groups if one.cause_id}
    holds = {one.hold_id: one for one in ledger.standing_holds() if one.hold_id in wanted}
    deferrals = {one.deferral_id: one for one in ledger.deferrals() if one.deferral_id in wanted}
    claims = {one.claim_id: one for one in ledger.claims(decided=False) if one.claim_id in wanted}
    reasons = ledger.reasons(one.reason_hash for one in (*holds.values(), *deferrals.values()))
    found: dict[UUID, dict[str, object]] = {}
    for hold_id, hold in holds.items():
        found[hold_id] = {"element_id": hold.element_id, "reason": reasons[hold.reason_hash].staff}
    for deferral_id, one in deferrals.items():
        found[deferral_id] = {
            "order_id": one.order_id,
            "line_id": one.line_id,
            "sold_id": _sold_in(one),
            "reason": reasons[one.reason_hash].staff,
        }
    for claim_id, claim in claims.items():
        found[claim_id] = {"element_id": claim.element_id, "reason": resemblances().get(claim.reason, claim.reason)}
    return found


def resemblances() -> dict[str, str]:
    """Words for why a claim was opened."""
    return {"near_match": _("close to an older one"), "same_bytes": _("the same file as an older one")}


def _sold_in(deferral: ledger.Deferral) -> UUID | None:
    """The element of a line that waits, or of the first line of an order that does."""
    if deferral.line_id:
        line = ledger.revenue_by_ids([deferral.line_id]).get(deferral.line_id)
        return line.element_id if line else None
    order = ledger.order(deferral.order_id) if deferral.order_id else None
    return order.lines[0].element_id if order and order.lines else None
