"""What a creator asks: what did I earn, from what, when does it reach me, and if not, why not?"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.domain.errors import LedgerError
from ledger.domain.journal import payable
from ledger.services import clock
from ledger.services.settlements import folder, periods, runs
from marketplace.dashboards import fx
from marketplace.dashboards.costly import remembered
from marketplace.dashboards.statements import lines, view

MICRO = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One currency of a payee: paid so far, owed now, and on the way (sold, not settled yet)."""

    currency: str
    paid_minor: int
    owed_micro: int
    escrow_micro: int
    reserve_micro: int
    on_the_way_micro: int


def standings(party_id: UUID) -> list[Standing]:
    """Every currency the party ever earned in."""
    paid: dict[str, int] = {}
    for payout in ledger.payouts_of(party_id):
        if payout.state == "paid":
            paid[payout.currency] = paid.get(payout.currency, 0) + payout.payout_minor
    balances = {(one.account, one.currency): -one.amount_micro for one in ledger.balances_of(party_id)}
    on_the_way = estimates(party_id)
    for _run, amounts in waiting(party_id):
        for currency, royalty_micro in amounts.items():
            on_the_way[currency] = on_the_way.get(currency, 0) + royalty_micro
    currencies = sorted({*paid, *on_the_way, *(currency for _account, currency in balances)})
    return [
        Standing(
            currency=currency,
            paid_minor=paid.get(currency, 0),
            owed_micro=balances.get((payable(party_id), currency), 0),
            escrow_micro=balances.get((payable(party_id, escrowed=True), currency), 0),
            reserve_micro=balances.get((f"reserve:{party_id}", currency), 0),
            on_the_way_micro=on_the_way.get(currency, 0),
        )
        for currency in currencies
    ]


def estimates(party_id: UUID) -> dict[str, int]:
    """Currency -> royalty, if everything sold until now were settled now and nothing came back."""
    return dict(remembered("estimates", _everyones_estimates).get(str(party_id), {}))


def _everyones_estimates() -> dict[str, dict[str, int]]:
    """Party -> currency -> royalty. One computation answers for all: the kernel works on the whole ledger anyway."""
    try:
        found = runs.draft(periods.until(clock.now()), window=dt.timedelta(0))
    except LedgerError:
        return {}
    amounts: dict[str, dict[str, int]] = {}
    for row in found.result.statement_rows():
        amounts.setdefault(row.party_id, {})[row.currency] = row.royalty_micro
    return amounts


def waiting(party_id: UUID) -> list[tuple[ledger.SettlementRun, dict[str, int]]]:
    """Runs that were calculated and not released yet, with the royalty they hold for the party in each currency."""
    found = []
    for run in ledger.runs():
        if run.state in ("calculated", "approved"):
            rows = csv.DictReader(io.StringIO(folder.load(run.outputs_hash)["statements.csv"].decode()))
            mine = {row["currency"]: int(row["royalty_micro"]) for row in rows if row["party_id"] == str(party_id)}
            found.append((run, mine))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One row of the earnings chart: what a period brought, or will bring, per currency."""

    label: str
    short: str
    royalty_minor: dict[str, int]


def months(party_id: UUID) -> list[Month]:
    """Royalties by settlement period, oldest first; then the run that waits, and what is sold and in no run yet."""
    found = [*_issued_months(party_id)]
    for run, amounts in waiting(party_id):
        period = periods.parse(run.period)
        label = _("%(period)s (waits for release)") % {"period": period.words}
        found.append(Month(label=label, short=_short(period), royalty_minor=_whole(amounts)))
    if later := estimates(party_id):
        found.append(Month(label=_("Since then (estimate)"), short=_("Since"), royalty_minor=_whole(later)))
    return found


def _whole(amounts_micro: dict[str, int]) -> dict[str, int]:
    return {currency: amount // MICRO for currency, amount in amounts_micro.items()}


def _issued_months(party_id: UUID) -> list[Month]:
    by_run = {run.run_id: run for run in ledger.runs()}
    found: dict[UUID, dict[str, int]] = {}
    for statement in reversed(ledger.statements_of(party_id)):
        amounts = found.setdefault(statement.run_id, {})
        amounts[statement.currency] = amounts.get(statement.currency, 0) + statement.royalty_micro // MICRO
    named = [(periods.parse(by_run[run_id].period), amounts) for run_id, amounts in found.items()]
    return [Month(label=one.words, short=_short(one), royalty_minor=amounts) for one, amounts in named]


def _short(period: periods.Period) -> str:
    """A period under its bar: a month by its name, what ended on some day by that day."""
    return f"{period.end:%d %b}" if period.name.startswith("until-") else period.words.partition(" ")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """From what the newest statement in a currency came: its largest sources, and the rest in one sum."""

    statement: ledger.Statement
    sources: tuple[lines.Source, ...]
    rest_micro: int
    why_not: str


SOURCES_SHOWN = 5


def newest(statements: Sequence[ledger.Statement]) -> list[Newest]:
    """The newest statement of each currency in which anything was earned, with where it came from."""
    first: dict[str, ledger.Statement] = {}
    for statement in statements:
        first.setdefault(statement.currency, statement)
    found = []
    for _currency, statement in sorted(first.items()):
        rows = lines.read(statement.lines_hash)
        sources = lines.sources(rows, lines.titles_of(rows))
        found.append(
            Newest(
                statement=statement,
                sources=sources[:SOURCES_SHOWN],
                rest_micro=sum(one.amount_micro for one in sources[SOURCES_SHOWN:]),
                why_not=view.why_not_paid(statement),
            )
        )
    return found


def approximations(party_id: UUID, found: Sequence[Standing]) -> dict[str, fx.Approximation]:
    """The three totals as they read in the person's own currency, where a rate is known and anything is foreign."""
    currency = fx.chosen_by(party_id)
    totals = {
        "paid": {one.currency: one.paid_minor for one in found},
        "owed": {one.currency: one.owed_micro // MICRO for one in found},
        "on_the_way": {one.currency: one.on_the_way_micro // MICRO for one in found},
    }
    read = {name: fx.approximate(amounts, currency=currency) for name, amounts in totals.items()}
    return {name: one for name, one in read.items() if one is not None}


def why_not_paid(statement: ledger.Statement) -> str:
    """Why a positive balance was not paid; empty if it was, or there was none."""
    return view.why_not_paid(statement)
