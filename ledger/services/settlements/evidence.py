"""The facts behind the steps of an explanation: which event gave the amount, the share, the split, the contract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from ledger import selectors
from ledger.domain.corrections import told
from ledger.domain.settlement.explain import LineExplanation
from ledger.domain.settlement.family import Family, rows_of
from ledger.domain.settlement.schema import CONTRACTS
from ledger.models import Contract, Derivation, Element, Licence, MetCorrection, RevenueLine, SplitShare
from ledger.services.settlements import gather

if TYPE_CHECKING:
    from ledger.services.settlements.tracing import PaidOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One fact of the log that a step rests on; `rule` is the step's number, 0 before the steps, 11 after them."""

    rule: int
    what: str
    element_id: str
    record: selectors.Record


BEFORE, AFTER = 0, 11


def of_line(
    explanation: LineExplanation, source: RevenueLine | None, family: Family, run: selectors.SettlementRun
) -> Iterator[Evidence]:
    """What the steps of one line rest on, in their order."""
    sold = explanation.path[0]
    if source is not None:
        yield from _at(BEFORE, source.kind, sold, source.position)
        if source.settled_position != source.position:
            yield from _at(BEFORE, "fee", sold, source.settled_position)
        licence = Licence.objects.filter(line_id=source.line_id).first() if source.line_id else None
        if licence is not None:
            yield from _at(BEFORE, "licence", sold, licence.position)
    yield from _at(2, "commission", sold, run.position)
    for child, parent in zip(explanation.path, explanation.path[1:], strict=False):
        yield from _at(3, "derivation", child, _edge(child, parent))
    if explanation.basis == "commission":
        return
    element = explanation.path[-1]
    yield from _at(4, "split", element, _split(element))
    signed = {step.party_id for step in explanation.steps if step.rule == 5}
    for row in rows_of(family.files, CONTRACTS):
        if row["party_id"] in signed and row["element_id"] in (element, ""):
            yield from _at(5, "contract", element, _contract(row["contract_id"]))


def of_met(run: selectors.SettlementRun, line_id: str, sold: str) -> Iterator[Evidence]:
    """That a correction had told the reversal beside which this line stands."""
    if told.is_met(line_id):
        met = MetCorrection.objects.filter(run_id=run.run_id, line_id=told.arrived_of(line_id)).first()
        yield from _at(BEFORE, "met", sold, met.position if met else None)


def of_payment(statement: selectors.Statement, run: selectors.SettlementRun, paid: PaidOut) -> Iterator[Evidence]:
    """Calculated, released, issued, paid."""
    yield from _at(AFTER, "calculated", "", run.position)
    yield from _at(AFTER, "issued", "", statement.position)
    if paid.payout is not None:
        yield from _at(AFTER, "requested", "", paid.payout.position)
        if paid.payout.changed_position != paid.payout.position:
            yield from _at(AFTER, paid.payout.state, "", paid.payout.changed_position)


def _at(rule: int, what: str, element_id: str, position: int | None) -> Iterator[Evidence]:
    record = selectors.event_at(position) if position is not None and position >= 0 else None
    if record is not None:
        yield Evidence(rule=rule, what=what, element_id=element_id, record=record)


def epoch_of(folder_id: str) -> int:
    """The position from which the rights of an element of a folder were in force; any of a folder without epochs."""
    _, _, epoch = folder_id.partition(" @")
    return int(epoch) if epoch else 1 << 62


def _uuid(folder_id: str) -> UUID:
    return UUID(gather.true_id(folder_id))


def _edge(child: str, parent: str) -> int | None:
    edges = Derivation.objects.filter(child_id=_uuid(child), parent_id=_uuid(parent), position__lte=epoch_of(child))
    return edges.order_by("-position").values_list("position", flat=True).first()


def _split(element: str) -> int | None:
    shares = SplitShare.objects.filter(element_id=_uuid(element), from_position__lte=epoch_of(element))
    found = shares.order_by("-from_position").values_list("from_position", flat=True).first()
    if found is not None:
        return found
    return Element.objects.filter(element_id=_uuid(element)).values_list("position", flat=True).first()


def _contract(folder_name: str) -> int | None:
    try:
        contract_id = UUID(folder_name.partition(" ")[0])
    except ValueError:
        return None
    return Contract.objects.filter(contract_id=contract_id).values_list("position", flat=True).first()
