"""What a creator asks: what did I earn, from what, when does it reach me, and if not, why not?"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.domain.errors import LedgerError
from ledger.domain.journal import payable
from ledger.services import clock
from ledger.services.settlements import folder, periods, runs
from marketplace.catalogue import selectors as catalogue
from marketplace.checkout.orders import OrderLine

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
    try:
        found = runs.draft(periods.until(clock.now()), window=dt.timedelta(0))
    except LedgerError:
        return {}
    rows = found.result.statement_rows()
    return {row.currency: row.royalty_micro for row in rows if row.party_id == str(party_id)}


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
    royalty_minor: dict[str, int]


def months(party_id: UUID) -> list[Month]:
    """Royalties by settlement period, oldest first; then the run that waits, and what is sold and in no run yet."""
    found = [*_issued_months(party_id)]
    for run, amounts in waiting(party_id):
        label = _("%(period)s (waits for release)") % {"period": periods.parse(run.period).words}
        found.append(Month(label=label, royalty_minor=_whole(amounts)))
    if later := estimates(party_id):
        found.append(Month(label=_("Since then (estimate)"), royalty_minor=_whole(later)))
    return found


def _whole(amounts_micro: dict[str, int]) -> dict[str, int]:
    return {currency: amount // MICRO for currency, amount in amounts_micro.items()}


def _issued_months(party_id: UUID) -> list[Month]:
    by_run = {run.run_id: run for run in ledger.runs()}
    found: dict[UUID, dict[str, int]] = {}
    for statement in reversed(ledger.statements_of(party_id)):
        amounts = found.setdefault(statement.run_id, {})
        amounts[statement.currency] = amounts.get(statement.currency, 0) + statement.royalty_micro // MICRO
    return [
        Month(label=periods.parse(by_run[run_id].period).words, royalty_minor=amounts)
        for run_id, amounts in found.items()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One line of a statement: the sale, the licence, the way the money came, what arrived."""

    element_id: UUID
    title: str
    kind: str
    sold_at: dt.datetime | None
    order_id: UUID | None
    licence_id: UUID | None
    licence_kind: str
    path: tuple[str, ...]
    path_ids: tuple[UUID, ...]
    basis: str
    amount_micro: int
    receipt_event_id: UUID | None


def lines(statement: ledger.Statement) -> list[StatementLine]:
    """Every line of a statement, in the order of its document."""
    data = ledger.document(statement.lines_hash) or b""
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    elements = {UUID(step) for row in rows for step in row["path"].split("|")}
    titles = {element_id: row.title for element_id, row in catalogue.rows_for(list(elements)).items()}
    sales = ledger.revenue_by_ids([row["line_id"].removesuffix("/disputed") for row in rows])
    licences = _licences([sale.line_id for sale in sales.values() if sale.line_id])
    found = []
    for row in rows:
        sale = sales.get(row["line_id"].removesuffix("/disputed"))
        path = tuple(UUID(step) for step in row["path"].split("|"))
        licence_id, licence_kind = licences.get(sale.line_id, (None, "")) if sale and sale.line_id else (None, "")
        found.append(
            StatementLine(
                element_id=UUID(row["element_id"]),
                title=titles.get(UUID(row["sold_element_id"]), "element"),
                kind=sale.kind if sale else "subscription",
                sold_at=sale.at if sale else None,
                order_id=sale.order_id if sale else None,
                licence_id=licence_id,
                licence_kind=licence_kind,
                path=tuple(titles.get(step, "element") for step in path),
                path_ids=path,
                basis=row["basis"],
                amount_micro=int(row["amount_micro"]),
                receipt_event_id=sale.event_id if sale else None,
            )
        )
    return found


def _licences(line_ids: Sequence[UUID]) -> dict[UUID, tuple[UUID | None, str]]:
    found = OrderLine.objects.filter(pk__in=line_ids).values_list("id", "licence_id", "licence_kind")
    return {line_id: (licence_id, kind) for line_id, licence_id, kind in found}


def statement_csv(statement: ledger.Statement) -> str:
    """The statement as a CSV file: the figures first, then its lines."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["statement", str(statement.statement_id), statement.currency])
    for name in FIGURES:
        writer.writerow([name, getattr(statement, name)])
    writer.writerow([])
    writer.writerow(["kind", "sold_at", "sold_element", "path", "basis", "order_id", "licence_id", "amount_micro"])
    for line in lines(statement):
        path = " <- ".join(reversed(line.path))
        sold_at = line.sold_at.isoformat() if line.sold_at else ""
        safe = [_plain(cell) for cell in (line.kind, sold_at, line.title, path, line.basis)]
        writer.writerow([*safe, line.order_id or "", line.licence_id or "", line.amount_micro])
    return text.getvalue()


def _plain(cell: str) -> str:
    """A title that begins like a formula must not become one in a spreadsheet."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


FIGURES = (
    "opening_micro",
    "royalty_micro",
    "recouped_micro",
    "recoupment_received_micro",
    "reserve_held_micro",
    "reserve_released_micro",
    "payable_micro",
    "gross_payout_minor",
    "withheld_minor",
    "payout_minor",
    "carried_micro",
)


def why_not_paid(statement: ledger.Statement) -> str:
    """Why a positive balance was not paid; empty if it was, or there was none."""
    if statement.payable_micro <= 0 or statement.gross_payout_minor:
        return ""
    if statement.party_id == settings.PLATFORM_PARTY_ID:
        return "It stays in the platform’s own balance."
    if statement.escrowed:
        return "It waits in escrow until the invited person opens an account."
    party = ledger.party(statement.party_id)
    if party is not None and not party.payouts_enabled:
        return "No payout account could be paid when the run was calculated. It is carried over to the next run."
    return "It is below the least payout, or on hold. It is carried over to the next run."
