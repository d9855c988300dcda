"""What label staff ask at month's end: is it right, what is unusual, what is left for me to do?"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.domain.settlement.result import StatementRow
from ledger.gateways import payouts as gateway
from ledger.gateways.errors import GatewayError
from ledger.services.settlements import periods, runs

MICRO = 1_000_000
OUTLIER_RATIO = 3
"""A payee whose royalty is this many times that of the last run, or a part as small, is worth a look."""

NEXT_STEPS = ("calculated", "approved", "released", "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeRow:
    """One row of a run, dry or written."""

    party_id: UUID
    name: str
    currency: str
    opening_micro: int
    royalty_micro: int
    recouped_micro: int
    recoupment_received_micro: int
    reserve_held_micro: int
    reserve_released_micro: int
    payable_micro: int
    withheld_minor: int
    payout_minor: int
    carried_micro: int
    why_not: str
    last_royalty_micro: int | None
    statement_id: UUID | None = None
    payout_state: str = ""
    payout_code: str = ""

    @property
    def unusual(self) -> str:
        """What staff should look at, in a word or two; empty if nothing."""
        if self.carried_micro < 0:
            return _("negative balance")
        last = self.last_royalty_micro
        if last and self.royalty_micro > last * OUTLIER_RATIO:
            return _("far more than last time")
        if last and self.royalty_micro * OUTLIER_RATIO < last:
            return _("far less than last time")
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyTotal:
    """One currency of a run: needed for payouts against available at the processor."""

    currency: str
    royalty_micro: int
    payout_minor: int
    available_minor: int | None
    pending_minor: int | None

    @property
    def short_minor(self) -> int:
        """What is missing at the processor; 0 if nothing (or if it did not answer)."""
        return max(0, self.payout_minor - self.available_minor) if self.available_minor is not None else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """Who would get what, who cannot be paid and why."""

    period: periods.Period
    rows: tuple[PayeeRow, ...]
    totals: tuple[CurrencyTotal, ...]
    lines: int

    @property
    def unpaid(self) -> list[PayeeRow]:
        """Payees with a positive balance that would not be paid."""
        return [row for row in self.rows if row.payable_micro > 0 and not row.payout_minor]


def dry_run(period_name: str) -> DryRun:
    """Compute a period without writing anything."""
    found = runs.draft(periods.parse(period_name))
    last = {(one.party_id, one.currency): one.royalty_micro for one in runs.last_statements()}
    results = list(found.result.statement_rows())
    names = ledger.names_of(UUID(row.party_id) for row in results)
    rows = []
    for row in results:
        party_id = UUID(row.party_id)
        why = found.facts.holds.get(party_id, _("below the least payout, or on hold"))
        rows.append(
            PayeeRow(
                name=names[party_id],
                why_not=why if row.payable_micro > 0 and not row.gross_payout_minor else "",
                last_royalty_micro=last.get((party_id, row.currency)),
                party_id=party_id,
                **{name: value for name, value in row._asdict().items() if name in _FIGURES},
            )
        )
    return DryRun(period=found.period, rows=tuple(_sorted(rows)), totals=_totals(rows), lines=len(found.facts.lines))


_FIGURES = frozenset(PayeeRow.__dataclass_fields__) - {"party_id", "name"}


def _sorted(rows: list[PayeeRow]) -> list[PayeeRow]:
    return sorted(rows, key=lambda row: (row.currency, -row.royalty_micro, row.name))


def _totals(rows: list[PayeeRow]) -> tuple[CurrencyTotal, ...]:
    try:
        funds = {one.currency: one for one in gateway.balance()}
    except GatewayError:
        funds = None
    totals = []
    for currency in sorted({row.currency for row in rows}):
        mine = [row for row in rows if row.currency == currency]
        fund = funds.get(currency) if funds is not None else None
        totals.append(
            CurrencyTotal(
                currency=currency,
                royalty_micro=sum(row.royalty_micro for row in mine),
                payout_minor=sum(row.payout_minor for row in mine),
                available_minor=None if funds is None else (fund.available_minor if fund else 0),
                pending_minor=None if funds is None else (fund.pending_minor if fund else 0),
            )
        )
    return tuple(totals)


def run_rows(run: ledger.SettlementRun) -> list[PayeeRow]:
    """The rows of a written run: its statements once released, before that what its stored folder gives."""
    if run.state in ("released", "closed"):
        return _issued_rows(run)
    from ledger.domain.settlement import settle
    from ledger.services.settlements import folder

    files = folder.load(run.inputs_hash)
    result = settle(folder.read(files))
    holds = {row["party_id"]: row["reason"] for row in csv.DictReader(io.StringIO(files["holds.csv"].decode()))}
    last = {(one.party_id, one.currency): one.royalty_micro for one in runs.last_statements()}
    results = list(result.statement_rows())
    names = ledger.names_of(UUID(row.party_id) for row in results)
    rows = [
        PayeeRow(
            party_id=UUID(row.party_id),
            name=names[UUID(row.party_id)],
            why_not=_why_not(row, holds),
            last_royalty_micro=last.get((UUID(row.party_id), row.currency)),
            **{name: value for name, value in row._asdict().items() if name in _FIGURES},
        )
        for row in results
    ]
    return _sorted(rows)


def _why_not(row: StatementRow, holds: Mapping[str, str]) -> str:
    """Why nothing of a positive balance would be paid; empty if it would be."""
    if row.payable_micro <= 0 or row.gross_payout_minor:
        return ""
    return holds.get(row.party_id) or _("below the least payout")


def _issued_rows(run: ledger.SettlementRun) -> list[PayeeRow]:
    from marketplace.dashboards.earnings import why_not_paid

    statements = ledger.statements_of_run(run.run_id)
    payouts = {payout.statement_id: payout for payout in ledger.payouts_of_run(run.run_id)}
    names = ledger.names_of(one.party_id for one in statements)
    rows = []
    for one in statements:
        payout = payouts.get(one.statement_id)
        rows.append(
            PayeeRow(
                party_id=one.party_id,
                name=names[one.party_id],
                why_not=why_not_paid(one),
                last_royalty_micro=None,
                statement_id=one.statement_id,
                payout_state=payout.state if payout else "",
                payout_code=payout.code if payout else "",
                **{name: getattr(one, name) for name in _FIGURES if hasattr(one, name) and name != "statement_id"},
            )
        )
    return _sorted(rows)


def totals_of(rows: list[PayeeRow]) -> tuple[CurrencyTotal, ...]:
    """Totals of a written run's rows, with the processor's balance beside them."""
    return _totals(rows)


def steps(run: ledger.SettlementRun) -> list[dict[str, str]]:
    """The step rail of a run: who did what."""
    names = ledger.names_of(p for p in (run.prepared_by, run.approved_by, run.released_by) if p)
    reached = NEXT_STEPS.index(run.state) if run.state in NEXT_STEPS else -1
    people = {
        "calculated": names.get(run.prepared_by, ""),
        "approved": names.get(run.approved_by, "") if run.approved_by else "",
        "released": names.get(run.released_by, "") if run.released_by else "",
        "closed": "",
    }
    labels = {
        "calculated": _("Calculated"),
        "approved": _("Approved"),
        "released": _("Released"),
        "closed": _("Paid and closed"),
    }
    rail = []
    for place, step in enumerate(NEXT_STEPS):
        state = "done" if place <= reached else "current" if place == reached + 1 else "todo"
        if run.state == "discarded":
            state = "bad" if place == 0 else "todo"
        rail.append({"label": labels[step], "note": people[step], "state": state})
    return rail


def events_of(run: ledger.SettlementRun) -> list[dict[str, Any]]:
    """The events of a run that are steps, with who and when."""
    records = [r for r in ledger.events_about(run.run_id, limit=500) if r.event.kind.startswith("settlement.")]
    names = ledger.names_of(record.actor_id for record in records)
    return [{"record": record, "name": names[record.actor_id]} for record in records]
