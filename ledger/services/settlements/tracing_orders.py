"""And up again from a purchase: where the money of an order went, line by line, to the last micro."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator, Mapping
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
DISPUTED = "/disputed"
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
        yield from _of_row(row)


def _of_row(row: RevenueLine) -> Iterator[Movement]:
    """What one fact moved: all of it at once, or what was free and, by another run, what a claim had held."""
    fee = row.settled_position if row.settled_position != row.position else None
    rest = Movement(
        revenue=as_value(selectors.RevenueLine, row),
        record=selectors.event_at(row.position),
        fee_record=selectors.event_at(fee) if fee is not None else None,
        state="waiting",
        run=None,
        parts=(),
    )
    for name in (row.revenue_id, f"{row.revenue_id}{DISPUTED}"):
        run, files, state = _where(row, name)
        found = row_of(files, name) if files else None
        if files is None or found is None:
            break
        whole, amounts = rest.revenue, {key: int(found[key]) for key in ("gross_minor", "tax_minor", "fee_minor")}
        moved = dataclasses.replace(
            rest,
            revenue=_with(whole, amounts, name=name),
            state=state,
            run=run,
            parts=tuple(_parts(files, name, row.currency, run)),
        )
        yield moved
        if met := _met(files, moved):
            yield met
        left = {key: (getattr(whole, key) or 0) - amount for key, amount in amounts.items()}
        if not any(left.values()):
            return
        rest = dataclasses.replace(rest, revenue=_with(whole, left, name=f"{row.revenue_id}{DISPUTED}"))
    yield rest


def _with(line: selectors.RevenueLine, amounts: Mapping[str, int], *, name: str) -> selectors.RevenueLine:
    gross, tax, fee = (amounts[key] for key in ("gross_minor", "tax_minor", "fee_minor"))
    return dataclasses.replace(line, revenue_id=name, gross_minor=gross, tax_minor=tax, fee_minor=fee)


def _met(files: Files, moved: Movement) -> Movement | None:
    """What of a reversal a correction had told before: beside it, with the opposite sign."""
    name = told.id_of_met(moved.revenue.revenue_id, str(moved.revenue.line_id))
    found = row_of(files, name)
    if found is None:
        return None
    amounts = {key: int(found[key]) for key in ("gross_minor", "tax_minor", "fee_minor")}
    mirror = dataclasses.replace(_with(moved.revenue, amounts, name=name), kind=MET)
    parts = tuple(_parts(files, name, moved.revenue.currency, moved.run))
    return dataclasses.replace(moved, revenue=mirror, record=None, fee_record=None, parts=parts)


def _where(row: RevenueLine, name: str) -> tuple[selectors.SettlementRun | None, Files | None, str]:
    """The run that took a line, or a part of it (or the draft of the next one), its folder, and the state of it."""
    if row.settled_position is None:
        return None, None, "waiting"
    taken = SettlementRun.objects.filter(state__in=gather.TAKEN_STATES, cutoff_position__gte=row.position)
    for run_id, inputs_hash in taken.order_by("cutoff_position").values_list("run_id", "inputs_hash"):
        if f"\n{name},".encode() in _revenue_file(inputs_hash):
            run = selectors.run(run_id)
            state = "settled" if run and run.state in ("released", "closed") else "in_run"
            return run, folder.load(inputs_hash), state
    draft = _draft(row.element_id)
    if draft is None or f"\n{name},".encode() not in draft["revenue.csv"]:
        return None, None, "waiting"
    return None, draft, "estimate"


def _revenue_file(inputs_hash: str) -> bytes:
    manifest = json.loads(selectors.document(inputs_hash) or b"{}")
    return selectors.document(manifest.get("revenue.csv", "")) or b""


def _draft(element_id: UUID) -> Files | None:
    """The folder of what is not settled yet of an element's family: as much work as the family is large."""
    try:
        period = periods.until(clock.now())
    except LedgerError:
        return None
    return gather.of_elements(period, gather.family_of_elements(element_id), window=FREE)


def _parts(files: Files, line_id: str, currency: str, run: selectors.SettlementRun | None) -> Iterator[Part]:
    """Everyone's part of one line of a folder."""
    sold = sold_element(files, line_id)
    if sold is None:
        return
    upward = above(files, [sold])
    explained = tracing.explainer_of(family_of(files, upward))
    payees = [(sold, explained.paper.platform, "commission")]
    payees += [(element, *payee) for element in sorted(upward) for payee in explained.paper.payees_of(element)]
    for element, party, basis in payees:
        owners = explained.paper.owners[explained.paper.places[element]] if basis == "label" else ()
        signed = tuple(UUID(owner.party) for owner in owners if owner.label == party)
        for line, exact in explained.tracer.exact_parts(party, currency, element, basis):
            if line.line_id == line_id:
                yield _part(line, currency, exact, party, run, signed)


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
