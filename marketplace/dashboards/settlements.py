"""What label staff ask at month's end: is it right, what is unusual, what is left for me to do?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.domain.settlement.result import StatementRow
from ledger.services.settlements import folder, periods, reasons, reviews
from ledger.services.settlements.findings import Finding
from ledger.services.settlements.payouts import PAYABLE_AGAIN as OWED
from marketplace.dashboards.tables import Column

MICRO = 1_000_000
STEPS = ("calculated", "reviewed", "approved", "released", "paid", "closed")


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
    odd: str = ""
    statement_id: UUID | None = None
    payout_state: str = ""
    payout_code: str = ""

    @property
    def recouped_net_micro(self) -> int:
        """Kept for advances, less what came in from others' advances."""
        return self.recouped_micro - self.recoupment_received_micro

    @property
    def reserve_net_micro(self) -> int:
        """Held in reserve, less what was released of it."""
        return self.reserve_held_micro - self.reserve_released_micro

    @property
    def unusual(self) -> str:
        """What staff should look at, in a word or two; empty if nothing."""
        return odd_words().get(self.odd, "")


def odd_words() -> dict[str, str]:
    """Words for what is unusual about a payee."""
    return {
        "negative_balance": _("negative balance"),
        "more": _("far more than last time"),
        "less": _("far less than last time"),
        "new": _("large, and nothing last time"),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyTotal:
    """One currency of a run: needed for payouts against available at the processor."""

    currency: str
    royalty_micro: int
    payout_minor: int
    payees: int
    available_minor: int | None
    pending_minor: int | None

    @property
    def short_minor(self) -> int:
        """What is missing at the processor; 0 if nothing (or if it did not answer)."""
        return max(0, self.payout_minor - self.available_minor) if self.available_minor is not None else 0

    @property
    def comes_in_time(self) -> bool:
        """Whether what is on its way would cover what is missing: then waiting helps, and a top-up is not needed."""
        return self.short_minor <= (self.pending_minor or 0)


_FIGURES = frozenset(PayeeRow.__dataclass_fields__) - {"party_id", "name", "statement_id"}


def payee_rows(
    results: Sequence[StatementRow],
    *,
    why_not: Mapping[tuple[str, str], str],
    last: Mapping[tuple[str, str], int],
    found: Iterable[Finding],
) -> list[PayeeRow]:
    """The rows of a computed run, the largest royalty first."""
    names = ledger.names_of(UUID(row.party_id) for row in results)
    odd = {
        (one.party_id, one.currency): one.detail or one.kind
        for one in found
        if one.kind in ("outlier", "negative_balance")
    }
    rows = [
        PayeeRow(
            party_id=UUID(row.party_id),
            name=names[UUID(row.party_id)],
            why_not=why_not.get((row.party_id, row.currency), ""),
            last_royalty_micro=last.get((row.party_id, row.currency)),
            odd=odd.get((UUID(row.party_id), row.currency), ""),
            **{name: value for name, value in row._asdict().items() if name in _FIGURES},
        )
        for row in results
    ]
    return _sorted(rows)


def _sorted(rows: list[PayeeRow]) -> list[PayeeRow]:
    return sorted(rows, key=lambda row: (row.currency, -row.royalty_micro, row.name))


def totals_of(rows: Iterable[PayeeRow], *, only_owed: bool = False) -> tuple[CurrencyTotal, ...]:
    """Totals of a run's rows, with the processor's balance of this moment beside them.

    `only_owed`: of a released run, what is still to be sent.
    """
    money, everyone = reviews.funds(), list(rows)
    totals = []
    for currency in sorted({row.currency for row in everyone}):
        mine = [row for row in everyone if row.currency == currency]
        fund = money.get(currency) if money is not None else None
        totals.append(
            CurrencyTotal(
                currency=currency,
                royalty_micro=sum(row.royalty_micro for row in mine),
                payout_minor=sum(row.payout_minor for row in mine if not only_owed or row.payout_state in OWED),
                payees=sum(row.payout_minor > 0 for row in mine),
                available_minor=None if money is None else (fund.available_minor if fund else 0),
                pending_minor=None if money is None else (fund.pending_minor if fund else 0),
            )
        )
    return tuple(totals)


def run_rows(run: ledger.SettlementRun) -> list[PayeeRow]:
    """The rows of a written run: its statements once released, before that what its stored folder gives."""
    if run.state in ("released", "closed"):
        return _issued_rows(run)
    files = folder.load(run.inputs_hash)
    results = folder.statement_rows(folder.load(run.outputs_hash))
    last = reviews.last_royalties(before_position=run.position)
    return payee_rows(results, why_not=reviews.why_not(results, files), last=last, found=kept_findings(run))


def kept_findings(run: ledger.SettlementRun) -> list[Finding]:
    """The findings that the run's reviewer acknowledged; empty before the review."""
    content = ledger.document(run.findings_hash) if run.findings_hash else None
    return [
        Finding(
            kind=one["kind"],
            currency=one["currency"],
            amount_micro=int(one["amount_micro"]),
            before_micro=None if one["before_micro"] is None else int(one["before_micro"]),
            party_id=UUID(one["party_id"]) if one["party_id"] else None,
            detail=one["detail"],
        )
        for one in json.loads(content or b"[]")
    ]


def _issued_rows(run: ledger.SettlementRun) -> list[PayeeRow]:
    statements = ledger.statements_of_run(run.run_id)
    payouts = {payout.statement_id: payout for payout in ledger.payouts_of_run(run.run_id)}
    names = ledger.names_of(one.party_id for one in statements)
    last = reviews.last_royalties(before_position=run.position)
    odd = {(one.party_id, one.currency): one.detail or one.kind for one in kept_findings(run)}
    rows = []
    for one in statements:
        payout = payouts.get(one.statement_id)
        rows.append(
            PayeeRow(
                party_id=one.party_id,
                name=names[one.party_id],
                why_not=reasons.of_statement(one),
                last_royalty_micro=last.get((str(one.party_id), one.currency)),
                odd=odd.get((one.party_id, one.currency), ""),
                statement_id=one.statement_id,
                payout_state=payout.state if payout else "",
                payout_code=payout.code if payout else "",
                **{name: getattr(one, name) for name in _FIGURES if hasattr(one, name)},
            )
        )
    return _sorted(rows)


# ------------------------------------------------------------------------------------------------- the table
def payee_columns() -> list[Column[PayeeRow]]:
    """The columns of the table of payees."""

    def figure(name: str, label: str, value: Callable[[PayeeRow], Any]) -> Column[PayeeRow]:
        return Column(name=name, label=label, value=value, number=True)

    return [
        Column(name="payee", label=_("Payee"), value=lambda row: row.name),
        Column(name="currency", label=_("Currency"), value=lambda row: row.currency),
        figure("opening", _("Opening"), lambda row: row.opening_micro),
        figure("royalty", _("Royalty"), lambda row: row.royalty_micro),
        figure("last", _("Last time"), lambda row: row.last_royalty_micro),
        figure("recouped", _("Recouped"), lambda row: row.recouped_net_micro),
        figure("reserve", _("Reserve"), lambda row: row.reserve_net_micro),
        figure("payable", _("Payable"), lambda row: row.payable_micro),
        figure("payout", _("Payout"), lambda row: row.payout_minor),
        figure("carried", _("Carried"), lambda row: row.carried_micro),
        Column(name="note", label=_("Note"), value=lambda row: row.unusual or row.why_not or row.payout_state),
    ]


CSV_COLUMNS: dict[str, Callable[[PayeeRow], Any]] = {
    "party_id": lambda row: row.party_id,
    "name": lambda row: row.name,
    **{
        name: (lambda row, name=name: getattr(row, name))  # type: ignore[misc]
        for name in PayeeRow.__dataclass_fields__
        if name not in ("party_id", "name", "odd")
    },
    "unusual": lambda row: row.unusual,
}


def payee_text(row: PayeeRow) -> str:
    """What a filter finds a row by."""
    return f"{row.name} {row.currency} {row.unusual} {row.why_not} {row.payout_state} {row.payout_code} {row.party_id}"


def sums(rows: Iterable[PayeeRow]) -> list[dict[str, Any]]:
    """The foot of the table: one row of sums a currency, never across."""
    everyone = list(rows)
    names = ("opening_micro", "royalty_micro", "recouped_net_micro", "reserve_net_micro", "payable_micro")
    names = (*names, "payout_minor", "carried_micro")
    return [
        {"currency": currency, "count": sum(row.currency == currency for row in everyone)}
        | {name: sum(getattr(row, name) for row in everyone if row.currency == currency) for name in names}
        for currency in sorted({row.currency for row in everyone})
    ]


# ------------------------------------------------------------------------------------------------- the steps
def steps(run: ledger.SettlementRun) -> list[dict[str, str]]:
    """The step rail of a run: who did what."""
    people = {"calculated": run.prepared_by, "reviewed": run.reviewed_by, "approved": run.approved_by}
    people["released"] = run.released_by
    names = ledger.names_of(p for p in people.values() if p)
    labels = {
        "calculated": _("Calculated"),
        "reviewed": _("Reviewed"),
        "approved": _("Approved"),
        "released": _("Released"),
        "paid": _("Paid"),
        "closed": _("Closed"),
    }
    reached = STEPS.index(run.state) if run.state in STEPS else -1
    rail = []
    for place, step in enumerate(STEPS):
        state = "done" if place <= reached else "current" if place == reached + 1 else "todo"
        if run.state == "discarded":
            state = "bad" if place == 0 else "todo"
        who = people.get(step)
        rail.append({"label": labels[step], "note": names[who] if who else "", "state": state})
    return rail


def events_of(run: ledger.SettlementRun) -> list[dict[str, Any]]:
    """The events of a run that are steps, with who and when."""
    records = ledger.events_about(run.run_id, family="settlement")
    names = ledger.names_of(record.actor_id for record in records)
    return [{"record": record, "name": names[record.actor_id]} for record in records]


def period_of(run: ledger.SettlementRun) -> periods.Period:
    """The period that a run settles."""
    return periods.parse(run.period)
