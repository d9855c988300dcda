"""From a figure of a statement down to the facts: sale, licence, path, rule, rounding, transfer.

Only the family of one element is read out of the run's folder and settled again: the kernel gives the very same figures
for it, whatever the size of the run.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from uuid import UUID

from ledger import selectors
from ledger.domain.corrections import told as told_before
from ledger.domain.errors import LedgerError
from ledger.domain.settlement.explain import Explainer, LineExplanation, NoSuchLineError, Source
from ledger.domain.settlement.explain_payee import StatementExplanation, explain_statement, payee_facts
from ledger.domain.settlement.family import Family, family_of, rows_of, sold_element
from ledger.domain.settlement.period import RevenueRow
from ledger.domain.settlement.run import settle
from ledger.domain.settlement.schema import REVENUE
from ledger.models import BalanceAdjustment, Payout, PayoutTransfer, RevenueLine, Statement
from ledger.services.settlements import evidence, folder, gather
from ledger.services.settlements.evidence import Evidence


class TraceError(LedgerError):
    """There is nothing to trace: no such statement, line or order."""

    code = "trace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a statement's lines document, by its number from 1."""

    number: int
    line_id: str
    path: tuple[str, ...]
    element_id: str
    basis: str
    amount_micro: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidOut:
    """What became of a statement's payout; `transfer_ids` are the processor's."""

    payout: selectors.Payout | None
    transfer_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTrace:
    """One line of a statement, explained, with the facts behind each step."""

    statement: selectors.Statement
    run: selectors.SettlementRun
    row: Row
    explanation: LineExplanation
    revenue: RevenueRow
    source: RevenueLine | None
    """The row that the sale's event made; None for used credits."""
    family: Family
    evidence: tuple[Evidence, ...]
    paid: PaidOut


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementTrace:
    """A statement's figures, explained."""

    statement: selectors.Statement
    run: selectors.SettlementRun
    explanation: StatementExplanation
    agrees: bool
    """Whether the steps of today's rule give the statement as it was issued."""
    opening: tuple[Source, ...]
    rows: tuple[Row, ...]
    evidence: tuple[Evidence, ...]
    paid: PaidOut


def trace_statement_line(statement_id: UUID, number: int) -> LineTrace:
    """Explain the line with this number (from 1, as in the statement's document).

    Raises
    ------
    TraceError
        If there is no such statement, or no such line on it.
    """
    statement, run = _statement(statement_id)
    row = next((row for row in rows_of_statement(statement) if row.number == number), None)
    if row is None:
        raise TraceError(f"the statement has no line {number}")
    files = folder.load(run.inputs_hash)
    sold = sold_element(files, row.line_id)
    if sold is None:
        raise TraceError("the run's folder does not hold this sale")
    path = tuple(_in_epoch(step, sold) for step in row.path)
    party_id = str(statement.party_id)
    family = family_of(files, [path[-1]], party_id=party_id)
    told = explainer_of(family)
    place = family.line_ids.index(row.line_id)
    try:
        explanation = told.line(
            party_id=party_id,
            currency=statement.currency,
            line_id=told.revenue[place].line_id,
            element_id=path[-1],
            path=path,
            basis=row.basis,
        )
    except NoSuchLineError as error:
        raise TraceError(str(error)) from error
    source = RevenueLine.objects.filter(revenue_id=told_before.fact_of(row.line_id)).first()
    paid = paid_out(statement)
    return LineTrace(
        statement=statement,
        run=run,
        row=row,
        explanation=explanation,
        revenue=told.revenue[place],
        source=source,
        family=family,
        evidence=(
            *evidence.of_met(run, row.line_id, explanation.path[0]),
            *evidence.of_line(explanation, source, family, run),
            *evidence.of_payment(statement, run, paid),
        ),
        paid=paid,
    )


def trace_statement(statement_id: UUID) -> StatementTrace:
    """Explain every figure of a statement.

    Raises
    ------
    TraceError
        If there is no such statement.
    """
    statement, run = _statement(statement_id)
    rows = rows_of_statement(statement)
    sums: dict[str, int] = {}
    for row in rows:
        sums[row.basis] = sums.get(row.basis, 0) + row.amount_micro
    after = csv.DictReader(io.StringIO(folder.load(run.outputs_hash)["advances.csv"].decode()))
    facts = payee_facts(
        folder.load(run.inputs_hash),
        party_id=str(statement.party_id),
        currency=statement.currency,
        royalty=[Source("basis", basis, amount) for basis, amount in sorted(sums.items())],
        advances_after={one["advance_id"]: int(one["unrecouped_micro"]) for one in after},
    )
    explanation = explain_statement(facts)
    paid = paid_out(statement)
    return StatementTrace(
        statement=statement,
        run=run,
        explanation=explanation,
        agrees=all(getattr(statement, name) == value for name, value in explanation.figures().items()),
        opening=_opening(statement, run),
        rows=tuple(rows),
        evidence=tuple(evidence.of_payment(statement, run, paid)),
        paid=paid,
    )


def rows_of_statement(statement: selectors.Statement) -> list[Row]:
    """The lines of a statement as its document has them."""
    data = selectors.document(statement.lines_hash) or b""
    return [
        Row(
            number=number,
            line_id=row["line_id"],
            path=tuple(row["path"].split("|")),
            element_id=row["element_id"],
            basis=row["basis"],
            amount_micro=int(row["amount_micro"]),
        )
        for number, row in enumerate(csv.DictReader(io.StringIO(data.decode())), start=1)
    ]


def explainer_of(family: Family) -> Explainer:
    """Settle a family again, ready to explain."""
    result = settle(folder.read(family.files))
    numbers = ("gross_minor", "tax_minor", "fee_minor")
    rows = [
        RevenueRow(**{name: int(text) if name in numbers else text for name, text in row.items()})  # type: ignore[arg-type]
        for row in rows_of(family.files, REVENUE)
    ]
    return Explainer(result, rows)


def paid_out(statement: selectors.Statement) -> PaidOut:
    """The payout of a statement, and the processor's transfers."""
    row = Payout.objects.filter(statement_id=statement.statement_id).first()
    payout = selectors.payout(row.payout_id) if row else None
    found = PayoutTransfer.objects.filter(payout_id=payout.payout_id) if payout else ()
    return PaidOut(payout=payout, transfer_ids=tuple(one.transfer_id for one in found))


def _statement(statement_id: UUID) -> tuple[selectors.Statement, selectors.SettlementRun]:
    statement = selectors.statement(statement_id)
    run = selectors.run(statement.run_id) if statement else None
    if statement is None or run is None:
        raise TraceError("there is no such statement")
    return statement, run


def _in_epoch(element_id: str, sold: str) -> str:
    """The element of the folder that stands for an element in the epoch of the one sold."""
    true = gather.true_id(sold)
    return element_id + sold[len(true) :]


def _opening(statement: selectors.Statement, run: selectors.SettlementRun) -> tuple[Source, ...]:
    """What was brought forward: the statement before, and what was adjusted since."""
    earlier = Statement.objects.filter(
        party_id=statement.party_id, currency=statement.currency, position__lt=statement.position
    )
    last = earlier.exclude(run_id=run.run_id).order_by("-position").first()
    sources = [Source("statement", str(last.statement_id), last.carried_micro)] if last else []
    since = selectors.run(last.run_id).cutoff_position if last and selectors.run(last.run_id) else -1  # type: ignore[union-attr]
    adjusted = BalanceAdjustment.objects.filter(
        party_id=statement.party_id,
        currency=statement.currency,
        position__gt=since,
        position__lte=run.cutoff_position,
    )
    sources += [Source(one.basis, str(one.adjustment_id), one.amount_micro) for one in adjusted.order_by("position")]
    missing = statement.opening_micro - sum(source.amount_micro for source in sources)
    return (*sources, Source("other", "", missing)) if missing else tuple(sources)
