"""And up again from a purchase: where the money of an order went, line by line, to the last micro."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from ledger import selectors
from ledger.domain.corrections import told
from ledger.domain.errors import LedgerError
from ledger.domain.settlement.family import Files, above, family_of, row_of, sold_element
from ledger.domain.settlement.lines import StatementLine
from ledger.models import RevenueLine, SettlementRun
from ledger.selectors.rows import as_value
from ledger.services import clock
from ledger.services.settlements import folder, gather, periods, runs, tracing

MICRO = 1_000_000
FREE = dt.timedelta(0)
MET = "met"
"""The kind of a movement that a correction had told before: not in the log, but in the run beside its reversal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one party got of one element on one basis, along one path."""

    element_id: UUID
    party_id: UUID
    basis: str
    path: tuple[UUID, ...]
    amount_micro: int
    exact: Fraction
    signed_owners: tuple[UUID, ...]
    """Of a label's part: the owners from whose parts it was taken."""
    statement_id: UUID | None
    payout_state: str
    transfer_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One revenue line of the order: the sale, or a refund or dispute that mirrors it.

    state : settled (in a released run), in_run (calculated, not released), estimate (as if settled now), waiting (its
        fee is not known yet, or a claim holds it)
    """

    revenue: selectors.RevenueLine
    record: selectors.Record | None
    fee_record: selectors.Record | None
    state: str
    run: selectors.SettlementRun | None
    parts: tuple[Part, ...]

    @property
    def net_minor(self) -> int:
        """What is shared."""
        return self.revenue.gross_minor - self.revenue.tax_minor - (self.revenue.fee_minor or 0)

    @property
    def rounding_micro(self) -> int:
        """What whole micro left with the element's other sales of the same run: net − the parts."""
        return self.net_minor * MICRO - sum(part.amount_micro for part in self.parts) if self.parts else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineTrace:
    """One line of an order, and everything that moved because of it."""

    line: selectors.OrderLine
    licence: selectors.Licence | None
    licence_record: selectors.Record | None
    movements: tuple[Movement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTrace:
    """Where an order's money went."""

    order: selectors.Order
    lines: tuple[OrderLineTrace, ...]


def trace_order(order_id: UUID) -> OrderTrace:
    """Every line of an order with all that it brought, took back, and to whom.

    Raises
    ------
    TraceError
        If there is no such order.
    """
    order = selectors.order(order_id)
    if order is None:
        raise tracing.TraceError("there is no such order")
    licences = {one.line_id: one for one in selectors.licences_of_order(order_id)}
    return OrderTrace(
        order=order,
        lines=tuple(
            OrderLineTrace(
                line=line,
                licence=(licence := licences.get(line.line_id)),
                licence_record=selectors.event_at(licence.position) if licence else None,
                movements=tuple(_movements(line.line_id)),
            )
            for line in order.lines
        ),
    )


def _movements(line_id: UUID) -> Iterator[Movement]:
    for row in RevenueLine.objects.filter(line_id=line_id).order_by("position", "revenue_id"):
        record = selectors.event_at(row.position)
        fee = row.settled_position if row.settled_position != row.position else None
        run, files, state = _where(row)
        moved = Movement(
            revenue=as_value(selectors.RevenueLine, row),
            record=record,
            fee_record=selectors.event_at(fee) if fee is not None else None,
            state=state,
            run=run,
            parts=tuple(_parts(files, row.revenue_id, row.currency, run)) if files else (),
        )
        yield moved
        if files and (met := _met(files, moved)):
            yield met


def _met(files: Files, moved: Movement) -> Movement | None:
    """What of a reversal a correction had told before: beside it, with the opposite sign."""
    rows = [
        row
        for part in ("", "/disputed")
        if (row := row_of(files, told.id_of_met(f"{moved.revenue.revenue_id}{part}", str(moved.revenue.line_id))))
    ]
    if not rows:
        return None
    parts = (part for row in rows for part in _parts(files, row["line_id"], row["currency"], moved.run))
    gross, tax, fee = (sum(int(row[name]) for row in rows) for name in ("gross_minor", "tax_minor", "fee_minor"))
    mirror = dataclasses.replace(moved.revenue, kind=MET, gross_minor=gross, tax_minor=tax, fee_minor=fee)
    return dataclasses.replace(
        moved,
        revenue=mirror,
        record=None,
        fee_record=None,
        parts=tuple(parts),
    )


def _where(row: RevenueLine) -> tuple[selectors.SettlementRun | None, Files | None, str]:
    """The run that took a line (or the draft of the next one), its folder, and the state of the line."""
    if row.settled_position is None:
        return None, None, "waiting"
    taken = SettlementRun.objects.filter(state__in=gather.TAKEN_STATES, cutoff_position__gte=row.position)
    for run_id, inputs_hash in taken.order_by("cutoff_position").values_list("run_id", "inputs_hash"):
        if f"\n{row.revenue_id},".encode() in _revenue_file(inputs_hash):
            run = selectors.run(run_id)
            state = "settled" if run and run.state in ("released", "closed") else "in_run"
            return run, folder.load(inputs_hash), state
    newest = next(iter(selectors.newest_events(limit=1)), None)
    draft = _draft(newest.event_id) if newest else None
    if draft is None or row.revenue_id.encode() not in draft["revenue.csv"]:
        return None, None, "waiting"
    return None, draft, "estimate"


def _revenue_file(inputs_hash: str) -> bytes:
    manifest = json.loads(selectors.document(inputs_hash) or b"{}")
    return selectors.document(manifest.get("revenue.csv", "")) or b""


@functools.lru_cache(maxsize=1)
def _draft(newest_event_id: UUID) -> Files | None:
    """The folder of everything that is not settled yet; the same until the log grows."""
    del newest_event_id
    try:
        period = periods.until(clock.now())
        return gather.gather(period, earlier=gather.earlier_ends(), window=FREE).files
    except LedgerError:
        return None


def _parts(files: Files, name: str, currency: str, run: selectors.SettlementRun | None) -> Iterator[Part]:
    """Everyone's part of one line: of what was free at once, and of what a claim held for a while."""
    for line_id in (name, f"{name}/disputed"):
        sold = sold_element(files, line_id)
        if sold is None:
            continue
        upward = above(files, [sold])
        explained = tracing.explainer_of(family_of(files, upward))
        payees = [(sold, explained.paper.platform, "commission")]
        payees += [(element, *payee) for element in sorted(upward) for payee in explained.paper.payees_of(element)]
        for element, party, basis in payees:
            for line, exact in explained.tracer.exact_parts(party, currency, element, basis):
                if line.line_id == line_id:
                    owners = explained.paper.owners[explained.paper.places[element]] if basis == "label" else ()
                    yield _part(
                        line, currency, exact, party, run, tuple(UUID(o.party) for o in owners if o.label == party)
                    )


def _part(
    line: StatementLine,
    currency: str,
    exact: Fraction,
    party: str,
    run: selectors.SettlementRun | None,
    signed_owners: tuple[UUID, ...],
) -> Part:
    statement = None
    if run is not None and run.state in ("released", "closed"):
        statement = selectors.statement(runs.statement_id_of(run.run_id, UUID(party), currency))
    paid = tracing.paid_out(statement) if statement else None
    return Part(
        element_id=UUID(gather.true_id(line.element_id)),
        party_id=UUID(party),
        basis=line.basis,
        path=tuple(UUID(gather.true_id(step)) for step in line.path),
        amount_micro=line.amount_micro,
        exact=exact,
        signed_owners=signed_owners,
        statement_id=statement.statement_id if statement else None,
        payout_state=paid.payout.state if paid and paid.payout else "",
        transfer_ids=paid.transfer_ids if paid else (),
    )
